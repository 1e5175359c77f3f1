import Testing

@testable import MediaPlane

@Suite struct TickClockTests {
    @Test func aKernelStampIsPutOnTheSteadyClock() {
        var clock = TickClock()
        clock.read()
        #expect(clock.now > 0 && clock.wall > 1_600_000_000_000_000_000)
        #expect(clock.arrival(stamped: clock.wall - 5_000_000) == clock.now - 5_000_000)
        #expect(clock.arrival(stamped: clock.wall) == clock.now)
    }

    @Test func stampsThatCannotBeTrueAreNow() {
        var clock = TickClock()
        clock.read()
        for stamp in [0, -1, .min, .max, clock.wall + 1, clock.wall - 10_000_000_000, 1] {
            #expect(clock.arrival(stamped: stamp) == clock.now, "\(stamp)")
        }
    }

    @Test func aClockMovedByHandKnowsInWhichStepSomethingCame() throws {
        var clock = TickClock()
        var real = TickClock()
        var stamps: [(stamp: Int64, time: Int64)] = []
        for _ in 0..<20 {
            clock.advance(by: 2_000_000)
            real.read()
            stamps.append((real.wall, clock.now))
        }
        #expect(stamps.allSatisfy { clock.arrival(stamped: $0.stamp) == $0.time })
        #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $1.time - $0.time == 2_000_000 } && clock.arrival(stamped: 0) == clock.now)
    }

    @Test func timeGoesOn() {
        var clock = TickClock()
        clock.read()
        let before = clock.now
        clock.read()
        #expect(clock.now >= before)
    }
}
