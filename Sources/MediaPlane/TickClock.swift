import Glibc

/// Both clocks, read once a tick: the steady one that everything is reckoned in, and the distance to the one in which the kernel
/// stamps arrivals (CLOCK_REALTIME), so that a step of the wall clock moves no packet.
struct TickClock {
    /// CLOCK_MONOTONIC, ns.
    private(set) var now: Int64 = 0
    /// CLOCK_REALTIME, ns since 1970.
    private(set) var wall: Int64 = 0

    mutating func read() {
        now = Self.nanoseconds(CLOCK_MONOTONIC)
        wall = Self.nanoseconds(CLOCK_REALTIME)
    }

    /// A kernel stamp on the steady clock; now where there was none or it cannot be true.
    func arrival(stamped stamp: Int64) -> Int64 {
        let age = wall &- stamp
        return stamp > 0 && age >= 0 && age < 10_000_000_000 ? now - age : now
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var value = timespec()
        clock_gettime(clock, &value)
        return Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_nsec)
    }
}
