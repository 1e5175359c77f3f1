import Timing

/// The base timers of RFC 3261 §17.1.1.1 and table 4; all others are made of them.
package struct Timers: Hashable, Sendable {
    /// Estimate of the round-trip time.
    package var t1: Duration
    /// Longest interval between retransmissions of non-INVITE requests and INVITE responses.
    package var t2: Duration
    /// Longest time a message stays in the network.
    package var t4: Duration

    package init(t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5)) {
        // A zero interval would be due again at once, for ever.
        self.t1 = max(t1, .milliseconds(1))
        self.t2 = max(t2, .milliseconds(1))
        self.t4 = max(t4, .milliseconds(1))
    }

    /// 64*T1: how long to try before a transaction is given up.
    package var timeout: Duration { t1 * 64 }
    /// Timer D: how long an INVITE client absorbs repeated failures, at least 32 s over UDP (RFC 3261 §17.1.1.2).
    package var absorption: Duration { max(timeout, .seconds(32)) }
    /// How long an INVITE may go without any response (RFC 3261 §17.2.1).
    package var tryingDelay: Duration { .milliseconds(200) }
    /// How often a provisional response is repeated, so that no proxy gives up (RFC 3261 §13.3.1.1).
    package var provisionalInterval: Duration { .seconds(60) }
}

/// The one retransmission timer and the one ending timer a transaction may have running.
package struct TransactionClock: Hashable, Sendable {
    /// Timers A, E, G: when to send again; before any response to an INVITE: when to send a 100.
    package private(set) var retransmission: MonotonicTime?
    /// Timers B, D, F, H, I, J, K, L, M: when the present state ends.
    package private(set) var expiry: MonotonicTime?
    private var interval: Duration = .zero

    package init() {}

    package var nextDeadline: MonotonicTime? {
        guard let retransmission else { return expiry }
        return expiry.map { min($0, retransmission) } ?? retransmission
    }

    package mutating func repeatAfter(_ interval: Duration, at now: MonotonicTime) {
        self.interval = interval
        retransmission = now + interval
    }

    /// Doubles the interval, not beyond `limit`.
    package mutating func backOff(limit: Duration?, at now: MonotonicTime) {
        let doubled = interval * 2
        repeatAfter(limit.map { min($0, doubled) } ?? doubled, at: now)
    }

    package mutating func stopRepeating() { retransmission = nil }
    package mutating func expireAfter(_ duration: Duration, at now: MonotonicTime) { expiry = now + duration }
    package mutating func stopExpiry() { expiry = nil }

    /// Which timer is due; the ending one first, so that nothing is sent by a transaction that is over.
    package func due(at now: MonotonicTime) -> TransactionTimer? {
        if let expiry, expiry <= now { return .expiry }
        if let retransmission, retransmission <= now { return .retransmission }
        return nil
    }
}

package enum TransactionTimer: Hashable, Sendable, CaseIterable { case retransmission, expiry }

/// What a transaction asks its owner to do.
package enum TransactionOutput: Hashable, Sendable {
    /// Send these bytes on the transaction's flow.
    case send([UInt8])
    /// An ACK came for a 2xx with the branch of the INVITE (RFC 6026 §7.1): it concerns the dialog.
    case passAcknowledgement
    /// An INVITE has had no response for 200 ms: a 100 is due.
    case tryingDue
    /// A response the user of the transaction is to see.
    case passResponse
    /// No answer, or no ACK for a failure, in 64*T1.
    case timedOut
    /// Over: forget the transaction.
    case terminated
}
