import Timing

/// An INVITE as its client sees it: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.
///
/// ```
///        INVITE sent; A (UDP) and B set
///              +-----------+
///              |  calling  |  A: INVITE again, interval doubled
///              +-----------+
///        1xx |    |  |  |  B: timed out -> terminated
///     +------------+ |  |
///     | proceeding | |  |  1xx: passed up
///     +------------+ |  |
///   3xx-6xx |   | 2xx|  | 3xx-6xx: ACK sent
///           |  +----------+
///           |  | accepted |  2xx: passed up (each gets its ACK from the core), M set
///           |  +----------+
///     +-----------+  | M
///     | completed |  |      3xx-6xx: ACK again; D set (0 over reliable transports)
///     +-----------+  |
///           | D      |
///           terminated
/// ```
package struct InviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable, CaseIterable { case calling, proceeding, completed, accepted, terminated }

    package enum Event: Hashable, Sendable, CaseIterable {
        case provisional, success, failure
        case retransmissionTimer, expiryTimer
    }

    enum Action: Hashable, Sendable {
        case sendRequest, sendAcknowledgement, backOffA
        case stopTimers, startD, startM
        case passResponse, reportTimeout, reportTermination
    }

    package private(set) var state = State.calling
    private let isReliable: Bool
    private let timers: Timers
    private var clock = TransactionClock()
    private let request: [UInt8]
    /// The ACK of a failure, kept for its repetitions.
    private var acknowledgement: [UInt8] = []

    /// Sends the INVITE.
    package init(
        _ request: [UInt8], isReliable: Bool, timers: Timers, at now: MonotonicTime, into outputs: inout [TransactionOutput]
    ) {
        self.request = request
        self.isReliable = isReliable
        self.timers = timers
        if !isReliable { clock.repeatAfter(timers.t1, at: now) }
        clock.expireAfter(timers.timeout, at: now)
        outputs.append(.send(request))
    }

    package var nextDeadline: MonotonicTime? { clock.nextDeadline }

    static func transition(from state: State, on event: Event, isReliable: Bool) -> (State, [Action]) {
        switch (state, event) {
        case (.calling, .retransmissionTimer): (.calling, [.sendRequest, .backOffA])
        case (.calling, .expiryTimer): (.terminated, [.stopTimers, .reportTimeout, .reportTermination])
        case (.calling, .provisional), (.proceeding, .provisional): (.proceeding, [.stopTimers, .passResponse])
        case (.calling, .success), (.proceeding, .success): (.accepted, [.stopTimers, .startM, .passResponse])
        case (.calling, .failure), (.proceeding, .failure):
            isReliable
                ? (.terminated, [.stopTimers, .sendAcknowledgement, .passResponse, .reportTermination])
                : (.completed, [.stopTimers, .sendAcknowledgement, .startD, .passResponse])
        case (.completed, .failure): (.completed, [.sendAcknowledgement])
        case (.completed, .expiryTimer), (.accepted, .expiryTimer): (.terminated, [.stopTimers, .reportTermination])
        case (.accepted, .success): (.accepted, [.passResponse])
        // A response that overtakes or repeats is harmless.
        default: (state, [])
        }
    }

    /// `acknowledgement` is the ACK for a failure (RFC 3261 §17.1.1.3), ignored for other responses.
    package mutating func receive(
        _ status: StatusClass, acknowledgement: [UInt8] = [], at now: MonotonicTime, into outputs: inout [TransactionOutput]
    ) {
        if status == .failure, self.acknowledgement.isEmpty { self.acknowledgement = acknowledgement }
        apply(status.clientEvent, at: now, into: &outputs)
    }

    /// Gives up a transaction that has no final response yet: 64*T1 after its CANCEL (RFC 3261 §9.1).
    package mutating func abandon() {
        state = .terminated
        clock = TransactionClock()
    }

    package mutating func fire(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        guard let due = clock.due(at: now) else { return }
        apply(due == .expiry ? .expiryTimer : .retransmissionTimer, at: now, into: &outputs)
    }

    private mutating func apply(_ event: Event, at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        let (next, actions) = Self.transition(from: state, on: event, isReliable: isReliable)
        state = next
        for action in actions {
            switch action {
            case .sendRequest: outputs.append(.send(request))
            case .sendAcknowledgement: if !acknowledgement.isEmpty { outputs.append(.send(acknowledgement)) }
            case .backOffA: clock.backOff(limit: nil, at: now)
            case .stopTimers:
                clock.stopRepeating()
                clock.stopExpiry()
            case .startD: clock.expireAfter(timers.absorption, at: now)
            case .startM: clock.expireAfter(timers.timeout, at: now)
            case .passResponse: outputs.append(.passResponse)
            case .reportTimeout: outputs.append(.timedOut)
            case .reportTermination: outputs.append(.terminated)
            }
        }
    }
}
