import SIP
import Timing

/// One subscription at the notifier's side, without its dialog and its state: when which NOTIFY is due (RFC 6665 §4.2).
///
/// ```
///            subscribe, change: NOTIFY, one at a time and not before its time
///   active ------------------------------------------------------------------> active
///     | Expires: 0, no refresh in time, close
///     +--> closing -- the last NOTIFY --> closing -- answered --> gone
///   any -- a NOTIFY failed for good --> gone
/// ```
/// A subscriber that does not answer is no fault of ours; a SUBSCRIBE while closing crossed our last NOTIFY and gets 481.
struct NotifierSubscription: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case active
        case closing(SubscriptionState.Reason, retryAfter: UInt32?)
        case gone
    }

    /// What the subscriber is still to be told.
    enum Wish: Int, Comparable, Sendable {
        case nothing, change, everything

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    enum Event: Hashable, Sendable {
        /// A SUBSCRIBE was accepted, for no time at all to end it or to ask just once (RFC 6665 §4.1.2.3, §4.4.3).
        case subscribed(Duration, isStateKnown: Bool)
        /// The state has changed.
        case changed
        /// The state has become known.
        case learned
        case close(SubscriptionState.Reason, retryAfter: UInt32?)
        case answered(NotifyVerdict)
        case time
    }

    enum Step: Hashable, Sendable {
        case wait
        /// A NOTIFY with Subscription-State of `phase`; `isComplete`: with the whole state.
        case notify(isComplete: Bool)
        case remove
    }

    /// How long a state that is not known yet is waited for. Beyond that the NOTIFY goes without (RFC 6665 §4.2.1.2).
    static let patience = Duration.seconds(4)

    private(set) var phase = Phase.active
    private(set) var wish = Wish.nothing
    private(set) var isNotifying = false
    private(set) var expiry: MonotonicTime
    private var isLastSent = false
    /// The least time between NOTIFYs of changes.
    private let interval: Duration
    private var earliest: MonotonicTime
    /// The subscriber asked for a pause (RFC 6665 §4.2.2).
    private var pauseEnd: MonotonicTime?
    private var patienceEnd: MonotonicTime?

    init(interval: Duration, at now: MonotonicTime) {
        self.interval = interval
        expiry = now
        earliest = now
    }

    /// One that outlived a restart: its subscriber is told everything at `firstNotice`.
    init(restoredUntil expiry: MonotonicTime, firstNotice: MonotonicTime, interval: Duration) {
        self.interval = interval
        self.expiry = expiry
        earliest = firstNotice
        wish = .everything
        patienceEnd = firstNotice + Self.patience
    }

    var nextDeadline: MonotonicTime? {
        let notice = isNotifying || wish == .nothing || phase == .gone ? nil : noticeTime
        guard phase == .active else { return notice }
        return notice.map { min($0, expiry) } ?? expiry
    }

    /// Seconds until the expiry, for Subscription-State.
    func secondsLeft(at now: MonotonicTime) -> UInt32 {
        UInt32(clamping: ((expiry - now).wholeMilliseconds + 999) / 1_000)
    }

    /// The change that was to be told has been undone.
    mutating func forgetChange() {
        if wish == .change { wish = .nothing }
    }

    mutating func handle(_ event: Event, at now: MonotonicTime) -> Step {
        switch event {
        case .subscribed(let duration, let isStateKnown):
            guard phase == .active else { break }
            expiry = now + duration
            if duration <= .zero { phase = .closing(.timeout, retryAfter: nil) }
            wish = .everything
            // §4.2.1.2: a NOTIFY follows at once. Whoever asks is alive again, whatever he said before.
            earliest = now
            pauseEnd = nil
            patienceEnd = isStateKnown ? nil : now + Self.patience
        case .changed:
            if phase == .active { wish = max(wish, .change) }
        case .learned:
            patienceEnd = nil
            if phase == .active { wish = max(wish, .change) }
        case .close(let reason, let retryAfter): close(reason, retryAfter: retryAfter, at: now)
        case .answered(let verdict): answered(verdict, at: now)
        case .time: break
        }
        if phase == .active, now >= expiry { close(.timeout, retryAfter: nil, at: now) }
        return step(at: now)
    }

    private mutating func close(_ reason: SubscriptionState.Reason, retryAfter: UInt32?, at now: MonotonicTime) {
        guard phase == .active else { return }
        phase = .closing(reason, retryAfter: retryAfter)
        wish = .everything
        earliest = now
        patienceEnd = nil
    }

    private mutating func answered(_ verdict: NotifyVerdict, at now: MonotonicTime) {
        guard isNotifying else { return }
        isNotifying = false
        switch verdict {
        case _ where isLastSent: phase = .gone
        case .accepted: break
        case .failed: phase = .gone
        case .later(let pause):
            // What he was to learn he has not learned.
            wish = .everything
            pauseEnd = now + pause
        }
    }

    private var noticeTime: MonotonicTime {
        [pauseEnd, patienceEnd].compactMap { $0 }.reduce(earliest) { max($0, $1) }
    }

    private mutating func step(at now: MonotonicTime) -> Step {
        if phase == .gone { return .remove }
        guard !isNotifying, wish != .nothing, now >= noticeTime else { return .wait }
        let isComplete = wish == .everything
        isNotifying = true
        wish = .nothing
        pauseEnd = nil
        patienceEnd = nil
        earliest = now + interval
        isLastSent = phase != .active
        return .notify(isComplete: isComplete)
    }
}
