/// Parameters of a header value or a URI, in order and as written; names are case-insensitive (RFC 3261 §7.3.1).
package struct Parameters: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var name: String
        /// As written, with its quotes and escapes; nil for a parameter without `=`.
        package var value: String?
    }

    package var items: [Item]

    package init() { items = [] }

    init(items: [Item]) { self.items = items }

    package init(_ items: [(String, String?)]) {
        self.items = items.map { Item(name: $0.0, value: $0.1) }
    }

    package func contains(_ name: String) -> Bool {
        index(of: name) != nil
    }

    /// The raw value, or nil when the parameter is absent or has none.
    package subscript(name: String) -> String? {
        get { index(of: name).flatMap { items[$0].value } }
        set {
            if let index = index(of: name) {
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
        return value.withBytes { NameAddress.unquoted($0, in: 0..<$0.count) }
    }

    package mutating func remove(_ name: String) {
        items.removeAll { $0.name.equalsIgnoringCase(name) }
    }

    /// `;name=value` for each, or an empty text.
    package var text: String {
        guard !items.isEmpty else { return "" }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96)
        write(to: &bytes)
        return bytes.text
    }

    func write(to bytes: inout [UInt8]) {
        for item in items {
            bytes.append(UInt8(ascii: ";"))
            bytes.append(text: item.name)
            guard let value = item.value else { continue }
            bytes.append(UInt8(ascii: "="))
            bytes.append(text: value)
        }
    }

    private func index(of name: String) -> Int? {
        for index in items.indices where items[index].name.equalsIgnoringCase(name) { return index }
        return nil
    }
}
