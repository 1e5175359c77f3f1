import Timing

/// Whether one more call is taken: by the number of calls, by how many come in a second, and by how late the event loop runs. Pure; the
/// clock is passed in. What is refused here costs no state, so that overload stays cheap (RFC 3261 §21.5.4).
package struct AdmissionControl: Sendable {
    package enum Verdict: Equatable, Sendable {
        case admitted
        /// Seconds for Retry-After.
        case refused(retryAfter: Int, Reason)
    }

    package enum Reason: String, Sendable {
        case draining
        case full = "as many calls as are allowed"
        case rate = "more calls a second than are allowed"
        case lag = "the event loop is late"
    }

    package var callLimit: Int
    /// New calls a second over time; as many again may come at once.
    package var callsPerSecond: Double
    /// A loop that is later than this does not get more to do.
    package var longestLag: Duration
    package var isDraining = false

    private var tokens: Double
    private var filledAt: MonotonicTime?
    /// How late timers have been lately, in seconds: one that comes late shows a busy moment, several in a row a loop that has too much.
    private var usualLag = 0.0
    private var lagUntil: MonotonicTime?

    package init(callLimit: Int, callsPerSecond: Double = 2_000, longestLag: Duration = .milliseconds(500)) {
        self.callLimit = callLimit
        self.callsPerSecond = max(callsPerSecond, 1)
        self.longestLag = longestLag
        tokens = self.callsPerSecond
    }

    /// A timer that was due `lag` ago fires only now.
    package mutating func observe(lag: Duration, at now: MonotonicTime) {
        usualLag += (max(lag, .zero).inSeconds - usualLag) / 8
        // For a second: by then the loop has caught up, or the next timers tell.
        if usualLag > longestLag.inSeconds { lagUntil = now + .seconds(1) }
    }

    /// What stands against any new call, without taking a place for one: what OPTIONS tells.
    package func condition(calls: Int, at now: MonotonicTime) -> Verdict {
        if isDraining { return .refused(retryAfter: 30, .draining) }
        if calls >= callLimit { return .refused(retryAfter: 5, .full) }
        if let lagUntil, now < lagUntil { return .refused(retryAfter: 2, .lag) }
        return .admitted
    }

    /// Whether a new call is taken; `isExempt` is one that a draining server still takes (for a room that is open here).
    package mutating func admit(calls: Int, isExempt: Bool = false, at now: MonotonicTime) -> Verdict {
        var conditions = self
        if isExempt { conditions.isDraining = false }
        if case .refused(let seconds, let reason) = conditions.condition(calls: calls, at: now) {
            return .refused(retryAfter: seconds, reason)
        }
        if let filledAt { tokens = min(callsPerSecond, tokens + callsPerSecond * (now - filledAt).inSeconds) }
        filledAt = now
        guard tokens >= 1 else { return .refused(retryAfter: 1, .rate) }
        tokens -= 1
        return .admitted
    }
}
