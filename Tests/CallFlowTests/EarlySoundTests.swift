import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// What somebody who is called has to say before he answers, and who hears it.
@Suite struct EarlySoundTests {
    private static let early = CalleeDouble.answer
    private static let withoutAnswer = "- dial: {to: [\"\(BridgeBench.target)\"], else: {reject: 480}}"

    private func orders(_ bench: SwitchboardBench) -> [String] { bench.takeBoth().orders }

    /// A response that asks for a PRACK.
    private func reliable(_ callee: CalleeDouble, _ status: Int, number: Int, body: String) -> String {
        callee.response(status, body: body).replacing("\r\nContact:", with: "\r\nRequire: 100rel\r\nRSeq: \(number)\r\nContact:")
    }

    @Test func aCallerWhoIsNotAnsweredHearsItInA183OfOurs() throws {
        var bridge = try BridgeBench(ringing: Self.withoutAnswer)
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        let (ordered, sent) = bridge.bench.takeBoth()
        #expect(sent.map(\.status) == [.sessionProgress] && sent.first?.body != nil && sent.first?.value(of: .callID) == "call-1")
        #expect(ordered == ["open 20002", "bridge 20002 to 20000, no digits", "mute"], "nobody has answered: he hears nothing of her")

        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        let (then, answers) = bridge.bench.takeBoth()
        let answer = try #require(answers.first { $0.status == .ok })
        #expect(answer.body == sent.first?.body, "what was said early is said again")
        bridge.alice.toTag = try answer.envelope().toTag
        bridge.bench.receive(CallerDouble(number: "700", toTag: bridge.alice.toTag).request("ACK", branch: "ack"))
        #expect(then == ["bridge 20002 to 20000", "no mute"])
        try bridge.end()
    }

