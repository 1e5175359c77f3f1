import Findings
import Timing

/// One call on its way through a scenario: a value that is told what happens and says what is to be done.
///
/// It knows no clock and no sound. Every entry takes the time and appends commands; `nextDeadline` says when `fire` is
/// wanted. Whatever comes, it stays bounded: stale events are ignored, typed keys are kept up to a number, and the steps
/// between two waits, the steps of the call, the revisits of a state and the failures that handlers may take are counted.
///
///     start ──▶ steps ──▶ waiting ──event/deadline──▶ steps ──▶ … ──▶ finished
///                 │                      │
///                 └── limit, error ──────┴── hungUp ──▶ handlers.hangup ──▶ finished
package struct ScenarioRun: Sendable {
    let set: ScenarioSet
    let facts: CallFacts
    /// The scenarios that are running: the last one runs, the others wait for it to return.
    var frames: [ScenarioFrame]
    var waiting: Waiting = .nothing
    var phase: Phase = .running
    /// Keys typed while no step collected.
    var typedAhead: [Character] = []
    /// What was typed last, which scenarios read as `digits`.
    var lastTyped = ""
    var isAnswered = false
    var hasEarlyMedia = false
    /// What the `locale` step has chosen, for the whole call.
    var chosenLocale: String?
    /// Wrong keys in this call, by the name of the guard.
    var wrongKeys: [String: Int] = [:]
    /// When the call came, and the time of the last entry.
    var begun = MonotonicTime.zero
    var clock = MonotonicTime.zero
    /// The room that the caller is in.
    var presence: RoomPresence?
    /// The message that the mailbox steps have come to.
    var message: MessageFacts?
    var usesLeft: Allowance
    /// When the length of the call in menus runs out.
    var menusEnd: MonotonicTime?
    private var lastID = 0

    enum Phase: Equatable, Sendable {
        case running
        /// handlers.hangup is running.
        case leaving
        case finished
    }

    static let typeAheadLimit = 64
    static let callDepthLimit = 32
    /// The 200 is repeated for 64*T1 = 32 s (RFC 3261 §13.3.1.4); after that nobody will acknowledge it.
    static let answerPatience = Duration.seconds(40)

    /// Missing inputs get their default, or the empty value of their type; values that are not inputs are left out.
    package init(scenario: Scenario, in set: ScenarioSet, inputs: [String: ScenarioValue], call: CallFacts) {
        self.set = set
        facts = call
        frames = [ScenarioFrame(scenario: scenario, inputs: inputs, into: nil)]
        usesLeft = Allowance(limits: scenario.limits)
    }

    /// After reject, redirect or hangUp was commanded, or after the caller left and the handlers ran.
    package var isFinished: Bool { phase == .finished }

    /// The state that runs, for traces.
    package var state: String? { frames.last?.state }

    /// The scenario that runs, for traces.
    package var scenarioName: String? { frames.last?.scenario.name }

    /// A variable, an input or a built-in of the scenario that runs.
    package func value(of name: String) -> ScenarioValue? {
        switch name {
        case "caller": .text(facts.caller)
        case "called": .text(facts.called)
        case "identity": .text(facts.identity)
        case "digits": .digits(lastTyped)
        case "call": .record(["transport": .text(facts.transport), "peer": .text(facts.peer)])
        case Expression.headersName: .record(facts.headers.mapValues { .text($0) })
        case Expression.nowName: .time(moment.time)
        case Expression.todayName: .date(moment.date)
        default: frames.last?.variables[name]
        }
    }

    package mutating func start(at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard phase == .running, let scenario = frames.last?.scenario, frames.last?.state == nil else { return }
        (begun, clock) = (now, now)
        chosenLocale = scenario.locales.first
        menusEnd = scenario.limits.menus.map { now + $0 }
        enter(scenario.entry, at: now, into: &commands)
        advance(at: now, into: &commands)
    }

    package var nextDeadline: MonotonicTime? {
        guard phase != .finished else { return nil }
        switch (waiting.deadline, phase == .running ? menusEnd : nil) {
        case (let first?, let second?): return min(first, second)
        case (let first, let second): return first ?? second
        }
    }

    mutating func nextID() -> Int {
        lastID += 1
        return lastID
    }
}

