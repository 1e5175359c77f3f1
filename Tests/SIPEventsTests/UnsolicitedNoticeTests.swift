import SIP
import SIPDialogs
import SIPEvents
import Testing

@Suite struct UnsolicitedNoticeTests {
    /// Through an outbound proxy, byte for byte.
    @Test func sent() throws {
        let bench = EventBench()
        let summary = MessageSummary(new: 1, old: 2, account: "sip:1001@example.com")
        let notice = UnsolicitedNotice(
            summary, to: SIPURI(user: "1001", host: "example.com"), from: NameAddress(uri: SIPURI(user: "voicemail", host: "example.com")),
            routes: ["<sip:192.0.2.1:5061;lr>"], flow: EventBench.peer)
        bench.run { bench, agent, _, outputs in _ = agent.send(notice.request, at: bench.now, into: &outputs) }
        let message = try #require(bench.sent.first)
        let envelope = try message.envelope()
        let expected = """
            NOTIFY sip:1001@example.com SIP/2.0
            Via: \(message.value(of: .via) ?? "")
            Max-Forwards: 70
            Route: <sip:192.0.2.1:5061;lr>
            From: <sip:voicemail@example.com>;tag=\(envelope.fromTag)
            To: <sip:1001@example.com>
            Call-ID: \(envelope.callID)
            CSeq: 1 NOTIFY
            User-Agent: Antiphon
            Supported: 100rel, timer
            Contact: <sip:voicemail@192.0.2.10:5060>
            Event: message-summary
            Subscription-State: active
            Content-Type: application/simple-message-summary
            Content-Length: 88

            Messages-Waiting: yes
            Message-Account: sip:1001@example.com
            Voice-Message: 1/2 (0/0)

            """
        #expect(String(decoding: message.bytes, as: UTF8.self).replacing("\r\n", with: "\n") == expected)
        // Nobody keeps anything of it but the transaction, and its answer is nobody's subscription.
        #expect(bench.notifier.tableCount == 0)
        bench.answer(481)
        #expect(bench.events.count == 1)
        bench.pass(.seconds(60))
        #expect(bench.agent.tableCounts.isEmpty)
    }
}
