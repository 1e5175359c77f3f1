import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Keys that do something to what plays, from the telephone to the orders for the media plane.
@Suite struct PlaybackControlTests {
    private static let steps = """
        - answer
        - play: [goodbye, {silence: 20s}]
          controls: {pause: 5, back: 4, forward: 6, restart: 1, slower: 7, faster: 9, quieter: 2, louder: 3}
        """

    /// A call on which it plays; what was ordered so far is taken.
    private func playing() throws -> (bench: SwitchboardBench, length: Int) {
        let bench = try BridgeBench.bench(Self.steps)
        var alice = CallerDouble(number: "700")
        bench.receive(alice.request("INVITE", body: CallerDouble.offer))
        let answer = try #require(bench.takeSent().last { $0.status == .ok })
        alice.toTag = try answer.envelope().toTag
        bench.receive(alice.request("ACK", branch: "ack"))
        _ = bench.takeOrders()
        return (bench, try #require(bench.session?.playing?.track.tickCount) / 8)
    }

    @Test func itIsPausedAndMoved() throws {
        let (bench, length) = try playing()
        for (key, order) in [("5", "pause"), ("5", "go on"), ("4", "seek -5000 ms"), ("6", "seek 5000 ms"), ("1", "seek \(-length) ms")] {
            bench.press(key)
            #expect(bench.takeOrders() == [order])
            bench.pass(.seconds(1))
        }
        bench.press("8")
        #expect(bench.takeOrders() == [], "no key ends it")
    }

    @Test func itIsMadeAnewForAnotherLevelOrSpeed() throws {
        let (bench, length) = try playing()
        bench.press("3")
        #expect(bench.takeOrders() == ["exchange for \(length) ms"])
        bench.press("9")
        let orders = bench.takeOrders()
        let faster = try #require(bench.session?.playing?.track.tickCount) / 8
        #expect(orders == ["exchange for \(faster) ms"] && abs(Double(faster) * 1.25 / Double(length) - 1) < 0.01, "\(faster) of \(length)")
        bench.press("6")
        #expect(bench.takeOrders() == ["seek 4000 ms"], "five seconds of what was said")
        // Two at once: what counts is what was wished for last.
        bench.press("77")
        let slower = try #require(bench.session?.playing?.track.tickCount) / 8
        #expect(abs(Double(slower) * 0.75 / Double(length) - 1) < 0.01, "\(slower) of \(length)")
    }
}
