/// Parameters of a header value or a URI, in order and as written; names are case-insensitive (RFC 3261 §7.3.1).
package struct Parameters: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var name: String
        /// As written, with its quotes and escapes; nil for a parameter without `=`.
        package var value: String?
    }

    package var items: [Item]

    package init(_ items: [(String, String?)] = []) {
        self.items = items.map { Item(name: $0.0, value: $0.1) }
    }

    package func contains(_ name: String) -> Bool {
        items.contains { $0.name.equalsIgnoringCase(name) }
    }

    /// The raw value, or nil when the parameter is absent or has none.
    package subscript(name: String) -> String? {
        get { items.first { $0.name.equalsIgnoringCase(name) }?.value }
        set {
            if let index = items.firstIndex(where: { $0.name.equalsIgnoringCase(name) }) {
                items[index].value = newValue
            } else {
                items.append(Item(name: name, value: newValue))
            }
        }
    }

    /// The value without the quotes and escapes of a quoted string; nil when the parameter is absent or has none.
    package func plain(_ name: String) -> String? {
        guard let value = self[name] else { return nil }
        guard value.utf8.first == UInt8(ascii: "\"") else { return value }
        return NameAddress.unquoted(Array(value.utf8)[...])
    }

    package mutating func remove(_ name: String) {
        items.removeAll { $0.name.equalsIgnoringCase(name) }
    }

    /// `;name=value` for each, or an empty text.
    package var text: String {
        var text = ""
        for item in items {
            text += ";" + item.name
            if let value = item.value { text += "=" + value }
        }
        return text
    }
}
