import SIP
import SIPDialogs
import Testing
import Timing

/// Changes of ours that met another request, or a peer that is gone (RFC 3261 §14.1, §12.2.1.2).
@Suite struct GlareTests {
    private let methods = ["INVITE", "UPDATE"]

    /// As callee, or as caller, with a call that stands; the peer allows UPDATE.
    private func standing(_ asCaller: Bool, _ seed: UInt64) throws -> (Bench, CallHandle) {
        let bench = Bench(seed: seed) { $0.sessionTimer = nil }
        guard asCaller else {
            let standing = try #require(StandingCall(bench, Caller(extra: "Allow: UPDATE\r\n")))
            return (bench, standing.call)
        }
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")), SIPURI(user: "601", host: "192.0.2.1", port: 5061))
        var call: CallHandle?
        bench.run { call = $0.invite(uri, from: from, body: Bench.answer, via: Bench.peer, at: $1, into: &$2) }
        let invite = try #require(bench.sent.first?.message)
        bench.receive(
            response(to: invite, 200, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer, headers: [("Allow", "UPDATE")]))
        let handle = try #require(call)
        bench.run { $0.acknowledge(handle, at: $1, into: &$2) }
        _ = (bench.takeSent(), bench.takeEvents())
        return (bench, handle)
    }

    private func change(_ bench: Bench, _ call: CallHandle, _ method: String) -> SIPMessage? {
        bench.run {
            if method == "INVITE" {
                $0.reinvite(call, body: Bench.answer, at: $1, into: &$2)
            } else {
                $0.update(call, body: Bench.answer, at: $1, into: &$2)
            }
        }
        return bench.sent.last?.message
    }

    @Test(arguments: [("INVITE", true), ("INVITE", false), ("UPDATE", true), ("UPDATE", false)])
    func triedAgainAfter491(_ method: String, _ asCaller: Bool) throws {
        var pauses: Set<Int64> = []
        for seed in 1...40 as ClosedRange<UInt64> {
            let (bench, call) = try standing(asCaller, seed)
            let first = try #require(change(bench, call, method))
            bench.receive(response(to: first, 491))
            #expect(bench.takeSent() == (method == "INVITE" ? "INVITE ACK" : "UPDATE") && bench.takeEvents() == "")
            let start = bench.now
            while bench.sent.isEmpty, bench.now - start < .seconds(5) { bench.pass(.milliseconds(10)) }
            let pause = (bench.now - start).wholeMilliseconds
            #expect(asCaller ? (2_100...4_010).contains(pause) : (0...2_010).contains(pause), "\(pause) ms")
            pauses.insert(pause)
            let second = try #require(bench.sent.last?.message)
            #expect(try second.body == Bench.answer && second.envelope().cseq.number == first.envelope().cseq.number + 1)
            bench.receive(response(to: second, 200, contact: "<sip:x@192.0.2.1:5062>", body: Bench.answer))
            #expect(bench.takeEvents() == (method == "INVITE" ? "reinviteAnswered(200)" : "updateAnswered(200)+body"))
        }
        #expect(pauses.count > 10, "not all at once")
    }

    @Test(arguments: ["INVITE", "UPDATE"]) func retryAfterIsHonoured(_ method: String) throws {
        let (bench, call) = try standing(true, 1)
        let first = try #require(change(bench, call, method))
        bench.receive(response(to: first, 500, headers: [("Retry-After", "7 (busy)")]))
        _ = bench.takeSent()
        bench.pass(.milliseconds(6_990))
        #expect(bench.takeSent() == "")
        bench.pass(.milliseconds(20))
        let second = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        bench.receive(response(to: second, 500, headers: [("Retry-After", "3600")]))
        #expect(bench.takeEvents() == (method == "INVITE" ? "reinviteAnswered(500)" : "updateAnswered(500)"))
    }

    @Test(arguments: ["INVITE", "UPDATE"]) func notForEver(_ method: String) throws {
        let (bench, call) = try standing(true, 1)
        var tries = 0
        _ = change(bench, call, method)
        while let request = bench.sent.first(where: { $0.message.method?.name == method })?.message, tries < 20 {
            _ = bench.takeSent()
            tries += 1
            bench.receive(response(to: request, 491))
            _ = bench.takeSent()
            bench.pass(.seconds(5))
        }
        #expect(tries == 6 && bench.takeEvents() == (method == "INVITE" ? "reinviteAnswered(491)" : "updateAnswered(491)"))
    }

