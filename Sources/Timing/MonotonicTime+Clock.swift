import Glibc

extension MonotonicTime {
    /// Reads CLOCK_MONOTONIC. Only drivers (event loops, media threads) call this; machines are handed the result.
    package static func now() -> MonotonicTime {
        var value = timespec()
        clock_gettime(CLOCK_MONOTONIC, &value)
        return MonotonicTime(nanoseconds: Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_nsec))
    }
}
