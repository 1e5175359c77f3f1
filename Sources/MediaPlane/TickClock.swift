import Glibc

/// Both clocks, read once a tick: the steady one that everything is reckoned in, and the distance to the one in which the kernel
/// stamps arrivals (CLOCK_REALTIME), so that a step of the wall clock moves no packet.
struct TickClock {
    /// CLOCK_MONOTONIC, ns.
    private(set) var now: Int64 = 0
    /// CLOCK_REALTIME, ns since 1970.
    private(set) var wall: Int64 = 0
    /// Nil for a clock that goes by itself.
    private var steps: Steps?

    mutating func read() {
        now = Self.nanoseconds(CLOCK_MONOTONIC)
        wall = Self.nanoseconds(CLOCK_REALTIME)
    }

    /// Time as a test makes it pass, ns. What the kernel stamps until the next step has arrived at this one.
    mutating func advance(by nanoseconds: Int64) {
        let steps = steps ?? Steps()
        self.steps = steps
        // Neither clock begins at 0, which stands for never.
        (now, wall) = (max(now, 1_000_000_000) + nanoseconds, max(wall, 1_000_000_000) + nanoseconds)
        steps.note(now, at: Self.nanoseconds(CLOCK_REALTIME))
    }

    /// A kernel stamp on the steady clock; now where there was none or it cannot be true.
    func arrival(stamped stamp: Int64) -> Int64 {
        if let steps { return steps.time(at: stamp) ?? now }
        let age = wall &- stamp
        return stamp > 0 && age >= 0 && age < 10_000_000_000 ? now - age : now
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var value = timespec()
        clock_gettime(clock, &value)
        return Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_nsec)
    }

    /// The latest steps of a clock that is moved by hand, and when they were made.
    private final class Steps {
        private var latest: [(made: Int64, time: Int64)] = []

        func note(_ time: Int64, at made: Int64) {
            if latest.count == 1_000 { latest.removeFirst(500) }
            latest.append((made, time))
        }

        func time(at stamp: Int64) -> Int64? { latest.last { $0.made <= stamp }?.time }
    }
}
