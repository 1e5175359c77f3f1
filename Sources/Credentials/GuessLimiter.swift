/// Counts wrong PINs across calls and locks what is being guessed at. A value: the clock comes in with each call.
///
/// Two counts, each of `limit` within `window` seconds: of the guarded thing (a mailbox, a room) whoever calls, and of the caller
/// whatever he tries. Either at its limit locks until its oldest failure falls out of the window. How often one call may try is
/// the scenario's business (three times).
///
/// Memory is bounded by evicting what has rested longest. The counts of things that exist, of things that do not, and of callers
/// stand apart: neither made-up callers nor made-up mailboxes can push out the count of the one that is under attack.
package struct GuessLimiter: Sendable {
    /// One wrong PIN, as it is stored across restarts.
    package struct Failure: Hashable, Sendable {
        package var thing: GuardedThing
        package var caller: String
        package var at: UnixTime

        package init(thing: GuardedThing, caller: String, at: UnixTime) {
            self.thing = thing
            self.caller = GuessLimiter.bounded(caller)
            self.at = at
        }
    }

    package enum Admission: Equatable, Sendable {
        /// Check the PIN; it counts as a failure already and `succeeded` takes that back.
        case admitted(Failure)
        /// Do not check it.
        case locked(until: UnixTime)
    }

    private var existing: GuessCounts
    private var imagined: GuessCounts
    private var callers: GuessCounts
    private let limit: Int
    private let window: Int64

    /// `capacity` bounds each of the three tables: a count takes at most a kilobyte or two.
    package init(limit: Int = 10, window: Int64 = 3_600, capacity: Int = 10_000) {
        self.limit = max(1, limit)
        self.window = max(1, window)
        existing = GuessCounts(capacity: capacity)
        imagined = GuessCounts(capacity: capacity)
        callers = GuessCounts(capacity: capacity)
    }

    /// Takes up what was stored before a restart.
    package mutating func restore(_ failures: [Failure], at now: UnixTime) {
        for failure in failures.sorted(by: { $0.at < $1.at }) { note(failure, at: now) }
    }

    /// Asks before the PIN is looked at. Counting it at once, not when it has proved wrong, keeps a hundred calls at a time from
    /// having a hundred guesses while the first is being hashed.
    package mutating func attempt(on thing: GuardedThing, by caller: String, at now: UnixTime) -> Admission {
        let failure = Failure(thing: thing, caller: caller, at: now)
        if let until = lockedUntil(thing, failure.caller, at: now) { return .locked(until: until) }
        note(failure, at: now)
        return .admitted(failure)
    }

    /// The PIN was right: forgets what this caller got wrong on this thing, and nothing of what others did.
    package mutating func succeeded(on thing: GuardedThing, by caller: String) {
        let caller = Self.bounded(caller)
        change(thing) { $0.forget(thing.name, partner: caller) }
        callers.forget(caller, partner: thing.key)
    }

    /// Its owner or an administrator has set a new PIN: it starts afresh, the callers do not.
    package mutating func forget(_ thing: GuardedThing) {
        change(thing) { $0.forget(thing.name, partner: nil) }
    }

    /// How many counts are kept: for tests and metrics.
    package var size: Int { existing.size + imagined.size + callers.size }

    private mutating func lockedUntil(_ thing: GuardedThing, _ caller: String, at now: UnixTime) -> UnixTime? {
        let (limit, window) = (limit, window)
        let ofThing = change(thing) { $0.lockedUntil(thing.name, limit: limit, window: window, at: now) }
        let ofCaller = callers.lockedUntil(caller, limit: limit, window: window, at: now)
        guard let ofThing else { return ofCaller }
        return ofCaller.map { max($0, ofThing) } ?? ofThing
    }

    private mutating func note(_ failure: Failure, at now: UnixTime) {
        let (limit, window) = (limit, window)
        change(failure.thing) {
            $0.note(failure.thing.name, partner: failure.caller, at: failure.at, limit: limit, window: window, now: now)
        }
        callers.note(failure.caller, partner: failure.thing.key, at: failure.at, limit: limit, window: window, now: now)
    }

    private mutating func change<Result>(_ thing: GuardedThing, _ body: (inout GuessCounts) -> Result) -> Result {
        thing.exists ? body(&existing) : body(&imagined)
    }

    /// Callers' names come from the network. Without NUL, at which a database's text may end: two names must not become one.
    fileprivate static func bounded(_ caller: String) -> String {
        String(decoding: caller.utf8.prefix(128).map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

/// What a PIN guards.
package struct GuardedThing: Hashable, Sendable {
    package var name: String
    /// False for a mailbox that somebody made up: it is counted like the others, so that a lock tells nothing, but apart from them.
    package var exists: Bool

    package init(_ name: String, exists: Bool = true) {
        self.name = String(decoding: name.utf8.prefix(400).map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        self.exists = exists
    }

    /// Tells an existing thing from an imagined one of that name.
    var key: String { (exists ? "+" : "-") + name }
}
