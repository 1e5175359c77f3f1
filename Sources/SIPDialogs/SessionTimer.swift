import Timing

/// The life of an answered session that must be refreshed (RFC 4028 §10).
///
/// ```
///   we refresh:      2xx ------ half ------------ minus min(32 s, a third) --- expiry
///                                | .refresh                | .expire
///   the peer does:   2xx ------------------------ minus min(32 s, a third) --- expiry
///                                                          | .expire
/// ```
/// Each 2xx to a re-INVITE or UPDATE makes a new timer. `.expire` means BYE, before proxies forget the call.
struct SessionTimer: Hashable, Sendable {
    enum Refresher: Hashable, Sendable { case us, peer }
    enum Due: Hashable, Sendable { case refresh, expire }

    /// What was agreed on, in seconds.
    let interval: Int
    let refresher: Refresher
    private var refresh: MonotonicTime?
    private let end: MonotonicTime

    init(interval: Int, refresher: Refresher, at now: MonotonicTime) {
        self.interval = interval
        self.refresher = refresher
        refresh = refresher == .us ? now + .seconds(interval) / 2 : nil
        end = now + .seconds(interval) - min(.seconds(32), .seconds(interval) / 3)
    }

    var nextDeadline: MonotonicTime { min(refresh ?? end, end) }

    mutating func fire(at now: MonotonicTime) -> Due? {
        if end <= now { return .expire }
        guard let refresh, refresh <= now else { return nil }
        self.refresh = nil
        return .refresh
    }

    /// The refresh could not be sent, or failed for a reason that may pass: try again, several times before the end.
    mutating func postpone(at now: MonotonicTime) {
        guard refresher == .us else { return }
        refresh = now + max(.seconds(1), .seconds(interval) / 20)
    }
}

extension MonotonicTime {
    fileprivate static func - (time: Self, duration: Duration) -> Self { time + (.zero - duration) }
}
