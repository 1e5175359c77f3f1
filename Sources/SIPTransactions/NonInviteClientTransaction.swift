import Timing

/// Any request but INVITE and ACK as its client sees it (RFC 3261 §17.1.2).
///
/// ```
///     request sent; E (UDP) and F set
///        +----------+
///        |  trying  |  E: request again, interval doubled up to T2
///        +----------+
///     1xx |      | 2xx-6xx
///  +------------+|
///  | proceeding ||  E: request again every T2; 1xx: passed up
///  +------------+|          F in either: timed out -> terminated
///    2xx-6xx |   |
///        +-----------+
///        | completed |  responses absorbed; K set (0 over reliable transports)
///        +-----------+
///            | K
///        terminated
/// ```
package struct NonInviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable, CaseIterable { case trying, proceeding, completed, terminated }
    package enum Event: Hashable, Sendable, CaseIterable { case provisional, final, retransmissionTimer, expiryTimer }
    enum Action: Hashable, Sendable {
        case sendRequest, backOffE, slowE, stopTimers, startK, passResponse, reportTimeout, reportTermination
    }

    package private(set) var state = State.trying
    private let isReliable: Bool
    private let timers: Timers
    private var clock = TransactionClock()
    private let request: [UInt8]

    /// Sends the request.
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
        case (.trying, .retransmissionTimer): (.trying, [.sendRequest, .backOffE])
        case (.proceeding, .retransmissionTimer): (.proceeding, [.sendRequest, .slowE])
        case (.trying, .expiryTimer), (.proceeding, .expiryTimer):
            (.terminated, [.stopTimers, .reportTimeout, .reportTermination])
        case (.trying, .provisional), (.proceeding, .provisional): (.proceeding, [.passResponse])
        case (.trying, .final), (.proceeding, .final):
            isReliable
                ? (.terminated, [.stopTimers, .passResponse, .reportTermination])
                : (.completed, [.stopTimers, .startK, .passResponse])
        case (.completed, .expiryTimer): (.terminated, [.stopTimers, .reportTermination])
        default: (state, [])
        }
    }

    package mutating func receive(isFinal: Bool, at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        apply(isFinal ? .final : .provisional, at: now, into: &outputs)
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
            case .backOffE: clock.backOff(limit: timers.t2, at: now)
            case .slowE: clock.repeatAfter(timers.t2, at: now)
            case .stopTimers:
                clock.stopRepeating()
                clock.stopExpiry()
            case .startK: clock.expireAfter(timers.t4, at: now)
            case .passResponse: outputs.append(.passResponse)
            case .reportTimeout: outputs.append(.timedOut)
            case .reportTermination: outputs.append(.terminated)
            }
        }
    }
}
