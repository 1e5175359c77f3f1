import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// A REFER within a call: its NOTIFYs go along the call's dialog and end with it.
@Suite struct ReferInCallTests {
    private let offer = "v=0\r\n"

    /// A call that was answered and acknowledged; its REFER has been accepted.
    private func transferred() throws -> (ReferBench, CallHandle, String) {
        let refer = ReferBench()
        let bench = refer.bench
        bench.receive(bench.request("INVITE", ["Content-Type: application/sdp"], body: offer))
        var invited: CallHandle?
        for case .invited(let call, _) in bench.events { invited = call }
        let call = try #require(invited)
        let body = Body(contentType: "application/sdp", bytes: Array(offer.utf8))
        bench.run { bench, agent, _, outputs in agent.accept(call, body: body, at: bench.now, into: &outputs) }
        let tag = try #require(try bench.sent.last?.envelope().toTag)
        bench.receive(bench.request("ACK", tag: tag))
        (bench.sent, bench.events) = ([], [])
        bench.receive(bench.request("REFER", sequence: 2, tag: tag, ["Refer-To: <sip:1002@example.com>"]))
        refer.take()
        return (refer, call, tag)
    }

    @Test func toldAlongTheCall() throws {
        let (refer, _, tag) = try transferred()
        #expect(refer.bench.sent.removeFirst().status == .ok && refer.subscription?.dialogIdentifier == nil)
        let notify = try #require(refer.answer().first)
        #expect(notify.value(of: .event) == "refer" && notify.bodyText == "SIP/2.0 100 Trying\r\n")
        #expect(try notify.envelope().fromTag == tag && notify.envelope().callID == "a@example.com")
        refer.tell(.ok)
        #expect(refer.answer().map(\.state) == ["terminated;reason=noresource"])
        #expect(refer.subscription?.isOver == true)
    }

    @Test func overWithTheCall() throws {
        let (refer, _, tag) = try transferred()
        refer.answer()
        refer.bench.receive(refer.bench.request("BYE", sequence: 3, tag: tag))
        refer.bench.sent = []
        refer.tell(.ok)
        #expect(refer.subscription?.isOver == true && refer.bench.sent.isEmpty)
        refer.pass(.seconds(100))
        #expect(refer.bench.agent.tableCounts.isEmpty)
    }

    /// RFC 6665 §4.5.2: other subscriptions have dialogs of their own.
    @Test func mailboxesAreNotWatchedAlongACall() throws {
        let (refer, _, tag) = try transferred()
        refer.answer()
        refer.bench.sent = []
        refer.bench.receive(refer.bench.request("SUBSCRIBE", sequence: 3, tag: tag, ["Event: message-summary"]))
        #expect(refer.bench.takeSent() == "403" && refer.bench.notifier.tableCount == 0)
    }
}
