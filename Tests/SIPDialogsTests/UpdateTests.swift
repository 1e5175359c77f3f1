import SIP
import SIPDialogs
import Testing
import Timing

/// UPDATE of the peer and of ours (RFC 3311).
@Suite struct UpdateTests {
    private let allow = "Allow: INVITE, UPDATE\r\n"

    @Test func withoutABodyItMovesTheTarget() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        var caller = standing.caller
        caller.contact = "<sip:alice@192.0.2.77:5080>"
        bench.receive(caller.request("UPDATE", 2))
        #expect(bench.sent.last?.message.value(of: .contact) != nil && bench.takeSent() == "200" && bench.takeEvents() == "")
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.requestURIText == "sip:alice@192.0.2.77:5080")
    }

    @Test(arguments: [(200, "sip:alice@192.0.2.77:5080"), (488, "sip:alice@192.0.2.1:5061")])
    func withAnOfferTheApplicationAnswers(_ status: Int, _ target: String) throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        var caller = standing.caller
        caller.contact = "<sip:alice@192.0.2.77:5080>"
        bench.receive(caller.request("UPDATE", 2, body: "hold"))
        bench.receive(caller.request("UPDATE", 2, body: "hold"))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "updated")
        bench.receive(caller.request("UPDATE", 3, body: "more"))
        #expect(bench.sent.last?.message.value(of: .retryAfter) != nil && bench.takeSent() == "500")
        bench.receive(caller.request("UPDATE", 4))
        #expect(bench.takeSent() == "500", "the last one has no answer yet")
        bench.receive(caller.request("INVITE", 5, body: "more"))
        #expect(bench.takeSent() == "500")
        bench.run { $0.answerUpdate(call, status: StatusCode(status) ?? .ok, body: Bench.answer, at: $1, into: &$2) }
        bench.run { $0.answerUpdate(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.takeSent() == "\(status)")
        bench.receive(caller.request("INVITE", 6, body: "more"))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "reinvited+body")
        bench.run { $0.answerReinvite(call, status: .notAcceptableHere, at: $1, into: &$2) }
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.requestURIText == target)
    }

    @Test func glareWithOurs() throws {
        // A late offer of ours, whose answer is under way.
        let offered = try #require(StandingCall(acknowledged: false, body: nil))
        offered.bench.receive(offered.caller.request("UPDATE", 2, body: "hold"))
        #expect(offered.bench.takeSent() == "491")
        let standing = try #require(StandingCall(Bench(), Caller(extra: allow)))
        let (bench, call) = (standing.bench, standing.call)
        #expect(bench.ask { $0.update(call, body: Bench.answer, at: $1, into: &$2) })
        bench.receive(standing.caller.request("UPDATE", 2, body: "hold"))
        bench.receive(standing.caller.request("UPDATE", 3))
        bench.receive(standing.caller.request("INVITE", 4, body: "hold"))
        #expect(bench.takeSent() == "UPDATE 491 200 491")
    }

    @Test func beforeTheAnswerToTheInvite() throws {
        let bench = Bench()
        var caller = Caller(extra: "Supported: 100rel\r\nAllow: UPDATE\r\n")
        bench.receive(caller.request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        #expect(!bench.ask { $0.update(call, body: Bench.answer, at: $1, into: &$2) }, "its PRACK has not come")
        let progress = try #require(bench.sent.last?.message)
        caller.toTag = try progress.envelope().toTag
        bench.receive(caller.request("PRACK", 2, headers: "RAck: \(progress.value(of: .rseq) ?? "") 1 INVITE\r\n"))
        _ = (bench.takeSent(), bench.takeEvents())
        #expect(bench.ask { $0.update(call, body: Bench.answer, at: $1, into: &$2) })
        let update = try #require(bench.sent.last?.message)
        bench.receive(response(to: update, 200, contact: "<sip:alice@192.0.2.1:5099>", body: Bench.answer))
        #expect(bench.takeSent() == "UPDATE" && bench.takeEvents() == "updateAnswered(200)+body")
        bench.receive(caller.request("UPDATE", 3, body: "hold"))
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.takeSent() == "", "the 2xx waits for the answer to the UPDATE")
        bench.run { $0.answerUpdate(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.takeSent() == "200 200" && bench.takeEvents() == "updated")
    }

    @Test func anOfferBeforeTheFirstAnswerIsTooEarly() throws {
        let bench = Bench()
        var caller = Caller()
        bench.receive(caller.request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        caller.toTag = try bench.sent.last?.message.envelope().toTag
        bench.receive(caller.request("UPDATE", 2, body: "x"))
        #expect(bench.sent.last?.message.value(of: .retryAfter) != nil)
        bench.receive(caller.request("UPDATE", 3))
        #expect(bench.takeSent() == "180 500 200")
    }

    @Test func ourUpdateNeedsALeave() throws {
        let standing = try #require(StandingCall())
        let call = standing.call
        #expect(!standing.bench.ask { $0.update(call, body: Bench.answer, at: $1, into: &$2) }, "no Allow named it")
        #expect(standing.bench.takeSent() == "")
    }

    @Test(arguments: [("x", "415", "text/plain"), ("x", "", "application/sdp")])
    func bodies(_ body: String, _ expected: String, _ type: String) throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("UPDATE", 2, body: body).replacing("application/sdp", with: type))
        #expect(standing.bench.takeSent() == expected)
    }

    @Test func aByeAnswersWhatWaits() throws {
        let standing = try #require(StandingCall())
        standing.bench.receive(standing.caller.request("UPDATE", 2, body: "hold"))
        standing.bench.receive(standing.caller.request("BYE", 3))
        #expect(standing.bench.takeSent() == "200 487" && standing.bench.takeEvents() == "updated ended(remoteBye)")
        standing.bench.pass(.seconds(40))
        #expect(standing.bench.agent.tableCounts.isEmpty)
    }

    @Test func afterOurByeThereIsNoCall() throws {
        let standing = try #require(StandingCall())
        let call = standing.call
        standing.bench.run { $0.hangUp(call, at: $1, into: &$2) }
        standing.bench.receive(standing.caller.request("UPDATE", 2, body: "hold"))
        #expect(standing.bench.takeSent() == "BYE 481")
    }

    /// RFC 3311 §5.1: UPDATE and the 2xx of the INVITE give one Contact.
    @Test func aTargetTakenBeforeTheAnswerStays() throws {
        let bench = Bench()
        var caller = Caller(extra: "Supported: 100rel\r\n" + allow)
        bench.receive(caller.request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let progress = try #require(bench.sent.last?.message)
        caller.toTag = try progress.envelope().toTag
        bench.receive(caller.request("PRACK", 2, headers: "RAck: \(progress.value(of: .rseq) ?? "") 1 INVITE\r\n"))
        bench.receive(caller.request("UPDATE", 3))
        let updated = bench.sent.last?.message.value(of: .contact)
        #expect(bench.ask { $0.update(call, body: Bench.answer, at: $1, into: &$2) })
        let update = try #require(bench.sent.last?.message)
        bench.receive(response(to: update, 200, contact: "<sip:alice@192.0.2.1:5061>", body: Bench.answer))
        bench.run { $0.accept(call, body: nil, at: $1, into: &$2) }
        let answer = try #require(bench.sent.last?.message)
        #expect(answer.value(of: .contact) == "<sip:601@192.0.2.10:5060>")
        #expect(updated == answer.value(of: .contact) && update.value(of: .contact) == answer.value(of: .contact))
        #expect(bench.takeSent() == "183 200 200 UPDATE 200")
    }
}
