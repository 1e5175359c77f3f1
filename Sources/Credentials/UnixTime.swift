import Glibc

/// Seconds since 1970 by the wall clock: what may be written to disk and compared after a restart, as `MonotonicTime` may not.
///
/// The wall clock can be set, forwards and backwards: whoever compares two of these must do sensibly with either.
package struct UnixTime: Hashable, Comparable, Sendable {
    package var seconds: Int64

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.seconds < right.seconds
    }

    /// Saturates instead of trapping: either may come from a file.
    package static func + (time: Self, seconds: Int64) -> Self {
        let (sum, overflow) = time.seconds.addingReportingOverflow(seconds)
        return UnixTime(seconds: overflow ? (seconds < 0 ? .min : .max) : sum)
    }

    /// Reads CLOCK_REALTIME. Machines are handed the result.
    package static func now() -> UnixTime {
        var value = timespec()
        clock_gettime(CLOCK_REALTIME, &value)
        return UnixTime(seconds: Int64(value.tv_sec))
    }

    /// Microseconds since 1970, for what people read to the millisecond.
    package static func microseconds() -> Int64 {
        var value = timespec()
        clock_gettime(CLOCK_REALTIME, &value)
        return Int64(value.tv_sec) * 1_000_000 + Int64(value.tv_nsec) / 1_000
    }
}
