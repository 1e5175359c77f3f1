/// The latest failures of each key, with the other party of each; bounded in keys and in failures a key.
struct GuessCounts: Sendable {
    private struct Entry {
        var at: UnixTime
        var partner: String
    }

    private var entries: [String: [Entry]] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var size: Int { entries.count }

    /// Nil when `key` has fewer than `limit` failures within the window.
    mutating func lockedUntil(_ key: String, limit: Int, window: Int64, at now: UnixTime) -> UnixTime? {
        guard var failures = entries[key] else { return nil }
        // When the wall clock was set back, failures lie in the future: they move to now, so that no lock outlasts a window.
        for index in failures.indices { failures[index].at = min(failures[index].at, now) }
        entries[key] = failures
        let counted = failures.map(\.at).filter { $0 + window > now }
        guard counted.count >= limit, let oldest = counted.min() else { return nil }
        return oldest + window
    }

    mutating func note(_ key: String, partner: String, at time: UnixTime, limit: Int, window: Int64, now: UnixTime) {
        guard min(time, now) + window > now else { return }
        var failures = entries[key, default: []].filter { min($0.at, now) + window > now }
        failures.append(Entry(at: min(time, now), partner: partner))
        // Nothing is counted while locked, but a store may hold more than this limit.
        if failures.count > limit { failures.removeFirst(failures.count - limit) }
        if entries[key] == nil, entries.count >= capacity { makeRoom(window: window, now: now) }
        entries[key] = failures
    }

    /// Forgets the failures of `key` that concern `partner`; all of them with nil.
    mutating func forget(_ key: String, partner: String?) {
        guard let failures = entries[key] else { return }
        let rest = partner.map { partner in failures.filter { $0.partner != partner } } ?? []
        entries[key] = rest.isEmpty ? nil : rest
    }

    /// Drops what has run out; when that is nothing, the eighth that has rested longest: seldom enough to cost little each time.
    private mutating func makeRoom(window: Int64, now: UnixTime) {
        entries = entries.filter { _, failures in failures.contains { min($0.at, now) + window > now } }
        guard entries.count >= capacity else { return }
        let byAge = entries.map { (key: $0.key, last: $0.value.last?.at ?? now) }.sorted { $0.last < $1.last }
        for (key, _) in byAge.prefix(max(1, capacity / 8)) { entries[key] = nil }
    }
}
