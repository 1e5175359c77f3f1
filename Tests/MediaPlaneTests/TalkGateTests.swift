import Audio
import Testing

@testable import MediaPlane

/// Who is heard in a large room.
@Suite struct TalkGateTests {
    @Test func speechOpensItAtOnceAndAPauseLeavesItOpen() {
        var gate = TalkGate()
        #expect(gate.judge(TalkGate.opening - 1, mayOpen: true) == .unheard)
        #expect(gate.judge(2_000, mayOpen: true) == .heard)
        for _ in 1..<TalkGate.hangOver { #expect(gate.judge(0, mayOpen: true) == .heard) }
        #expect(gate.judge(0, mayOpen: true) == .unheard)
        #expect(gate.state == .closed)
    }

    @Test func betweenTheThresholdsItStaysAsItIs() {
        let between = (TalkGate.opening + TalkGate.closing) / 2
        var (closed, open) = (TalkGate(), TalkGate())
        _ = open.judge(2_000, mayOpen: true)
        for _ in 0..<500 {
            #expect(closed.judge(between, mayOpen: true) == .unheard)
            #expect(open.judge(between, mayOpen: true) == .heard)
        }
    }

    @Test func withoutAPlaceItWaitsAndThenFadesIn() {
        var gate = TalkGate()
        #expect(gate.judge(2_000, mayOpen: false) == .unheard)
        #expect(gate.judge(2_000, mayOpen: false) == .unheard)
        #expect(gate.judge(2_000, mayOpen: true) == .fading(.up), "in the middle of a word")
        #expect(gate.judge(2_000, mayOpen: true) == .heard)
    }

    @Test func aPlaceChangesHandsForSixDecibels() {
        var (quiet, loud) = (TalkGate(), TalkGate())
        _ = quiet.judge(1_000, mayOpen: true)
        _ = loud.judge(1_900, mayOpen: false)
        #expect(!quiet.yields(to: loud.level))
        _ = loud.judge(2_100, mayOpen: false)
        #expect(quiet.yields(to: loud.level))
        quiet.yield()
        loud.invite()
        #expect(quiet.isHeard && loud.isHeard, "for one frame both are")
        #expect(quiet.judge(1_000, mayOpen: false) == .fading(.down))
        #expect(loud.judge(2_100, mayOpen: false) == .fading(.up))
        #expect(!quiet.isHeard && loud.isHeard)
        #expect(quiet.judge(1_000, mayOpen: false) == .unheard)
        #expect(!loud.yields(to: quiet.level))
    }

    @Test func ordersInTheWrongStateChangeNothing() {
        var gate = TalkGate()
        gate.yield()
        #expect(gate.state == .closed)
        _ = gate.judge(2_000, mayOpen: true)
        gate.invite()
        #expect(gate.state == .open)
        gate.close()
        #expect(gate.level == 0 && !gate.isHeard)
    }
}
