import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Hold and resume pass from one party of a bridge to the other.
@Suite struct HoldTests {
    private static let cases = [
        ("sendonly", "recvonly", "sendonly"), ("inactive", "inactive", "inactive"), ("0.0.0.0", "recvonly", "sendonly"),
    ]

    @Test(arguments: cases, ["INVITE", "UPDATE"])
    func theCallersHoldReachesWhomSheTalksWith(hold: (said: String, answered: String, passed: String), method: String) throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice(method, body: BridgeBench.described(hold.said))
        var sent = bridge.bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.direction == hold.answered)
        let held = try #require(sent.first { $0.method == .invite })
        #expect(held.direction == hold.passed && held.value(of: .callID) == bridge.bob.invite.value(of: .callID))
        bridge.bobAnswers(held, direction: hold.passed == "sendonly" ? "recvonly" : "inactive")
        #expect(bridge.bench.takeSent().map(\.method) == [.ack], "and Alice is told nothing more")
        #expect(bridge.aliceSession.stream?.sends == false, "Alice hears nothing")
        #expect(bridge.bobSession.stream?.receives == false && bridge.bobSession.stream?.sends == (hold.passed == "sendonly"))

        bridge.alice(method, body: CallerDouble.offer)
        sent = bridge.bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.direction == "sendrecv")
        let resumed = try #require(sent.first { $0.method == .invite })
        #expect(resumed.direction == "sendrecv")
        bridge.bobAnswers(resumed, direction: "sendrecv")
        #expect(bridge.bench.takeSent().map(\.method) == [.ack])
        for session in bridge.bench.media.sessions { #expect(session.stream?.sends == true && session.stream?.receives == true) }
        try bridge.end()
    }

    @Test func theHoldOfWhoWasCalledReachesTheCaller() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.bob("INVITE", body: BridgeBench.described("sendonly", of: CalleeDouble.answer))
        let sent = bridge.bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.direction == "recvonly")
        let held = try #require(sent.first { $0.method == .invite })
        #expect(held.direction == "sendonly" && held.value(of: .callID) == bridge.alice.callID)
        bridge.aliceAnswers(held, direction: "recvonly")
        #expect(bridge.aliceSession.stream?.receives == false && bridge.bobSession.stream?.sends == false)
        // Bob leaves without resuming: the scenario wants to hear her.
        _ = bridge.bench.takeSent()
        bridge.bob("BYE")
        let after = bridge.bench.takeSent()
        let resumed = try #require(after.first { $0.method == .invite })
        #expect(resumed.direction == "sendrecv" && resumed.value(of: .callID) == bridge.alice.callID)
        bridge.aliceAnswers(resumed, direction: "sendrecv")
        #expect(bridge.aliceSession.stream?.receives == true)
        #expect(bridge.bench.trace.states.last == "after")
        bridge.alice("BYE")
        bridge.bench.expectNothingLeft()
    }

    /// The next party begins with a caller who hears and is heard.
    @Test func whoWasHeldIsResumedAlsoWhenAnotherIsCalledNext() throws {
        var bridge = try BridgeBench(
            joined: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], else: {goto: nobody}}\n"
                + "- dial: {to: [\"sip:carol@192.0.2.2\"], else: {goto: nobody}}")
        bridge.bob("INVITE", body: BridgeBench.described("inactive", of: CalleeDouble.answer))
        bridge.aliceAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), direction: "inactive")
        _ = bridge.bench.takeSent()
        bridge.bob("BYE")
        let sent = bridge.bench.takeSent()
        let next = try #require(sent.first { $0.method == .invite && $0.requestURIText.contains("carol") })
        let resumed = try #require(sent.first { $0.method == .invite && $0.value(of: .callID) == bridge.alice.callID })
        #expect(resumed.direction == "sendrecv")
        bridge.aliceAnswers(resumed, direction: "sendrecv")
        let carol = CalleeDouble(invite: next)
        bridge.bench.receive(carol.response(486), from: SwitchboardBench.callee)
        #expect(bridge.aliceSession.stream?.sends == true && bridge.aliceSession.stream?.receives == true)
        #expect(bridge.bench.trace.states.last == "nobody")
        bridge.alice("BYE")
        bridge.bench.expectNothingLeft()
    }

    @Test func whoIsHungUpAfterwardsIsNotResumedFirst() throws {
        var bridge = try BridgeBench(
            joined: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], ended: hangup, else: {goto: nobody}}", leaves: true)
        bridge.bob("INVITE", body: BridgeBench.described("sendonly", of: CalleeDouble.answer))
        bridge.aliceAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), direction: "recvonly")
        _ = bridge.bench.takeSent()
        bridge.bob("BYE")
        let sent = bridge.bench.takeSent()
        #expect(!sent.contains { $0.method == .invite })
        bridge.aliceAnswers(try #require(sent.first { $0.method == .bye }))
        bridge.bench.expectNothingLeft()
    }

    @Test func aHoldThatIsRefusedStandsForTheHolder() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice("INVITE", body: BridgeBench.described("sendonly"))
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), 488)
        #expect(bridge.bench.takeSent().map(\.method) == [.ack], "he is not asked again")
        #expect(bridge.aliceSession.stream?.sends == false && bridge.bobSession.stream?.receives == true)
        bridge.alice("INVITE", body: CallerDouble.offer)
        #expect(!bridge.bench.takeSent().contains { $0.method == .invite }, "he never knew otherwise")
        #expect(bridge.aliceSession.stream?.sends == true)
        // What he is told next is no copy of what he refused.
        bridge.alice("INVITE", body: BridgeBench.described("inactive"))
        let next = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(next.direction == "inactive" && version(next) > version(bridge.bob.invite) + 1)
        bridge.bobAnswers(next, direction: "inactive")
        try bridge.end()
    }

    /// RFC 4028 §7.4: a session timer's re-INVITE says what was said before, and its answer need not.
    @Test func aHoldInTheAnswerToARefreshIsPassedOn() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        let timer = ["Session-Expires: 1800;refresher=uac", "Require: timer"]
        bridge.bench.receive(bridge.bob.response(200, headers: timer, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        _ = bridge.bench.takeSent()
        var refresh: SIPMessage?
        for _ in 0..<60 where refresh == nil {
            bridge.bench.pass(.seconds(30))
            for message in bridge.bench.takeSent() where message.method == .invite {
                if message.value(of: .callID) == bridge.bob.invite.value(of: .callID) {
                    refresh = message
                } else {
                    bridge.aliceAnswers(message, direction: "sendrecv")
                }
            }
        }
        let refreshed = try #require(refresh)
        #expect(version(refreshed) == version(bridge.bob.invite), "nothing new is said")
        bridge.bobAnswers(refreshed, direction: "sendonly")
        #expect(bridge.bobSession.stream?.sends == false && bridge.bobSession.stream?.receives == true)
        let held = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(held.direction == "sendonly" && held.value(of: .callID) == bridge.alice.callID)
        bridge.aliceAnswers(held, direction: "recvonly")
        #expect(bridge.aliceSession.stream?.receives == false)
        try bridge.end()
    }

    private func version(_ message: SIPMessage) -> Int {
        let text = (message.body?.bytes).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let origin = text.split(separator: "\r\n").first { $0.hasPrefix("o=") }?.split(separator: " ") ?? []
        return origin.count > 2 ? Int(origin[2]) ?? 0 : 0
    }

    @Test func whereOffersMeetOursIsTriedAgain() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice("INVITE", body: BridgeBench.described("sendonly"))
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), 491)
        #expect(bridge.bench.takeSent().map(\.method) == [.ack])
        // RFC 3261 §14.1: whoever made the Call-ID waits 2.1 to 4 s.
        bridge.bench.pass(.seconds(4))
        let again = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(again.direction == "sendonly")
        bridge.bobAnswers(again, direction: "recvonly")
        #expect(bridge.bobSession.stream?.receives == false)
        try bridge.end()
    }

    /// His own offer comes while ours waits for its second try: it is answered with what there is to tell, and ours is not needed any more.
    @Test func theOffersOfBothEndWithWhatHolds() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice("INVITE", body: BridgeBench.described("sendonly"))
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), 491)
        _ = bridge.bench.takeSent()
        bridge.bob("INVITE", body: BridgeBench.described("sendrecv", of: CalleeDouble.answer))
        #expect(bridge.bench.takeSent().first { $0.status == .ok }?.direction == "sendonly")
        bridge.bench.pass(.seconds(5))
        #expect(!bridge.bench.takeSent().contains { $0.method == .invite })
        try bridge.end()
    }

    @Test func bothMayHold() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice("INVITE", body: BridgeBench.described("sendonly"))
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), direction: "recvonly")
        _ = bridge.bench.takeSent()
        bridge.bob("INVITE", body: BridgeBench.described("sendonly", of: CalleeDouble.answer))
        var sent = bridge.bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.direction == "inactive")
        let told = try #require(sent.first { $0.method == .invite })
        #expect(told.direction == "sendonly" && told.value(of: .callID) == bridge.alice.callID)
        bridge.aliceAnswers(told, direction: "inactive")
        #expect(bridge.bench.takeSent().map(\.method) == [.ack])
        // Alice resumes, and is on hold from now on.
        bridge.alice("INVITE", body: CallerDouble.offer)
        sent = bridge.bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.direction == "sendonly")
        let resumed = try #require(sent.first { $0.method == .invite })
        #expect(resumed.direction == "sendrecv" && resumed.value(of: .callID) != bridge.alice.callID)
        bridge.bobAnswers(resumed, direction: "sendonly")
        #expect(bridge.bench.takeSent().map(\.method) == [.ack])
        #expect(bridge.aliceSession.stream?.sends == true && bridge.aliceSession.stream?.receives == false)
        #expect(bridge.bobSession.stream?.receives == true && bridge.bobSession.stream?.sends == false)
        try bridge.end()
    }

    @Test func whoHoldsWhileItRingsIsJoinedHolding() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.alice("INVITE", body: BridgeBench.described("inactive"))
        #expect(!bridge.bench.takeSent().contains { $0.method == .invite })
        bridge.bench.receive(bridge.bob.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let told = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(told.direction == "inactive")
        bridge.bobAnswers(told, direction: "inactive")
        try bridge.end()
    }

    /// A re-INVITE that asks for our offer gets the other's direction, and the answer in its ACK may be a hold.
    @Test func aHoldMayComeInAnACK() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.bench.receive(bridge.bob.request("INVITE", sequence: 1), from: SwitchboardBench.callee)
        #expect(bridge.bench.takeSent().first { $0.status == .ok }?.direction == "sendrecv")
        bridge.bench.receive(
            bridge.bob.request("ACK", sequence: 1, body: BridgeBench.described("sendonly", of: CalleeDouble.answer)),
            from: SwitchboardBench.callee)
        let told = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(told.direction == "sendonly" && told.value(of: .callID) == bridge.alice.callID)
        bridge.aliceAnswers(told, direction: "recvonly")
        try bridge.end()
    }

    /// Alice holds Bob and sends us to Bill, who takes her place: nobody holds Bob any more.
    @Test func whoIsTransferredIsHeldNoMore() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain, trustsPeers: true)
        bridge.alice("INVITE", body: BridgeBench.described("sendonly"))
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .invite }), direction: "recvonly")
        _ = bridge.bench.takeSent()
        bridge.alice("REFER", headers: ["Refer-To: <sip:bill@192.0.2.2>"])
        let asked = bridge.bench.takeSent()
        let bill = CalleeDouble(invite: try #require(asked.first { $0.method == .invite }), tag: "bill")
        bridge.bench.receive(bill.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let resumed = try #require(bridge.bench.takeSent().first { $0.method == .invite })
        #expect(resumed.direction == "sendrecv" && resumed.value(of: .callID) == bridge.bob.invite.value(of: .callID))
        bridge.bobAnswers(resumed, direction: "sendrecv")
        #expect(bridge.bobSession.stream?.receives == true)
    }
}
