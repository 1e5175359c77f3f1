import SIP
import SIPDialogs
import Timing

/// Sends `UnsolicitedNotice`s so that the last one that arrives is the last one that was true: one at a time for each lamp, at most
/// one a second (RFC 3842 §3.9), and of several that wait only the newest.
///
/// A passing failure is tried again, as nobody will ask; who is not registered (404, 480...) asks, or is told the next change.
package struct UnsolicitedNotices: Sendable {
    private struct Lamp: Sendable {
        /// What is to be sent.
        var waiting: UnsolicitedNotice?
        /// What is on its way.
        var sent: UnsolicitedNotice?
        /// The end of the second that the last one began.
        var pauseEnd: MonotonicTime
        /// When what waits may go.
        var due: MonotonicTime
        /// The other side has named that time, so that later news do not hasten it.
        var isDueGiven = false
        /// How often the newest was tried.
        var attempts = 0
    }

    private static let interval = Duration.seconds(1)
    /// Before another try, unless the answer names a time; twice as long each time.
    private static let firstPause = Duration.seconds(30)
    private static let mostAttempts = 4

    /// Lamps that are being told something.
    private let limit: Int
    private var lamps: [String: Lamp] = [:]
    private var sent: [RequestHandle: String] = [:]
    private var deadlines = DeadlineQueue<String>()

    package init(limit: Int = 50_000) {
        self.limit = limit
    }

    /// All that is remembered; zero once everything has been told.
    package var tableCount: Int { lamps.count + sent.count + deadlines.count }

    package mutating func nextDeadline() -> MonotonicTime? { deadlines.next() }

    /// Has `lamp` told; not before `delay`, by which a start spreads them. False when too many are under way.
    package mutating func tell(
        _ lamp: String, _ notice: UnsolicitedNotice, after delay: Duration = .zero, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard lamps[lamp] != nil || lamps.count < limit else { return false }
        var entry = lamps[lamp] ?? Lamp(pauseEnd: now, due: now)
        if !entry.isDueGiven { entry.due = entry.waiting == nil ? now + delay : min(entry.due, now + delay) }
        entry.waiting = notice
        entry.attempts = 0
        lamps[lamp] = entry
        advance(lamp, at: now, through: &agent, into: &outputs)
        return true
    }

    package mutating func fire(at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]) {
        while let lamp = deadlines.popDue(at: now) { advance(lamp, at: now, through: &agent, into: &outputs) }
    }

    /// The answer to a NOTIFY; false when it was none of these.
    package mutating func responded(
        _ request: RequestHandle, _ outcome: RequestOutcome, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let lamp = sent[request] else { return false }
        guard outcome.status.isFinal else { return true }
        sent[request] = nil
        guard var entry = lamps[lamp], let notice = entry.sent else { return true }
        entry.sent = nil
        let verdict = NotifyVerdict(outcome)
        if case .later(let pause) = verdict, entry.attempts < Self.mostAttempts {
            entry.waiting = entry.waiting ?? notice
            entry.due = now + pause
            entry.isDueGiven = true
        } else if entry.waiting == nil, let pause = Self.pause(after: outcome.status, verdict, attempts: entry.attempts) {
            entry.waiting = notice
            entry.due = now + pause
        }
        lamps[lamp] = entry
        advance(lamp, at: now, through: &agent, into: &outputs)
        return true
    }

    /// The time until another try of what was not understood; nil for none.
    private static func pause(after status: StatusCode, _ verdict: NotifyVerdict, attempts: Int) -> Duration? {
        // Silence, or a proxy or an end that has a fault: it may have passed by then.
        let isPassing = status == .requestTimeout || (500...599).contains(status.code)
        guard verdict == .failed, isPassing, attempts < mostAttempts else { return nil }
        return firstPause * (1 << max(0, attempts - 1))
    }

    private mutating func advance(
        _ lamp: String, at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) {
        guard var entry = lamps[lamp] else { return }
        let next = entry.waiting == nil ? entry.pauseEnd : max(entry.pauseEnd, entry.due)
        if entry.sent == nil, now >= next {
            guard let notice = entry.waiting else {
                // Its second is over and there is nothing to tell.
                lamps[lamp] = nil
                return deadlines.set(nil, for: lamp)
            }
            entry.waiting = nil
            entry.sent = notice
            entry.attempts += 1
            entry.isDueGiven = false
            entry.pauseEnd = now + Self.interval
            sent[agent.send(notice.request, at: now, into: &outputs)] = lamp
        }
        lamps[lamp] = entry
        deadlines.set(entry.sent == nil ? next : nil, for: lamp)
    }
}
