import SIP
import SIPDialogs
import Testing
import Timing

/// A call from its INVITE to its end, as callee.
@Suite struct AnsweringTests {
    @Test func ringingAnswerAcknowledgementAndBye() throws {
        let bench = Bench()
        var caller = Caller()
        bench.receive(caller.request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        #expect(bench.takeSent() == "")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        let (ringing, ok) = (bench.sent[0].message, bench.sent[1].message)
        #expect(try ringing.envelope().toTag != nil && ringing.envelope().toTag == ok.envelope().toTag)
        #expect(ok.body == Bench.answer && ok.value(of: .contact) == "<sip:601@192.0.2.10:5060>")
        #expect(ok.value(of: .allow) == "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE" && ok.value(of: .supported) == "100rel, timer")
        #expect(bench.takeSent() == "180 200" && bench.takeEvents() == "invited")
        caller.toTag = try ok.envelope().toTag
        bench.receive(caller.request("ACK"))
        bench.receive(caller.request("BYE", 2))
        #expect(bench.takeEvents() == "acknowledged ended(remoteBye)" && bench.takeSent() == "200")
        bench.receive(caller.request("BYE", 2))
        #expect(bench.takeSent() == "200", "a copy of the BYE is answered alike")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty && bench.takeSent() == "" && bench.takeEvents() == "")
    }

    @Test func copiesOfTheInviteNeverMakeASecondCall() throws {
        let bench = Bench()
        var caller = Caller()
        let invite = caller.request("INVITE", body: "offer")
        bench.receive(invite)
        let call = try #require(bench.lastCall)
        bench.receive(invite)
        #expect(bench.takeSent() == "")
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        bench.receive(invite)
        #expect(bench.takeSent() == "183 183")
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        caller.toTag = try bench.sent.last?.message.envelope().toTag
        bench.receive(invite)
        bench.receive(caller.request("ACK"))
        bench.receive(invite)
        bench.receive(caller.request("BYE", 2))
        bench.receive(invite)
        #expect(bench.takeSent() == "200 200" && bench.takeEvents() == "invited acknowledged ended(remoteBye)")
    }

    @Test func theAnswerIsRepeatedUntilTheAcknowledgement() throws {
        let standing = try #require(StandingCall(acknowledged: false))
        standing.bench.pass(.milliseconds(7_499))
        #expect(standing.bench.takeSent() == "200 200 200")
        standing.bench.receive(standing.caller.request("ACK"))
        standing.bench.pass(.seconds(60))
        #expect(standing.bench.takeSent() == "" && standing.bench.takeEvents() == "acknowledged")
    }

    @Test(arguments: [false, true])
    func withoutAcknowledgementTheCallEnds(_ overStream: Bool) throws {
        let flow = overStream ? Bench.stream : Bench.peer
        let standing = try #require(StandingCall(from: flow, acknowledged: false))
        standing.bench.pass(.seconds(32))
        #expect(standing.bench.takeSent() == "200 200 200 200 200 200 200 200 200 200 BYE")
        #expect(standing.bench.takeEvents() == "ended(acknowledgementMissing)")
        standing.bench.pass(.seconds(64))
        #expect(standing.bench.agent.tableCounts.isEmpty && standing.bench.takeEvents() == "")
    }

    @Test func provisionalIsRepeatedEachMinute() throws {
        let bench = Bench()
        bench.receive(Caller().request("INVITE"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.pass(.seconds(181))
        #expect(bench.takeSent() == "180 180 180")
        bench.run { $0.reject(call, status: .busyHere, headers: [("X-Why", "busy")], at: $1, into: &$2) }
        #expect(bench.sent.first?.message.value(named: "X-Why") == "busy")
        bench.receive(Caller().request("ACK", branch: "c1INVITE1"))
        bench.pass(.seconds(100))
        #expect(bench.takeSent() == "486" && bench.agent.tableCounts.isEmpty)
    }

    @Test func aRejectionIsRepeatedUntilItsAcknowledgement() throws {
        let bench = Bench()
        bench.receive(Caller().request("INVITE"))
        let call = try #require(bench.lastCall)
        bench.run { $0.reject(call, status: StatusCode(603) ?? .ok, at: $1, into: &$2) }
        #expect(bench.takeSent() == "480", "never 6xx")
        bench.pass(.seconds(32))
        #expect(bench.takeSent() == "480 480 480 480 480 480 480 480 480 480")
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func cancelGives487() throws {
        let bench = Bench()
        let caller = Caller()
        bench.receive(caller.request("INVITE"))
        bench.receive(caller.request("CANCEL", branch: "c1INVITE1"))
        #expect(bench.takeEvents() == "invited cancelled")
        let tags = try bench.sent.map { try $0.message.envelope().toTag }
        #expect(tags.count == 2 && tags[0] != nil && tags[0] == tags[1])
        #expect(bench.takeSent() == "200 487")
        bench.receive(caller.request("CANCEL", branch: "c1INVITE1"))
        #expect(bench.takeSent() == "200")
        bench.receive(caller.request("ACK", branch: "c1INVITE1"))
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty && bench.takeSent() == "" && bench.takeEvents() == "")
    }

    @Test func cancelWithoutAMatchOrTooLate() throws {
        let standing = try #require(StandingCall())
        var caller = standing.caller
        caller.toTag = nil
        standing.bench.receive(caller.request("CANCEL", branch: "c1INVITE1"))
        #expect(standing.bench.takeSent() == "200" && standing.bench.takeEvents() == "")
        standing.bench.receive(caller.request("CANCEL", branch: "other"))
        #expect(standing.bench.takeSent() == "481")
    }

    @Test func byeOnAnEarlyDialog() throws {
        let bench = Bench()
        var caller = Caller()
        bench.receive(caller.request("INVITE"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        caller.toTag = try bench.sent.last?.message.envelope().toTag
        bench.receive(caller.request("BYE", 2))
        #expect(bench.takeSent() == "180 200 487" && bench.takeEvents() == "invited cancelled")
    }

    @Test func lateOfferIsAnsweredInTheAcknowledgement() throws {
        let standing = try #require(StandingCall(acknowledged: false, body: nil))
        standing.bench.receive(standing.caller.request("ACK", body: "answer"))
        #expect(standing.bench.takeEvents() == "acknowledged+body")
    }

    @Test func hangUpWaitsForTheAcknowledgement() throws {
        let standing = try #require(StandingCall(acknowledged: false))
        let (bench, call) = (standing.bench, standing.call)
        bench.run { $0.hangUp(call, headers: [("Reason", "SIP;cause=200")], at: $1, into: &$2) }
        #expect(bench.takeSent() == "")
        bench.receive(standing.caller.request("ACK"))
        let bye = try #require(bench.sent.first?.message)
        #expect(bye.value(of: .reason) == "SIP;cause=200" && bye.requestURIText == "sip:alice@192.0.2.1:5061")
        #expect(try bye.envelope().toTag == "a1")
        #expect(bench.takeSent() == "BYE" && bench.takeEvents() == "acknowledged")
        bench.receive(response(to: bye, 200))
        #expect(bench.takeEvents() == "ended(localBye)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func byeWithoutAnswerEndsTheCall() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        bench.receive(standing.caller.request("BYE", 2))
        #expect(bench.takeSent() == "BYE 200" && bench.takeEvents() == "", "both hung up: one end")
        bench.pass(.seconds(33))
        #expect(bench.takeEvents() == "ended(localBye)" && bench.agent.tableCounts.isEmpty)
    }

    @Test func commandsForAnUnknownCallDoNothing() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.receive(standing.caller.request("BYE", 2))
        _ = (bench.takeSent(), bench.takeEvents())
        bench.run { agent, now, outputs in
            agent.provisional(call, status: .ringing, at: now, into: &outputs)
            agent.accept(call, body: nil, at: now, into: &outputs)
            agent.reject(call, status: .busyHere, at: now, into: &outputs)
            agent.answerReinvite(call, status: .ok, at: now, into: &outputs)
            agent.hangUp(call, at: now, into: &outputs)
            agent.probe(call, at: now, into: &outputs)
            agent.acknowledge(call, at: now, into: &outputs)
            agent.reinvite(call, body: nil, at: now, into: &outputs)
        }
        #expect(bench.takeSent() == "" && bench.takeEvents() == "")
    }

    @Test func aClosedConnectionEndsWhatNeedsIt() throws {
        let bench = Bench()
        bench.receive(Caller().request("INVITE"), from: Bench.stream)
        bench.run { $0.connectionClosed(7, at: $1, into: &$2) }
        #expect(bench.takeEvents() == "invited ended(transportLost)" && bench.agent.tableCounts.isEmpty)

        let standing = try #require(StandingCall(from: Bench.stream))
        let call = standing.call
        standing.bench.run { $0.connectionClosed(7, at: $1, into: &$2) }
        #expect(standing.bench.takeEvents() == "", "an answered call waits for its peer to come back")
        var other = Bench.stream
        other.connection = 8
        standing.bench.receive(standing.caller.request("OPTIONS", 2), from: other)
        standing.bench.run { $0.probe(call, at: $1, into: &$2) }
        #expect(standing.bench.sent.allSatisfy { $0.flow == other } && standing.bench.takeSent() == "200 OPTIONS")
        standing.bench.run { $0.connectionClosed(8, at: $1, into: &$2) }
        standing.bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(standing.bench.takeEvents() == "probed(false) ended(transportLost)")
    }
}

/// An answer to a request of ours.
func response(
    to request: SIPMessage, _ status: Int, toTag: String? = nil, contact: String? = nil, body: Body? = nil, headers: [(String, String)] = []
) -> [UInt8] {
    var writer = MessageWriter(status: StatusCode(status) ?? .ok)
    for id in [HeaderID.via, .from, .to, .callID, .cseq] {
        for value in request.values(of: id) { writer.add(id, id == .to && toTag != nil ? "\(value);tag=\(toTag ?? "")" : value) }
    }
    if let contact { writer.add(.contact, contact) }
    for (name, value) in headers { writer.add(named: name, value) }
    return writer.finish(body)
}