    @Test(arguments: ["INVITE", "UPDATE"], [481, 408, 0]) func thePeerIsGone(_ method: String, _ status: Int) throws {
        let (bench, call) = try standing(true, 1)
        let first = try #require(change(bench, call, method))
        _ = bench.takeSent()
        if status == 0 { bench.pass(.milliseconds(32_001)) } else { bench.receive(response(to: first, status)) }
        #expect(bench.sent.last?.message.method == .bye && bench.takeEvents() == "ended(dialogLost)")
        bench.pass(.seconds(70))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func anotherChangeMakesTheOfferStale() throws {
        let (bench, call) = try standing(false, 1)
        let first = try #require(change(bench, call, "UPDATE"))
        bench.receive(response(to: first, 491))
        // The peer's own change wins, and our answer to it is newer than our offer.
        let envelope = try first.envelope()
        bench.receive(
            "UPDATE sip:601@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKu\r\nCSeq: 9 UPDATE\r\n"
                + "From: \(first.value(of: .to) ?? "")\r\nTo: \(first.value(of: .from) ?? "")\r\nCall-ID: \(envelope.callID)\r\n"
                + "Content-Type: application/sdp\r\nContent-Length: 1\r\n\r\nx")
        let newer = Body(contentType: "application/sdp", bytes: Array("newer".utf8))
        bench.run { $0.answerUpdate(call, status: .ok, body: newer, at: $1, into: &$2) }
        #expect(bench.takeEvents() == "updated")
        _ = bench.takeSent()
        bench.pass(.seconds(5))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "updateAnswered(491)")
    }

    @Test func aLateOfferOfAReinviteWaitsForOurAnswer() throws {
        let (bench, call) = try standing(true, 1)
        #expect(bench.ask { $0.reinvite(call, body: nil, at: $1, into: &$2) })
        let request = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        let ok = response(to: request, 200, contact: "<sip:x@192.0.2.1:5062>", body: Bench.answer)
        bench.receive(ok)
        bench.receive(ok)
        #expect(bench.takeSent() == "" && bench.takeEvents() == "reinviteAnswered(200)")
        bench.run { $0.acknowledge(call, body: Bench.answer, at: $1, into: &$2) }
        bench.receive(ok)
        #expect(bench.sent.first?.message.body == Bench.answer && bench.takeSent() == "ACK ACK")
    }

    @Test func aReliableProvisionalToAReinvite() throws {
        let (bench, call) = try standing(true, 1)
        for number in [5, 900] {
            let request = try #require(change(bench, call, "INVITE"))
            _ = bench.takeSent()
            let headers = [("Require", "100rel"), ("RSeq", String(number))]
            let progress = response(to: request, 183, contact: "<sip:x@192.0.2.1:5062>", body: Bench.answer, headers: headers)
            bench.receive(progress)
            bench.receive(progress)
            let sequence = try request.envelope().cseq.number
            #expect(bench.sent.last?.message.value(of: .rack) == "\(number) \(sequence) INVITE" && bench.takeSent() == "PRACK")
            bench.receive(response(to: request, 200, contact: "<sip:x@192.0.2.1:5062>"))
            guard case .reinviteAnswered(_, .ok, let body) = bench.events.last else { return #expect(Bool(false)) }
            #expect(body == Bench.answer && bench.takeSent() == "ACK")
        }
    }

    /// RFC 3261 §14.1: the peer's INVITE is to be confirmed first.
    @Test func notWhileThePeersInviteIsUnderWay() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        bench.receive(standing.caller.request("INVITE", 2, body: "hold"))
        #expect(!bench.ask { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) })
        bench.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        #expect(!bench.ask { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) }, "its ACK has not come")
        bench.receive(standing.caller.request("ACK", 2))
        #expect(bench.takeSent() == "200" && bench.ask { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) })
        #expect(bench.takeSent() == "INVITE")
    }

    /// The peer's change came first: what was to be offered is not offered any more, and what was agreed with him stands.
    @Test func anOfferThatIsOutOfDateIsNotMadeAgain() throws {
        let (bench, call) = try standing(false, 1)
        bench.receive(response(to: try #require(change(bench, call, "INVITE")), 491))
        let caller = Caller(toTag: bench.sent.last?.message.value(of: .from).flatMap { $0.split(separator: "tag=").last.map(String.init) })
        bench.receive(caller.request("INVITE", 2, body: "hold"))
        bench.run { $0.answerReinvite(call, status: .ok, body: Body(contentType: "application/sdp", bytes: [1]), at: $1, into: &$2) }
        bench.receive(caller.request("ACK", 2))
        #expect(bench.takeSent() == "INVITE ACK 200" && bench.takeEvents().hasPrefix("reinvited+body"))
        bench.pass(.seconds(5))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "reinviteAnswered(491)")
    }
}
