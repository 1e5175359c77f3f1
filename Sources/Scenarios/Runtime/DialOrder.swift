import Timing

/// Whom a run wants called, and how; all values are known by now.
package struct DialOrder: Equatable, Sendable {
    /// Addresses (sip:, sips:, tel:), each once and none empty. Which of them may be called is for the server to say.
    package var targets: [String]
    package var strategy: DialStrategy
    /// From the INVITE to the answer (and its confirmation); of each target when they are tried in turn.
    package var timeout: Duration
    package var confirmation: DialConfirmation?
    /// For the INVITEs.
    package var headers: [ScenarioHeader]
    /// The user part of From, if the configuration allows it; nil leaves it to the server.
    package var callerID: String?
    /// Keys of the caller go to the other side too.
    package var passesDigits: Bool

    package init(
        targets: [String], strategy: DialStrategy = .all, timeout: Duration = .seconds(30), confirmation: DialConfirmation? = nil,
        headers: [ScenarioHeader] = [], callerID: String? = nil, passesDigits: Bool = true
    ) {
        self.targets = targets
        self.strategy = strategy
        self.timeout = timeout
        self.confirmation = confirmation
        self.headers = headers
        self.callerID = callerID
        self.passesDigits = passesDigits
    }

    /// How long it takes when nobody answers.
    var longest: Duration { timeout * (strategy == .inTurn ? max(1, targets.count) : 1) }
}

/// What somebody who answers must do, before the time for answering is over, to be joined with the caller.
package struct DialConfirmation: Equatable, Sendable {
    /// Any of these takes the call.
    package var keys: Set<Character>
    /// Played to him, again and again; no event is expected of it.
    package var prompt: Playback

    package init(keys: Set<Character>, prompt: Playback) {
        self.keys = keys
        self.prompt = prompt
    }
}

/// What came of a dial; the status is that of the SIP answer which decided, nil where none came.
package enum DialOutcome: Equatable, Sendable {
    /// A conversation of that length.
    case ended(Duration)
    case busy(Int?)
    case noAnswer(Int?)
    /// Declined, or not allowed by the server.
    case rejected(Int?)
    case unreachable(Int?)

    var end: DialEnd {
        switch self {
        case .ended: .ended
        case .busy: .busy
        case .noAnswer: .noAnswer
        case .rejected: .rejected
        case .unreachable: .unreachable
        }
    }

    /// 0 where no answer came.
    var status: Int {
        switch self {
        case .ended: 200
        case .busy(let status), .noAnswer(let status), .rejected(let status), .unreachable(let status): status ?? 0
        }
    }

    /// As the variable that `into` names sees it.
    static let fields: [String: ScenarioType] = ["outcome": .text, "status": .int, "target": .text, "seconds": .int]

    func value(target: String, fields: [String: ScenarioType]) -> ScenarioValue {
        let length: Duration = if case .ended(let length) = self { length } else { .zero }
        let all: [String: ScenarioValue] = [
            "outcome": .text(end.rawValue), "status": .int(status), "target": .text(target),
            "seconds": .int(Int(max(0, length.wholeNanoseconds / 1_000_000_000))),
        ]
        return .record(all.filter { fields[$0.key] != nil })
    }
}

/// Where the caller's own side is to call (RFC 3515).
package struct TransferOrder: Equatable, Sendable {
    package var target: String
    /// For the REFER.
    package var headers: [ScenarioHeader]

    package init(target: String, headers: [ScenarioHeader] = []) {
        self.target = target
        self.headers = headers
    }
}

/// What came of a REFER.
package enum TransferOutcome: Equatable, Sendable {
    /// The target answered, as a NOTIFY says.
    case done(status: Int)
    /// The other side does not take the REFER, or took it and never told anything.
    case refused(status: Int)
    /// It called the target in vain.
    case failed(status: Int)

    var status: Int {
        switch self {
        case .done(let status), .refused(let status), .failed(let status): status
        }
    }
}
