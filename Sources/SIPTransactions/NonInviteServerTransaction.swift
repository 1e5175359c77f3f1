import Timing

/// Any request but INVITE and ACK as its server sees it (RFC 3261 §17.2.2).
///
/// ```
///        +----------+
///        |  trying  |  request: absorbed
///        +----------+
///     1xx |      | 2xx-6xx
///  +------------+|
///  | proceeding ||  request: last response again
///  +------------+|
///    2xx-6xx |   |
///        +-----------+
///        | completed |  request: response again; J set (0 over reliable transports)
///        +-----------+
///            | J
///        terminated
/// ```
package struct NonInviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable, CaseIterable { case trying, proceeding, completed, terminated }
    package enum Event: Hashable, Sendable, CaseIterable { case request, provisional, final, expiryTimer }
    enum Action: Hashable, Sendable { case sendLatest, startJ, stopTimers, reportTermination }

    package private(set) var state = State.trying
    private let isReliable: Bool
    private let timers: Timers
    private var clock = TransactionClock()
    private var latest: [UInt8] = []

    package init(isReliable: Bool, timers: Timers) {
        self.isReliable = isReliable
        self.timers = timers
    }

    package var nextDeadline: MonotonicTime? { clock.nextDeadline }

    static func transition(from state: State, on event: Event, isReliable: Bool) -> (State, [Action]) {
        switch (state, event) {
        case (.trying, .provisional), (.proceeding, .provisional): (.proceeding, [.sendLatest])
        case (.trying, .final), (.proceeding, .final):
            isReliable ? (.terminated, [.sendLatest, .reportTermination]) : (.completed, [.sendLatest, .startJ])
        case (.proceeding, .request): (.proceeding, [.sendLatest])
        case (.completed, .request): (.completed, [.sendLatest])
        case (.completed, .expiryTimer): (.terminated, [.stopTimers, .reportTermination])
        // A second final response MUST be discarded; a request before any response is absorbed.
        default: (state, [])
        }
    }

    package mutating func receiveRequest(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        apply(.request, at: now, into: &outputs)
    }

    package mutating func respond(isFinal: Bool, _ bytes: [UInt8], at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        guard state == .trying || state == .proceeding else { return }
        latest = bytes
        apply(isFinal ? .final : .provisional, at: now, into: &outputs)
    }

    package mutating func fire(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        guard clock.due(at: now) == .expiry else { return }
        apply(.expiryTimer, at: now, into: &outputs)
    }

    private mutating func apply(_ event: Event, at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
        let (next, actions) = Self.transition(from: state, on: event, isReliable: isReliable)
        state = next
        for action in actions {
            switch action {
            case .sendLatest: if !latest.isEmpty { outputs.append(.send(latest)) }
            case .startJ: clock.expireAfter(timers.timeout, at: now)
            case .stopTimers: clock.stopExpiry()
            case .reportTermination: outputs.append(.terminated)
            }
        }
    }
}
