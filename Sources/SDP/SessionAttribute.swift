/// An `a=` line (RFC 8866 §5.13).
package struct SessionAttribute: Hashable, Sendable {
    package var name: String
    /// nil when the attribute has no colon.
    package var value: String?

    package init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }
}

extension [SessionAttribute] {
    /// The last direction attribute counts, as with most implementations; RFC 8866 §6.7 allows one only.
    var direction: MediaDirection? {
        for attribute in reversed() {
            if let direction = MediaDirection(attribute: attribute.name) { return direction }
        }
        return nil
    }
}
