import SIP
import SIPDialogs
import Testing
import Timing

/// How responses are read, and what a request may carry without being refused (RFC 3261 §8.1.3, §8.2, §18).
@Suite struct ResponseRulesTests {
    private let bench = Bench()

    private func dial() throws -> (CallHandle, SIPMessage) {
        var call: CallHandle?
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")), SIPURI(user: "601", host: "192.0.2.1", port: 5061))
        bench.run { call = $0.invite(uri, from: from, body: Bench.answer, via: Bench.peer, at: $1, into: &$2) }
        let invite = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        return (try #require(call), invite)
    }

    /// §8.1.3.2: an unknown status counts as the x00 of its class, an unknown provisional as 183.
    @Test(arguments: [
        (100, "", ""), (183, "", "progressed(183)"), (188, "", "progressed(188)"), (299, "", "answered"), (399, "ACK", "failed(399)"),
        (499, "ACK", "failed(499)"), (599, "ACK", "failed(599)"), (699, "ACK", "failed(699)"),
    ])
    func unknownStatusesCountAsTheirClass(_ status: Int, _ sent: String, _ events: String) throws {
        let (_, invite) = try dial()
        bench.receive(
            response(to: invite, status, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: status == 299 ? Bench.answer : nil))
        #expect(bench.takeSent() == sent && bench.takeEvents() == events)
    }

    /// §18.1.2: a sent-by that we never write. Upper case, or a port left out on the way, is ours all the same.
    @Test func aSentByOfSomebodyElseIsDropped() throws {
        let (_, invite) = try dial()
        let busy = String(decoding: response(to: invite, 486, toTag: "b1"), as: UTF8.self)
        bench.receive(busy.replacing("UDP 192.0.2.10:5060", with: "UDP 192.0.2.11:5060"))
        bench.receive(busy.replacing("UDP 192.0.2.10:5060", with: "UDP 192.0.2.10:5099"))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "")
        bench.receive(busy.replacing("UDP 192.0.2.10:5060", with: "UDP 192.0.2.10"))
        #expect(bench.takeSent() == "ACK" && bench.takeEvents() == "failed(486)")
    }

    /// §18.3: what is shorter than its Content-Length.
    @Test func aResponseThatIsCutShortIsDropped() throws {
        let (_, invite) = try dial()
        bench.receive(Array(response(to: invite, 183, toTag: "b1", body: Bench.answer).dropLast(2)))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "malformed")
    }

    /// §13.2.2.3: after one final response another one says nothing.
    @Test func aSecondFinalResponseIsIgnored() throws {
        let (_, invite) = try dial()
        bench.receive(response(to: invite, 486, toTag: "b1"))
        bench.receive(response(to: invite, 200, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer))
        bench.receive(response(to: invite, 404, toTag: "b1"))
        #expect(bench.takeSent() == "ACK ACK" && bench.takeEvents() == "failed(486)")
    }

    /// §8.2.2.3: neither CANCEL nor ACK can be refused for what it requires.
    @Test func extensionsRequiredOfACancelOrAckAreIgnored() throws {
        bench.receive(Caller().request("INVITE", body: "offer"))
        bench.receive(Caller().request("CANCEL", branch: "c1INVITE1", headers: "Require: x\r\nProxy-Require: y\r\n"))
        #expect(bench.takeSent() == "200 487")
        bench.receive(Caller().request("ACK", branch: "c1INVITE1", headers: "Require: x\r\n"))
        bench.pass(.seconds(40))
        #expect(bench.takeSent() == "" && bench.agent.tableCounts.isEmpty)
    }

    /// §8.2.2, §7.3.2, §20: what is unknown, or belongs into responses, hinders nothing.
    @Test func strangeHeadersAreIgnored() throws {
        let strange = "X-Strange: \"\r\nRetry-After: nonsense\r\nWarning: ?\r\nUnsupported: 100rel\r\nWWW-Authenticate: x\r\n"
        bench.receive(Caller().request("OPTIONS", headers: strange))
        #expect(bench.takeSent() == "200")
        let (_, invite) = try dial()
        bench.receive(response(to: invite, 180, toTag: "b1", headers: [("Max-Forwards", "0"), ("Route", "<x"), ("X-Strange", "1")]))
        #expect(bench.takeEvents() == "progressed(180)")
    }

    /// §15: BYE would be against the rules for a callee before its answer; hanging up refuses.
    @Test func aCalleeThatHangsUpEarlyRefuses() throws {
        bench.receive(Caller().request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.takeSent() == "180 480")
    }

    /// §8.2.6.2: From, Call-ID, CSeq and To come back as they were.
    @Test func headersComeBackUnchanged() throws {
        bench.receive(Caller(callID: "A b".filter { $0 != " " }).request("INVITE", 77, body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.reject(call, status: .busyHere, at: $1, into: &$2) }
        let tags = try bench.sent.map { try $0.message.envelope().toTag }
        #expect(tags.count == 2 && tags[0] == tags[1] && tags[0] != nil)
        for answer in bench.sent.map(\.message) {
            #expect(answer.value(of: .from) == "<sip:alice@example.com>;tag=a1" && answer.value(of: .callID) == "Ab")
            #expect(answer.value(of: .cseq) == "77 INVITE" && answer.value(of: .to)?.hasPrefix("<sip:601@192.0.2.10>") == true)
            #expect(answer.value(of: .contentLength) == "0")
        }
        bench.receive(Caller(callID: "d", toTag: "gone").request("OPTIONS"))
        #expect(bench.sent.last?.message.value(of: .to) == "<sip:601@192.0.2.10>;tag=gone")
    }
}
