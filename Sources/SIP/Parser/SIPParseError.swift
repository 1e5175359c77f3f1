/// Why bytes are no SIP message, and where.
package struct SIPParseError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, short enough for a reason phrase (RFC 3261 §21.4.1 asks for the detail there).
    package var reason: String
    /// Offset of the first byte that cannot be right.
    package var offset: Int
    /// How to answer when the message was a request whose Via, From, To, Call-ID and CSeq can be read.
    package var status: StatusCode
    /// What could be read; a 400 is built from it. nil when nothing can be answered.
    package var partial: SIPMessage?

    package init(_ reason: String, at offset: Int, status: StatusCode = .badRequest, partial: SIPMessage? = nil) {
        self.reason = reason
        self.offset = offset
        self.status = status
        self.partial = partial
    }

    package var description: String { "\(reason) at byte \(offset)" }
}
