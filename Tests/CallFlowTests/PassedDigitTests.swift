import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Keys that come by INFO while two talk.
@Suite struct PassedDigitTests {
    private static let relay = "application/dtmf-relay"
    private static let withoutEvents = CalleeDouble.answer.replacing(" 0 101", with: " 0").replacing(
        "a=rtpmap:101 telephone-event/8000\r\n", with: "")

    @Test(arguments: [("application/dtmf-relay", "Signal=5\r\nDuration=250\r\n"), ("application/dtmf", "5")])
    func toOneWhoTakesTelephoneEvents(type: String, body: String) throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.alice("INFO", body: body, type: type)
        var (orders, sent) = bridge.bench.takeBoth()
        #expect(orders == ["send keys 5"] && sent.map(\.status) == [.ok])
        bridge.bob("INFO", body: body, type: type)
        (orders, sent) = bridge.bench.takeBoth()
        #expect(orders == ["send keys 5"] && sent.map(\.status) == [.ok])
        try bridge.end()
    }

    @Test func toOneWhoDoesNot() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(bridge.bob.response(200, body: Self.withoutEvents), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.alice("INFO", body: "Signal=#\r\nDuration=250\r\n", type: Self.relay)
        let (orders, sent) = bridge.bench.takeBoth()
        #expect(orders == [])
        let info = try #require(sent.first { $0.method == .info })
        #expect(info.value(of: .callID) == bridge.bob.invite.value(of: .callID) && info.body?.contentType == Self.relay)
        #expect((info.body?.bytes).flatMap { InfoDigit.key(in: Body(contentType: Self.relay, bytes: $0)) } == "#")
        // Whatever he says to it.
        bridge.bobAnswers(info, 415)
        #expect(bridge.bench.switchboard.callCount == 1)
        try bridge.end()
    }

    @Test func aTelephoneEventForOneWhoTakesNoneSounds() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(bridge.bob.response(200, body: Self.withoutEvents), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        let (alice, bob) = (bridge.aliceSession, bridge.bobSession)
        bridge.bench.switchboard.handle([.digit(alice.id, "7")], at: bridge.bench.now)
        #expect(bridge.bench.takeBoth().orders == ["send keys 7"])
        // His own tones go over the bridge as they are.
        #expect(bob.stream?.hearsKeys == true && alice.stream?.hearsKeys == false)
        bridge.bench.switchboard.handle([.tone(bob.id, "1", isDown: true), .tone(bob.id, "1", isDown: false)], at: bridge.bench.now)
        #expect(bridge.bench.takeBoth().orders == [])
        try bridge.end()
    }

    /// A gateway that sends a key as an event and by INFO as well has pressed it once.
    @Test func oneKeyFromTwoSourcesIsPassedOnce() throws {
        var bridge = try BridgeBench(joined: BridgeBench.plain)
        bridge.bench.switchboard.handle([.digit(bridge.aliceSession.id, "5")], at: bridge.bench.now)
        bridge.bench.pass(.milliseconds(300))
        bridge.alice("INFO", body: "Signal=5\r\n", type: Self.relay)
        let (orders, sent) = bridge.bench.takeBoth()
        #expect(orders == [] && sent.map(\.status) == [.ok], "the bridge has passed the event on")
        bridge.bench.pass(.seconds(5))
        bridge.alice("INFO", body: "Signal=5\r\n", type: Self.relay)
        #expect(bridge.bench.takeBoth().orders == ["send keys 5"])
        try bridge.end()
    }

    @Test func notWhereTheStepKeepsThem() throws {
        var bridge = try BridgeBench(
            ringing: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], pass_digits: false, else: {goto: nobody}}")
        bridge.bench.receive(bridge.bob.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.alice("INFO", body: "Signal=5\r\n", type: Self.relay)
        let (orders, sent) = bridge.bench.takeBoth()
        #expect(orders == [] && sent.map(\.status) == [.ok])
        try bridge.end()
    }

    @Test func notBeforeTheyTalk() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(bridge.bob.response(183, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.alice("INFO", body: "Signal=5\r\n", type: Self.relay)
        #expect(bridge.bench.takeBoth().orders == [])
        bridge.bench.receive(bridge.bob.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        try bridge.end()
    }
}
