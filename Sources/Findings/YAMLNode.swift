/// A piece of a YAML file as it was written: scalars keep their raw text (`012`, `no`, `1.0` are never turned into
/// numbers or truth values behind the author's back), and everything knows its place.
package struct YAMLNode: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case scalar(String, isQuoted: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }

    package var content: Content
    package var location: SourceLocation

    package init(_ content: Content, at location: SourceLocation) {
        self.content = content
        self.location = location
    }

    /// Nothing was written, or YAML's own words for nothing.
    package var isNull: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    /// The raw text of a scalar.
    package var scalar: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    package var isQuoted: Bool {
        guard case .scalar(_, let isQuoted) = content else { return false }
        return isQuoted
    }

    package var pairs: [YAMLPair]? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs
    }

    package var items: [YAMLNode]? {
        guard case .sequence(let items) = content else { return nil }
        return items
    }

    /// What it is, in the words of a finding.
    package var kindName: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : "`\(text.prefix(40))`"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// One `key: value` of a mapping.
package struct YAMLPair: Equatable, Sendable {
    package var key: String
    package var isKeyQuoted: Bool
    package var keyLocation: SourceLocation
    package var value: YAMLNode

    package init(key: String, isKeyQuoted: Bool, keyLocation: SourceLocation, value: YAMLNode) {
        self.key = key
        self.isKeyQuoted = isKeyQuoted
        self.keyLocation = keyLocation
        self.value = value
    }
}
