import Timing

/// A token bucket in one number: the time at which it will be full again. Full means as good as new, so that one may be forgotten.
struct Allowance: Hashable, Sendable {
    /// What is taken: one token comes back each `interval` nanoseconds, up to `burst` of them at a time.
    struct Rate: Hashable, Sendable {
        let interval: Int64
        let burst: Int64

        /// At least one a second with a burst of one.
        init(perSecond: Int, burst: Int) {
            interval = 1_000_000_000 / Int64(min(max(perSecond, 1), 1_000_000))
            self.burst = Int64(min(max(burst, 1), 1_000_000))
        }
    }

    /// In nanoseconds of the monotonic clock.
    private(set) var fullAgain = Int64.min

    /// Takes a token; false, and nothing taken, when there is none.
    mutating func take(_ rate: Rate, at now: MonotonicTime) -> Bool {
        let start = max(fullAgain, now.nanoseconds)
        // Both sides are small: a bucket is never further from full than burst * interval, about 12 days at the most.
        guard start - now.nanoseconds <= rate.interval * (rate.burst - 1) else { return false }
        fullAgain = start + rate.interval
        return true
    }
}
