import SIP
import SIPDialogs
import SIPTransactions
import Testing
import Timing

/// What the gate says is done, and only requests outside of dialogs are judged.
@Suite struct GateTests {
    private struct Gate: RequestGate {
        var judgement: GateJudgement
        func judge(_: SIPMessage, _: Envelope, from: Flow, at: MonotonicTime) -> GateJudgement { judgement }
    }

    @Test func refusesNewWorkOnlyAndWithoutState() throws {
        let standing = try #require(StandingCall())
        let bench = standing.bench
        let before = bench.agent.tableCounts.transactions
        bench.agent.gate = Gate(judgement: .refuse(.unauthorized, [("WWW-Authenticate", "Digest realm=\"a\", nonce=\"1\"")]))
        bench.receive(Caller(callID: "c2").request("INVITE", body: "offer"))
        #expect(bench.sent.last?.message.value(named: "WWW-Authenticate")?.contains("nonce") == true)
        bench.receive(Caller(callID: "c2").request("OPTIONS"))
        // RFC 3261 §22.1: neither ACK nor CANCEL can be challenged.
        bench.receive(Caller(callID: "c2").request("ACK"))
        bench.receive(Caller(callID: "c2").request("CANCEL"))
        #expect(bench.takeSent() == "401 401 481" && bench.agent.tableCounts.transactions == before)
        bench.receive(standing.caller.request("OPTIONS", 2))
        bench.receive(standing.caller.request("INVITE", 3, body: "offer"))
        #expect(bench.takeSent() == "200" && bench.takeEvents() == "reinvited+body")
    }

    @Test func dropsWithoutAWord() {
        let bench = Bench()
        bench.agent.gate = Gate(judgement: .drop)
        for method in ["INVITE", "OPTIONS", "SUBSCRIBE", "BOGUS", "BYE"] { bench.receive(Caller().request(method)) }
        #expect(bench.takeSent().isEmpty && bench.takeEvents().isEmpty && bench.agent.tableCounts.isEmpty)
    }

    @Test func whoProvedHimselfIsNamed() throws {
        let bench = Bench { $0.handedOver = [.subscribe] }
        bench.agent.gate = Gate(judgement: .pass(identity: "1001"))
        bench.receive(Caller().request("INVITE", body: "offer"))
        bench.receive(Caller(callID: "c2").request("SUBSCRIBE"))
        guard case .invited(_, let invite) = bench.events[0], case .requested(_, let request) = bench.events[1] else {
            Issue.record("\(bench.takeEvents())")
            return
        }
        #expect(invite.authenticated == "1001" && request.identity == "1001")
    }
}
