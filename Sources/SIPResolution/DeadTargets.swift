import SIP
import Timing

/// Who failed lately and until when nothing new is to be expected there (RFC 3263 §4.3).
///
/// A failure is what RFC 3263 §4.3 calls one: no answer at all until timer B or F, a transport error, or 503.
package struct DeadTargets: Sendable {
    package struct Target: Hashable, Sendable {
        package var transport: TransportKind
        package var endpoint: SocketEndpoint

        package init(transport: TransportKind, endpoint: SocketEndpoint) {
            self.transport = transport
            self.endpoint = endpoint
        }
    }

    /// As long as a transaction waits for a silent peer: 64*T1 (RFC 3261 §17.1.1.2).
    package static let usualTime: Duration = .seconds(32)
    /// A peer may shut itself out with Retry-After, but not for ever.
    package static let longestTime: Duration = .seconds(3600)

    private var deadUntil: [Target: MonotonicTime] = [:]
    private let capacity: Int

    /// `capacity`: targets that are remembered; when there are more, those that will be tried again soonest are forgotten.
    package init(capacity: Int = 1024) {
        self.capacity = max(1, capacity)
    }

    package var count: Int { deadUntil.count }

    /// `time`: what Retry-After of a 503 said (RFC 3261 §21.5.4), else nil. A later failure never shortens it.
    package mutating func note(_ target: Target, for time: Duration? = nil, at now: MonotonicTime) {
        let until = now + min(time ?? Self.usualTime, Self.longestTime)
        guard until > now, until > deadUntil[target] ?? now else { return }
        if deadUntil[target] == nil, deadUntil.count >= capacity { makeRoom(at: now) }
        deadUntil[target] = until
    }

    /// It answered.
    package mutating func forget(_ target: Target) {
        deadUntil[target] = nil
    }

    package func isDead(_ target: Target, at now: MonotonicTime) -> Bool {
        deadUntil[target].map { now < $0 } ?? false
    }

    /// Dead ones go to the back, in their order: when nobody is left, one of them may have come back.
    package func ordered(_ hops: [NextHop], at now: MonotonicTime) -> [NextHop] {
        guard !deadUntil.isEmpty else { return hops }
        return hops.filter { !isDead($0.target, at: now) } + hops.filter { isDead($0.target, at: now) }
    }

    /// Drops what has run out; when that is nothing, an eighth: seldom enough to cost little each time.
    private mutating func makeRoom(at now: MonotonicTime) {
        deadUntil = deadUntil.filter { now < $0.value }
        guard deadUntil.count >= capacity else { return }
        for (target, _) in deadUntil.sorted(by: { $0.value < $1.value }).prefix(max(1, capacity / 8)) { deadUntil[target] = nil }
    }
}
