import Timing

/// Counts wrong passwords by source and shuts out whoever guesses. Bounded in memory.
///
/// The limiter of the PINs (`GuessLimiter`) does not fit: it also locks the thing that is guessed at, by which any stranger could
/// silence somebody's telephone, and it runs by the wall clock, as its counts outlive a restart.
struct GuessedPasswords: Sendable {
    private struct Entry {
        var failures: Int
        /// The end of the window in which failures are counted, and of the lock.
        var until: MonotonicTime
        /// The last one: its copies, which UDP brings when our answer was lost, are no further guesses.
        var last: Int
    }

    private var entries: [String: Entry] = [:]
    private var expiries = DeadlineQueue<String>()
    private let limit: Int
    private let window: Duration
    private let capacity: Int

    init(limit: Int, window: Duration, capacity: Int) {
        self.limit = max(1, limit)
        self.window = window
        self.capacity = max(1, capacity)
    }

    var size: Int { entries.count }

    func isLocked(_ source: String, at now: MonotonicTime) -> Bool {
        guard let entry = entries[source] else { return false }
        return entry.failures >= limit && now < entry.until
    }

    /// `guess` tells one guess from another.
    mutating func note(_ source: String, guess: Int, at now: MonotonicTime) {
        var entry = entries[source] ?? Entry(failures: 0, until: now + window, last: ~guess)
        guard entry.last != guess else { return }
        if entries[source] == nil, entries.count >= capacity, let oldest = expiries.popDue(at: MonotonicTime(nanoseconds: .max)) {
            entries[oldest] = nil
        }
        entry.failures += 1
        entry.last = guess
        // The lock lasts a whole window from the guess that shut the door.
        if entry.failures == limit { entry.until = now + window }
        entries[source] = entry
        expiries.set(entry.until, for: source)
    }

    mutating func expire(at now: MonotonicTime) {
        while let source = expiries.popDue(at: now) { entries[source] = nil }
    }

    /// The address a source is counted under: an IPv6 peer has a whole /64 to himself (RFC 6177 §2), so that is one source.
    static func source(of host: String) -> String {
        guard host.utf8.contains(UInt8(ascii: ":")) else { return host }
        let bare = host.prefix { $0 != "%" }
        let halves = bare.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        // ::ffff:a.b.c.d is an IPv4 address (RFC 4291 §2.5.5.2).
        if let last = bare.split(separator: ":").last, last.contains(".") { return String(last) }
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count == 2 {
            let tail = halves[1].split(separator: ":").map(String.init)
            groups += [String](repeating: "0", count: max(0, 8 - groups.count - tail.count)) + tail
        }
        return groups.prefix(4).map { UInt16($0, radix: 16).map { String($0, radix: 16) } ?? $0 }.joined(separator: ":") + "::/64"
    }
}
