import SIP
import SIPEvents
import Testing

@Suite struct MessageSummaryTests {
    /// RFC 3842 §5.2.
    @Test(arguments: [
        (MessageSummary(new: 0, old: 0), "Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n"),
        (MessageSummary(new: 0, old: 3), "Messages-Waiting: no\r\nVoice-Message: 0/3 (0/0)\r\n"),
        (
            MessageSummary(new: 2, old: 8, newUrgent: 0, oldUrgent: 2, account: "sip:alice@vmail.example.com"),
            "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n"
        ),
        (
            MessageSummary(new: 1, old: 0, newUrgent: 1, account: "sip:a@b\r\nX: y"),
            "Messages-Waiting: yes\r\nMessage-Account: sip:a@b  X: y\r\nVoice-Message: 1/0 (1/0)\r\n"
        ),
        (MessageSummary(new: -1, old: .max, newUrgent: 9, oldUrgent: -4), "Messages-Waiting: no\r\nVoice-Message: 0/4294967295 (0/0)\r\n"),
    ])
    func written(_ summary: MessageSummary, _ text: String) {
        #expect(summary.text == text)
        #expect(summary.body == Body(contentType: "application/simple-message-summary", bytes: Array(text.utf8)))
    }
}
