import Timing

/// An INVITE as its server sees it: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.
///
/// ```
///                   INVITE
///                      |
///              +--------------+  INVITE: last response again
///              |  proceeding  |  1xx: sent; 200 ms without any response: 100 asked for
///              +--------------+
///        3xx-6xx |          | 2xx
///       G, H set |          | L set
///        +-----------+   +------------+
///        | completed |   |  accepted  |  INVITE: absorbed, 2xx: sent, ACK: passed up
///        +-----------+   +------------+
///   ACK: |      | H: timed out  | L
///  I set |      |               |
///  +-----------+|               |
///  | confirmed ||  INVITE, ACK: absorbed
///  +-----------+|               |
///        | I    |               |
///        +------+-> terminated <+
/// ```
/// In `completed` the response is repeated by G over UDP and for each repeated INVITE. A copy of the INVITE that comes
/// after the 2xx, even after its ACK, meets `accepted` and so never becomes a second call.
package struct InviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable, CaseIterable { case proceeding, completed, confirmed, accepted, terminated }

    package enum Event: Hashable, Sendable, CaseIterable {
        case invite, acknowledgement
        case provisional, success, failure
        case retransmissionTimer, expiryTimer
    }

    enum Action: Hashable, Sendable {
        case sendLatest, backOffG
        case askTrying, stopTrying
        case startG, startH, startI, startL
        case stopTimers
        case passAcknowledgement, reportTimeout, reportTermination
    }

    package private(set) var state = State.proceeding
    private let isReliable: Bool
    private let timers: Timers
    private var clock = TransactionClock()
    private var latest: [UInt8] = []

    package init(isReliable: Bool, timers: Timers, at now: MonotonicTime) {
        self.isReliable = isReliable
        self.timers = timers
        // §17.2.1: the 100 may be left out where another response comes within 200 ms, which for most calls is the 200.
        clock.repeatAfter(timers.tryingDelay, at: now)
    }

    package var nextDeadline: MonotonicTime? { clock.nextDeadline }

    static func transition(from state: State, on event: Event, isReliable: Bool) -> (State, [Action]) {
        switch (state, event) {
        case (.proceeding, .invite): (.proceeding, [.sendLatest])
        case (.proceeding, .retransmissionTimer): (.proceeding, [.stopTrying, .askTrying])
        case (.proceeding, .provisional): (.proceeding, [.stopTrying, .sendLatest])
        case (.proceeding, .success): (.accepted, [.stopTrying, .sendLatest, .startL])
        // Timer G runs over unreliable transports only, H over all (RFC 3261 §17.2.1).
        case (.proceeding, .failure): (.completed, isReliable ? [.stopTrying, .sendLatest, .startH] : [.sendLatest, .startG, .startH])

        case (.completed, .invite): (.completed, [.sendLatest])
        case (.completed, .retransmissionTimer): (.completed, [.sendLatest, .backOffG])
        case (.completed, .expiryTimer): (.terminated, [.stopTimers, .reportTimeout, .reportTermination])
        // Timer I is zero over reliable transports.
        case (.completed, .acknowledgement):
            isReliable ? (.terminated, [.stopTimers, .reportTermination]) : (.confirmed, [.stopTimers, .startI])

        case (.confirmed, .expiryTimer): (.terminated, [.stopTimers, .reportTermination])

        // The core repeats its 2xx through the transaction (RFC 6026 §7.1).
        case (.accepted, .success): (.accepted, [.sendLatest])
        case (.accepted, .acknowledgement): (.accepted, [.passAcknowledgement])
        case (.accepted, .expiryTimer): (.terminated, [.stopTimers, .reportTermination])

        // Peers' repetitions are absorbed; a response that comes too late lost a race and is dropped.
        default: (state, [])
        }
    }

    package mutating func receiveInvite(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        apply(.invite, at: now, into: &outputs)
    }

    package mutating func receiveAcknowledgement(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        apply(.acknowledgement, at: now, into: &outputs)
    }

    /// Sends a response of the transaction's user.
    package mutating func respond(
        _ status: StatusClass, _ bytes: [UInt8], at now: MonotonicTime, into outputs: inout [TransactionOutput]
    ) {
        switch (status, state) {
        case (.provisional, .proceeding), (.failure, .proceeding), (.success, .proceeding), (.success, .accepted): latest = bytes
        default: return
        }
        apply(status.serverEvent, at: now, into: &outputs)
    }

    /// Runs what is due.
    package mutating func fire(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        guard let due = clock.due(at: now) else { return }
        apply(due == .expiry ? .expiryTimer : .retransmissionTimer, at: now, into: &outputs)
    }

    private mutating func apply(_ event: Event, at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        let (next, actions) = Self.transition(from: state, on: event, isReliable: isReliable)
        state = next
        for action in actions {
            switch action {
            case .sendLatest: if !latest.isEmpty { outputs.append(.send(latest)) }
            case .askTrying: outputs.append(.tryingDue)
            case .stopTrying: clock.stopRepeating()
            case .startG: clock.repeatAfter(timers.t1, at: now)
            case .backOffG: clock.backOff(limit: timers.t2, at: now)
            case .startH, .startL: clock.expireAfter(timers.timeout, at: now)
            case .startI: clock.expireAfter(timers.t4, at: now)
            case .stopTimers:
                clock.stopRepeating()
                clock.stopExpiry()
            case .passAcknowledgement: outputs.append(.passAcknowledgement)
            case .reportTimeout: outputs.append(.timedOut)
            case .reportTermination: outputs.append(.terminated)
            }
        }
    }
}