    @Test(arguments: [("", "play (30000 ms), for ever"), ("music: default, ", "play music/default, for ever")])
    func itTakesThePlaceOfRingbackAndMusic(field: String, sound: String) throws {
        var bridge = try BridgeBench(
            ringing: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], \(field)else: {goto: nobody}}")
        bridge.bench.receive(bridge.bob.response(180), from: SwitchboardBench.callee)
        #expect(bridge.aliceSession.playing != nil, "\(sound)")
        _ = bridge.bench.takeOutputs()
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench) == ["stop playing", "bridge 20000 to 20002, no digits", "mute"])
        bridge.bench.receive(bridge.bob.response(180), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench) == [], "a 180 that follows rings in what is heard")
        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench) == ["bridge 20000 to 20002", "no mute"])
        try bridge.end()
    }

    /// RFC 6228: 199 ends one branch of a fork.
    @Test func aBranchThatIsOverIsHeardNoMore() throws {
        var bridge = try BridgeBench(ringing: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], else: {goto: nobody}}")
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.bench.receive(bridge.bob.response(199), from: SwitchboardBench.callee)
        let ordered = orders(bridge.bench)
        #expect(ordered.contains("unbridge 20000") && ordered.contains { $0.hasPrefix("play (") }, "\(ordered)")
        bridge.bob.tag = "another"
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench).contains("bridge 20000 to 20002, no digits"))
        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench).last == "no mute")
        try bridge.end()
    }

    /// RFC 3311 §5.1: what the caller says of herself before the answer is not undone by it.
    @Test func anUpdateBeforeTheAnswerStands() throws {
        let bench = try BridgeBench.bench(Self.withoutAnswer)
        var alice = CallerDouble(number: "700")
        bench.receive(alice.request("INVITE", headers: ["Supported: 100rel"], body: CallerDouble.offer))
        let bob = CalleeDouble(invite: try #require(bench.takeSent().first { $0.method == .invite }))
        bench.receive(bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        let progress = try #require(bench.takeSent().first { $0.status == .sessionProgress })
        alice.toTag = try progress.envelope().toTag
        let number = try #require(progress.value(of: .rseq))
        alice.sequence = 2
        bench.receive(alice.request("PRACK", headers: ["RAck: \(number) 1 INVITE"]))
        alice.sequence = 3
        bench.receive(alice.request("UPDATE", body: CallerDouble.offer.replacing("audio 4000", with: "audio 4444")))
        // Hers was opened when there was something to hear, after his.
        let session = try #require(bench.media.sessions.last)
        #expect(bench.takeSent().map(\.status) == [.ok, .ok] && session.stream?.remote.port == 4_444)
        bench.receive(bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        #expect(bench.takeSent().contains { $0.status == .ok && $0.body == nil } && session.stream?.remote.port == 4_444)
    }

    @Test func afterwardsTheRingbackIsThereForTheNextOne() throws {
        let both = "[\"sip:bob@192.0.2.2\", \"sip:bill@192.0.2.2\"]"
        var bridge = try BridgeBench(ringing: "- answer\n- dial: {to: \(both), strategy: in_turn, else: {goto: nobody}}")
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.bench.receive(bridge.bob.response(480), from: SwitchboardBench.callee)
        let (ordered, next) = bridge.bench.takeBoth()
        #expect(ordered.contains("unbridge 20000") && ordered.contains { $0.hasPrefix("play (") }, "\(ordered)")
        bridge.bob = CalleeDouble(invite: try #require(next.first { $0.method == .invite }), tag: "bill")
        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench).last == "bridge 20000 to 20004")
        try bridge.end()
    }

    @Test func onTheNextWayItIsHeardAnew() throws {
        let other = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.3", port: 5060))
        let bench = try SwitchboardBench(
            routes: [Route(pattern: try DialPattern("700"), scenario: "connect", inputs: [:])], dialTargets: ["sip:*@192.0.2.2"],
            scenarios: BridgeBench.scenarios(BridgeBench.plain)
        ) { $0.locate = { $1([SwitchboardBench.callee, other]) } }
        var alice = CallerDouble(number: "700")
        bench.receive(alice.request("INVITE", body: CallerDouble.offer))
        var sent = bench.takeSent()
        alice.toTag = try sent.last { $0.status == .ok }?.envelope().toTag
        bench.receive(alice.request("ACK", branch: "ack"))
        alice.sequence += 1
        sent += bench.takeSent()
        let first = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        bench.receive(first.response(183, body: Self.early), from: SwitchboardBench.callee)
        _ = bench.takeOutputs()
        bench.receive(first.response(503), from: SwitchboardBench.callee)
        let (ordered, next) = bench.takeBoth()
        #expect(ordered.contains("unbridge 20000") && ordered.contains { $0.hasPrefix("play (") }, "\(ordered)")
        let second = CalleeDouble(invite: try #require(next.first { $0.method == .invite }), tag: "second")
        bench.receive(second.response(183, body: Self.early), from: other)
        #expect(orders(bench).contains("bridge 20000 to 20002, no digits"))
        bench.receive(second.response(200, body: Self.early), from: other)
        #expect(orders(bench).suffix(2) == ["bridge 20000 to 20002", "no mute"])
        bench.receive(alice.request("BYE"))
        bench.receive(CalleeDouble(invite: try #require(bench.takeSent().first { $0.method == .bye })).response(200), from: other)
        bench.expectNothingLeft()
    }

    @Test func theFirstOfSeveralIsHeardUntilOneAnswers() throws {
        let both = "[\"sip:bob@192.0.2.2\", \"sip:bill@192.0.2.2\"]"
        var bridge = try BridgeBench(ringing: "- answer\n- dial: {to: \(both), else: {goto: nobody}}")
        let bench = bridge.bench
        try #require(bridge.invites.count == 2)
        let (bob, bill) = (bridge.bob, CalleeDouble(invite: bridge.invites[1], tag: "bill"))
        bench.receive(bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        _ = bench.takeOutputs()
        bench.receive(bill.response(183, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bench) == [])
        bench.receive(bill.response(200, body: Self.early), from: SwitchboardBench.callee)
        let (ordered, sent) = bench.takeBoth()
        #expect(ordered.filter { $0.contains("bridge") } == ["unbridge 20000", "bridge 20000 to 20004"])
        bench.receive(CalleeDouble(invite: try #require(sent.first { $0.method == .cancel })).response(200), from: SwitchboardBench.callee)
        bench.receive(bob.response(487), from: SwitchboardBench.callee)
        bridge.bob = bill
        try bridge.end()
    }

    @Test func ofAForkTheFirstBranchIsHeardAndTheOneThatAnswersTalks() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        let other = Self.early.replacing("192.0.2.2", with: "192.0.2.3")
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        var second = bridge.bob
        second.tag = "second"
        bridge.bench.receive(second.response(183, body: other), from: SwitchboardBench.callee)
        #expect(bridge.bobSession.stream?.remote.host == "192.0.2.2")
        bridge.bench.receive(second.response(200, body: other), from: SwitchboardBench.callee)
        #expect(bridge.bobSession.stream?.remote.host == "192.0.2.3")
        bridge.bob = second
        try bridge.end()
    }

    @Test func aSilentDescriptionIsNoSound() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(
            bridge.bob.response(183, body: BridgeBench.described("inactive", of: Self.early)), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench).contains { $0.hasPrefix("play (") }, "the ring-back goes on")
        #expect(bridge.bench.switchboard.calls.values.first?.dialling?.early == nil)
        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        try bridge.end()
    }

    @Test func whoIsAskedToConfirmIsHeardNoMore() throws {
        var bridge = try BridgeBench(
            ringing: "- answer\n- dial: {to: [\"\(BridgeBench.target)\"], confirm: {key: 1, prompt: [welcome]}, else: {goto: nobody}}")
        bridge.bench.receive(bridge.bob.response(183, body: Self.early), from: SwitchboardBench.callee)
        _ = bridge.bench.takeOutputs()
        bridge.bench.receive(bridge.bob.response(200, body: Self.early), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench).contains("unbridge 20000"))
        bridge.bench.press("1")
        #expect(orders(bridge.bench).last == "bridge 20000 to 20002")
        try bridge.end()
    }

    @Test func aReliableAnswerIsHeardAndStands() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(reliable(bridge.bob, 183, number: 7, body: Self.early), from: SwitchboardBench.callee)
        bridge.bobAnswers(try #require(bridge.bench.takeSent().first { $0.method == .prack }))
        bridge.bench.receive(bridge.bob.response(200), from: SwitchboardBench.callee)
        #expect(orders(bridge.bench) == ["bridge 20000 to 20002", "no mute"])
        #expect(bridge.bobSession.stream?.remote.host == "192.0.2.2")
        try bridge.end()
    }

    /// Each branch of a fork has given an answer of its own for good (RFC 3262 §5): the 200 says whose counts.
    @Test func ofReliableAnswersTheOneOfTheBranchThatAnswersCounts() throws {
        var bridge = try BridgeBench(ringing: BridgeBench.plain)
        bridge.bench.receive(reliable(bridge.bob, 183, number: 7, body: Self.early), from: SwitchboardBench.callee)
        var second = bridge.bob
        second.tag = "second"
        let other = Self.early.replacing("192.0.2.2", with: "192.0.2.3")
        bridge.bench.receive(reliable(second, 183, number: 9, body: other), from: SwitchboardBench.callee)
        for prack in bridge.bench.takeSent().filter({ $0.method == .prack }) { bridge.bobAnswers(prack) }
        bridge.bench.receive(bridge.bob.response(200), from: SwitchboardBench.callee)
        #expect(bridge.bobSession.stream?.remote.host == "192.0.2.2")
        try bridge.end()
    }
}
