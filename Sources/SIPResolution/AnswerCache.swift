import Timing

/// Answers of name servers for as long as they hold (RFC 1035 §3.2.1); bounded.
struct AnswerCache {
    private struct Entry {
        var answer: Answer
        var until: MonotonicTime
    }

    /// That nothing is there: shortly, since the SOA with the proper time (RFC 2308 §5) is not looked at.
    static let negativeLifetime: Duration = .seconds(10)
    /// That no server could say: just so long that a burst of calls does not wait for the same silence again and again (RFC 2308 §7).
    static let failureLifetime: Duration = .seconds(2)
    /// Longer than this no answer is believed; the moves of servers must be seen without a restart.
    static let longestLifetime: Duration = .seconds(3600)

    private var entries: [Question: Entry] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    mutating func answer(to question: Question, at now: MonotonicTime) -> Answer? {
        guard let entry = entries[question] else { return nil }
        guard now < entry.until else {
            entries[question] = nil
            return nil
        }
        return entry.answer
    }

    /// `lifetime`: the shortest of the records' (in whole seconds from the wire); unused for failures.
    mutating func keep(_ answer: Answer, to question: Question, lifetime: Duration, at now: MonotonicTime) {
        guard let lifetime = Self.lifetime(of: answer, lifetime) else { return }
        if entries[question] == nil, entries.count >= capacity { makeRoom(at: now) }
        entries[question] = Entry(answer: answer, until: now + lifetime)
    }

    /// Nil: not to be kept.
    private static func lifetime(of answer: Answer, _ lifetime: Duration) -> Duration? {
        switch answer {
        case .success: lifetime > .zero ? min(lifetime, longestLifetime) : nil
        case .failure(let error) where !error.isTemporary: negativeLifetime
        case .failure(let error): error.isOurs ? nil : failureLifetime
        }
    }

    /// Drops what has run out; when that is nothing, the eighth that runs out first.
    private mutating func makeRoom(at now: MonotonicTime) {
        entries = entries.filter { now < $0.value.until }
        guard entries.count >= capacity else { return }
        for (question, _) in entries.sorted(by: { $0.value.until < $1.value.until }).prefix(max(1, capacity / 8)) {
            entries[question] = nil
        }
    }
}
