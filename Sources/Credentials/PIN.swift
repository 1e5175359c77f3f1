/// The digits with which a caller proves that a mailbox or a room is his: 4 to 12 of them. Never printed.
package struct PIN: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package static let lengths = 4...12

    /// ASCII digits.
    let digits: [UInt8]

    /// Nil unless `text` is 4 to 12 ASCII digits.
    package init?(_ text: String) {
        guard PINRule.malformation(of: text) == nil else { return nil }
        digits = Array(text.utf8)
    }

    package var description: String { "(a PIN)" }
    package var debugDescription: String { description }
    /// `dump` and the debugger's mirror would otherwise show the digits.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