/// What a call may still use up before a limit is passed.
struct Allowance: Sendable {
    let limits: ScenarioLimits
    var steps: Int
    var revisits: [String: Int] = [:]
    /// Times that handlers.error and handlers.limit may still run.
    var failures = 3

    init(limits: ScenarioLimits) {
        self.limits = limits
        steps = limits.steps
    }
}

/// One scenario that runs or waits for the one it called.
struct ScenarioFrame: Sendable {
    let scenario: Scenario
    var variables: [String: ScenarioValue]
    var state: String?
    /// Lists of steps, the innermost last.
    var blocks: [StepBlock] = []
    /// The variable of the caller that takes the result.
    let into: String?

    init(scenario: Scenario, inputs: [String: ScenarioValue], into: String?) {
        self.scenario = scenario
        self.into = into
        variables = scenario.variables.mapValues { $0.initial ?? $0.type.empty }
        for (name, input) in scenario.inputs {
            let given = inputs[name].flatMap { $0.type == input.type ? $0 : input.type.value(written: $0.asText) }
            variables[name] = given ?? input.initial ?? input.type.empty
        }
    }

    func handler(_ kind: KeyPath<ScenarioHandlers, [Step]?>) -> [Step]? {
        state.flatMap { scenario.states[$0]?.handlers[keyPath: kind] } ?? scenario.handlers[keyPath: kind]
    }
}

/// A list of steps and how far it has come.
struct StepBlock: Sendable {
    var steps: [Step]
    var next = 0
    /// handlers.error or handlers.limit.
    var isHandler = false
    /// What is asked again when the list ends without leaving.
    var asksAgain: Collecting?
    /// The steps of a key that was pressed in a room: when they end, the caller listens to the room again.
    var isOfRoomKey = false
}

/// What a run waits for.
enum Waiting: Sendable {
    case nothing
    /// For the answer to be acknowledged.
    case answer(until: MonotonicTime)
    /// For time to pass; then for this command.
    case delay(until: MonotonicTime, then: ScenarioCommand?)
    case playing(PlayID, PlayStep)
    case collecting(Collecting)
    case recording(RecordingID, RecordStep)
    /// The recording was told to end; it is given this long to do so.
    case endingRecording(RecordingID, RecordStep, until: MonotonicTime)
    case service(OrderID, ServiceStep)
    /// Where the sound lies that `mailbox.greeting` is to play.
    case greeting(OrderID, MailboxPlayStep)
    /// For the room to let the caller in.
    case entering(OrderID, ConferenceStep)
    /// In the room; keys typed so far, and until when another may follow.
    case conferring(typed: String, until: MonotonicTime?)
    /// For somebody to answer.
    case dialling(Dialling)
    /// For the end of a conversation.
    case bridged(Bridging)
    /// For the other side to say what became of a REFER.
    case transferring(OrderID, TransferStep, until: MonotonicTime)
    /// nil is the echo, which has no id.
    case holding(PlayID?, HoldStep, until: MonotonicTime?)

    var deadline: MonotonicTime? {
        switch self {
        case .nothing, .playing, .recording, .service, .greeting, .entering: nil
        case .conferring(_, let until): until
        case .dialling(let dialling): dialling.until
        case .bridged(let bridging): bridging.answerBy
        case .transferring(_, _, let until): until
        case .answer(let until), .delay(let until, _), .endingRecording(_, _, let until): until
        case .collecting(let collecting): collecting.deadline
        case .holding(_, _, let until): until
        }
    }
}

/// A menu or gather that is asking.
struct Collecting: Sendable {
    let step: CollectStep
    /// 0 is the first time.
    var round = 0
    var typed = ""
    /// The prompt that still plays.
    var prompt: PlayID?
    var deadline: MonotonicTime?
}
