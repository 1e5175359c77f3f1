/// `dial`: calls others and joins the caller with the one who answers.
package struct DialStep: Equatable, Sendable {
    package var to: [Expression]
    package var strategy: DialStrategy
    /// How long it rings; of each target when they are tried in turn.
    package var timeout: Duration
    /// What the caller hears until somebody answers; nil is the ring-back tone, or 180 before an answer.
    package var musicClass: String?
    package var confirmation: ConfirmationStep?
    package var headers: [Assignment]
    package var callerID: Expression?
    package var passesDigits: Bool
    /// Keys with which the caller ends the conversation and stays in the scenario.
    package var stopBy: String?
    /// A record variable for some of the fields of `DialOutcome`.
    package var into: String?
    package var ended: [Step]
    package var failures: [DialEnd: [Step]]

    /// More phones than this are not rung by one step.
    static let targetLimit = 16
    static let defaultTimeout = Duration.seconds(30)

    var branches: [[Step]] { [ended] + failures.values }
}

package enum DialStrategy: String, CaseIterable, Sendable {
    /// All phones ring; the first who answers has the call.
    case all
    /// One after the other.
    case inTurn = "in_turn"
}

/// Whoever answers must press a key, so that no voice box of a mobile network takes the call.
package struct ConfirmationStep: Equatable, Sendable {
    package var keys: KeySet
    package var prompt: [PromptPart]
}

/// How a dial ends: the conversation, or why there was none.
package enum DialEnd: String, CaseIterable, Sendable {
    case ended, busy
    case noAnswer = "no_answer"
    case rejected, unreachable

    static let failures: [DialEnd] = [.busy, .noAnswer, .rejected, .unreachable]
}

/// `transfer`: sends the caller elsewhere.
package struct TransferStep: Equatable, Sendable {
    package enum Mode: String, CaseIterable, Sendable {
        /// REFER on an answered call: the caller's own telephone or proxy calls the target (RFC 3515).
        case refer
        /// 302 on an unanswered one.
        case redirect
        /// As `dial` does.
        case bridge
        /// By REFER, and where the other side does not take that, by a bridge.
        case auto

        /// The caller is gone when it has succeeded.
        var leaves: Bool { self != .bridge }
    }

    package var to: Expression
    package var mode: Mode
    package var headers: [Assignment]
    /// An int variable that takes the SIP status.
    package var into: String?
    package var done: [Step]
    package var failed: [Step]

    /// The dial by which it is carried out where no REFER does it.
    var bridge: DialStep {
        DialStep(
            to: [to], strategy: .all, timeout: DialStep.defaultTimeout, musicClass: nil, confirmation: nil, headers: headers,
            callerID: nil, passesDigits: true, stopBy: nil, into: nil, ended: [], failures: [:])
    }
}

/// One contact of a `redirect`.
package struct ContactTemplate: Equatable, Sendable {
    package var uri: Expression
    /// In thousandths (RFC 3261 §20.10); nil says nothing.
    package var q: Int?
}
