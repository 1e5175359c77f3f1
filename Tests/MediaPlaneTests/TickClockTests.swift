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

    @Test func timeGoesOn() {
        var clock = TickClock()
        clock.read()
        let before = clock.now
        clock.read()
        #expect(clock.now >= before)
    }
}
