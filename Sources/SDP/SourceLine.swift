/// Where something stood in the text that it was read from, for messages about it. It is no part of what a description says, so that all
/// are equal: what was read is equal to what was made.
package struct SourceLine: Hashable, Sendable {
    /// Counted from 1; nil for what was not read.
    package var number: Int?

    package init(_ number: Int? = nil) {
        self.number = number
    }

    package static func == (_: SourceLine, _: SourceLine) -> Bool { true }
    package func hash(into _: inout Hasher) {}

    /// `SDP line 7: ` or nothing, to stand before a message.
    var prefix: String { number.map { "SDP line \($0): " } ?? "" }
}
