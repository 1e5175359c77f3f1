import SIP

/// How many messages wait in a mailbox (RFC 3842).
package struct MessageSummary: Hashable, Codable, Sendable {
    /// Urgent messages are counted among the others too (RFC 3842 §5.2).
    package var new: UInt32
    package var old: UInt32
    package var newUrgent: UInt32
    package var oldUrgent: UInt32
    /// The mailbox's URI, as `sip:1001@example.com`. A telephone with several accounts needs it to choose the lamp.
    package var account: String?

    /// Counts outside of what the format holds (§5.2: 0 to 2^32-1) are brought into it, and no more are urgent than there are.
    package init(new: Int, old: Int, newUrgent: Int = 0, oldUrgent: Int = 0, account: String? = nil) {
        self.new = UInt32(clamping: new)
        self.old = UInt32(clamping: old)
        self.newUrgent = min(self.new, UInt32(clamping: newUrgent))
        self.oldUrgent = min(self.old, UInt32(clamping: oldUrgent))
        self.account = account
    }

    package static let contentType = "application/simple-message-summary"

    /// The lamp is lit (§5.2: `yes` while there are new messages).
    package var isWaiting: Bool { new > 0 }

    /// RFC 3842 §5.2: the status line first, and no line without its CRLF.
    package var text: String {
        var text = "Messages-Waiting: \(isWaiting ? "yes" : "no")\r\n"
        if let account { text += "Message-Account: \(Self.line(account))\r\n" }
        return text + "Voice-Message: \(new)/\(old) (\(newUrgent)/\(oldUrgent))\r\n"
    }

    package var body: Body { Body(contentType: Self.contentType, bytes: Array(text.utf8)) }

    /// A control character would begin a line of somebody else's choice.
    private static func line(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }
}
