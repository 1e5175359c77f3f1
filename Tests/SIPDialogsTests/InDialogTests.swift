import SIP
import SIPDialogs
import Testing
import Timing

@Suite struct InDialogTests {
    @Test func reinviteIsAnsweredAndRefreshesTheTarget() throws {
        let standing = try #require(StandingCall())
        var (bench, caller, call) = (standing.bench, standing.caller, standing.call)
        caller.contact = "<sip:alice@192.0.2.77:5080>"
        bench.receive(caller.request("INVITE", 2, body: "hold"))
        bench.receive(caller.request("INVITE", 2, body: "hold"))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "reinvited+body")
        bench.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.first?.message.value(of: .contact) != nil && bench.sent.first?.message.body == Bench.answer)
        bench.pass(.seconds(1))
        #expect(bench.takeSent() == "200 200", "repeated until its ACK")
        bench.receive(caller.request("ACK", 2))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.first?.message.requestURIText == "sip:alice@192.0.2.77:5080" && bench.takeEvents() == "acknowledged")
        #expect(bench.takeSent() == "BYE")
        _ = caller
    }

    @Test func refusedReinviteLeavesTheCallAsItWas() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        var caller = standing.caller
        caller.contact = "<sip:alice@192.0.2.77:5080>"
        bench.receive(caller.request("INVITE", 2, body: "x"))
        bench.run { $0.answerReinvite(call, status: .notAcceptableHere, at: $1, into: &$2) }
        bench.receive(caller.request("ACK", 2, branch: "c1INVITE2"))
        bench.run { $0.probe(call, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.requestURIText == "sip:alice@192.0.2.1:5061")
        #expect(bench.takeSent() == "488 OPTIONS")
    }

    @Test func overlappingReinvites() throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("INVITE", 2, body: "a"))
        standing.bench.receive(standing.caller.request("INVITE", 3, body: "b"))
        let seconds = standing.bench.sent.last?.message.value(of: .retryAfter).flatMap { Int($0) }
        #expect(seconds.map { (0...10).contains($0) } == true)
        #expect(standing.bench.takeSent() == "500" && standing.bench.takeEvents() == "reinvited+body")
    }

    @Test func secondInviteBeforeTheFirstAnswer() throws {
        let bench = Bench()
        var caller = Caller()
        bench.receive(caller.request("INVITE"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        caller.toTag = try bench.sent.last?.message.envelope().toTag
        bench.receive(caller.request("INVITE", 2))
        #expect(bench.takeSent() == "180 500")
    }

    @Test func reinviteBeforeTheAcknowledgement() throws {
        let answered = try #require(StandingCall(acknowledged: false))
        answered.bench.receive(answered.caller.request("INVITE", 2, body: "hold"))
        #expect(answered.bench.takeSent() == "" && answered.bench.takeEvents() == "acknowledged reinvited+body")
        let offered = try #require(StandingCall(acknowledged: false, body: nil))
        offered.bench.receive(offered.caller.request("INVITE", 2, body: "hold"))
        #expect(offered.bench.takeSent() == "491" && offered.bench.takeEvents() == "")
    }

    @Test func lateOfferInAReinvite() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.receive(standing.caller.request("INVITE", 2))
        bench.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        bench.receive(standing.caller.request("ACK", 2, body: "answer"))
        #expect(bench.takeEvents() == "reinvited acknowledged+body")
    }

    @Test func cancelledReinviteKeepsTheCall() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.receive(standing.caller.request("INVITE", 2, body: "x"))
        bench.receive(standing.caller.request("CANCEL", 2, branch: "c1INVITE2"))
        bench.run { $0.answerReinvite(call, status: .ok, at: $1, into: &$2) }
        #expect(bench.takeSent() == "200 487" && bench.takeEvents() == "reinvited+body")
        bench.receive(standing.caller.request("OPTIONS", 3))
        #expect(bench.takeSent() == "200")
    }

    @Test func byeDuringAReinvite() throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("INVITE", 2, body: "x"))
        standing.bench.receive(standing.caller.request("BYE", 3))
        #expect(standing.bench.takeSent() == "200 487" && standing.bench.takeEvents() == "reinvited+body ended(remoteBye)")
    }

    @Test func byeBeforeTheAcknowledgement() throws {
        let standing = try #require(StandingCall(acknowledged: false))
        standing.bench.receive(standing.caller.request("BYE", 2))
        standing.bench.receive(standing.caller.request("ACK"))
        standing.bench.pass(.seconds(40))
        #expect(standing.bench.takeSent() == "200" && standing.bench.takeEvents() == "ended(remoteBye)")
        #expect(standing.bench.agent.tableCounts.isEmpty)
    }

    @Test func sequenceNumbersMustNotFall() throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("OPTIONS", 10))
        standing.bench.receive(standing.caller.request("OPTIONS", 9))
        standing.bench.receive(standing.caller.request("INVITE", 10, body: "x"))
        standing.bench.receive(standing.caller.request("BYE", 11))
        #expect(standing.bench.takeSent() == "200 500 500 200")
    }

    @Test(arguments: [
        ("INFO", "", "405"), ("WHAT", "", "405"), ("OPTIONS", "Require: x\r\n", "420"),
        ("INVITE", "Require: x\r\n", "420"),
    ])
    func refusedWithinADialog(_ method: String, _ headers: String, _ expected: String) throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request(method, 2, headers: headers))
        standing.bench.receive(standing.caller.request(method, 2, headers: headers))
        #expect(standing.bench.takeSent() == "\(expected) \(expected)" && standing.bench.takeEvents() == "")
    }

    @Test func foreignBodyOfAReinvite() throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("INVITE", 2, body: "x").replacing("application/sdp", with: "text/plain"))
        #expect(standing.bench.takeSent() == "415" && standing.bench.takeEvents() == "")
    }

    @Test(arguments: [(200, true), (405, true), (500, true), (481, false), (408, false)])
    func probes(_ status: Int, _ alive: Bool) throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.run { $0.probe(call, at: $1, into: &$2) }
        let options = try #require(bench.sent.first?.message)
        #expect(options.method == .options)
        bench.receive(response(to: options, status))
        #expect(bench.takeEvents() == "probed(\(alive))")
    }

    @Test func probeWithoutAnswer() throws {
        let standing = try #require(StandingCall())
        let call = standing.call
        standing.bench.run { $0.probe(call, at: $1, into: &$2) }
        standing.bench.pass(.seconds(33))
        #expect(standing.bench.takeEvents() == "probed(false)")
    }
}
