import Findings

/// One step of a state, checked and ready to run. Durations that are nil are left to the caller's patience.
package struct Step: Equatable, Sendable {
    package var action: StepAction
    package var location: SourceLocation
}

package indirect enum StepAction: Equatable, Sendable {
    case answer(after: Duration, headers: [Assignment])
    case ring(after: Duration, headers: [Assignment])
    case earlyMedia(after: Duration, headers: [Assignment])
    case reject(status: Int, reason: Expression?, headers: [Assignment])
    case redirect(status: Int, contacts: [ContactTemplate], headers: [Assignment])
    case hangUp(cause: Int?, headers: [Assignment])
    case play(PlayStep)
    case collect(CollectStep)
    case record(RecordStep)
    case echo(HoldStep)
    case music(musicClass: String, HoldStep)
    case set([Assignment])
    case `if`(Expression, then: [Step], else: [Step])
    case `switch`(Expression, cases: [SwitchCase], else: [Step])
    case goto(String)
    case call(CallStep)
    case `return`([Assignment])
    case wait(Duration)
    case log(Expression)
    case emit(event: String, [Assignment])
    case sendDigits(Expression)
    case lookup(LookupStep)
    /// Whether a schedule is open.
    case during(String, then: [Step], else: [Step])
    case locale(String)
    case dial(DialStep)
    case transfer(TransferStep)
    case service(ServiceStep)
    case mailboxPlay(MailboxPlayStep)
    case conference(ConferenceStep)
    case room(RoomAction)
    /// A step with an error, which keeps the later checks from blaming what stands around it. It never runs.
    case unreadable(mayLeave: Bool)
}

package struct Assignment: Equatable, Sendable {
    package var name: String
    package var value: Expression
    package var location: SourceLocation
}

package struct SwitchCase: Equatable, Sendable {
    package var value: ScenarioValue
    package var steps: [Step]
}

/// A set of keys that end something: `#`, `*#`, any, none.
package struct KeySet: Equatable, Sendable {
    package var keys: Set<Character>
    package static let none = KeySet(keys: [])
    package static let any = KeySet(keys: Set(TelephoneKeys.all))
    package func contains(_ key: Character) -> Bool { keys.contains(key) }
}

/// A part of what is played, before its values are known.
package enum PromptPart: Equatable, Sendable {
    case clip(String)
    case file(Expression)
    case say(SayKind, Expression)
    case speak(Expression)
    /// What is fetched from an address.
    case url(Expression)
    case tone(ToneName, Duration)
    case silence(Duration)
}

package struct PlayStep: Equatable, Sendable {
    package var prompt: [PromptPart]
    package var bargeIn: Bool
    /// How often it is played in all; nil is for ever.
    package var repeatCount: Int?
    package var gain: Double
    package var startAt: Duration
    /// Keys that do something to what plays.
    package var controls: [Character: PlaybackControl] = [:]
    /// Steps for the outcomes `done` and `key`; empty goes on.
    package var done: [Step]
    package var key: [Step]
}

/// `menu` and `gather`: both ask, wait for keys and ask again.
package struct CollectStep: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case menu([MenuEntry])
        case gather(min: Int, max: Int, end: KeySet, into: String?, mask: Bool, ok: [Step])
    }

    package enum TypeAhead: String, CaseIterable, Sendable { case keep, flush, ignore }

    package var kind: Kind
    package var prompt: [PromptPart]
    /// Played from the second round on.
    package var shortPrompt: [PromptPart]
    /// From the end of the prompt to the first key.
    package var first: Duration
    /// From one key to the next.
    package var between: Duration
    /// How often it is asked again after the first time.
    package var retries: Int
    package var bargeIn: Bool
    package var typeAhead: TypeAhead
    /// nil asks again at once; steps that do not leave ask again after them.
    package var noInput: [Step]?
    package var invalid: [Step]?
    package var exhausted: [Step]
}

package struct MenuEntry: Equatable, Sendable {
    package var pattern: DigitPattern
    package var steps: [Step]
    package var location: SourceLocation
}

package struct RecordStep: Equatable, Sendable {
    package var into: String?
    package var max: Duration
    package var silence: Duration?
    package var beep: Bool
    package var end: KeySet
    package var min: Duration
    package var trim: Bool
    package var channels: Int
    package var mask: Bool
    package var purpose: RecordingPurpose<Expression>
    package var ok: [Step]
    package var short: [Step]
    package var silent: [Step]
    package var full: [Step]
}

/// What a recording is for: it decides where the file lies, and what becomes of one that nobody kept.
package enum RecordingPurpose<Text: Equatable & Sendable>: Equatable, Sendable {
    /// Kept with the server's recordings.
    case recording
    /// For this mailbox: what a crash cuts short is found in it, what is not delivered is discarded.
    case message(box: Text)
    /// A greeting of the mailbox that is open; discarded unless it is set.
    case greeting(kind: Text)

    func map<Other>(_ change: (Text) -> Other) -> RecordingPurpose<Other> {
        switch self {
        case .recording: .recording
        case .message(let box): .message(box: change(box))
        case .greeting(let kind): .greeting(kind: change(kind))
        }
    }
}

/// `echo` and `moh`: go on until a key, a time or the end of the call.
package struct HoldStep: Equatable, Sendable {
    package var duration: Duration?
    package var end: KeySet
    package var done: [Step]
    /// Only the end of the call ends it.
    var isEndless: Bool { duration == nil && end == .none }
}

package struct CallStep: Equatable, Sendable {
    package var scenario: String
    package var with: [CallArgument]
    package var into: String?
}

package struct CallArgument: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        /// Plain text, read as the callee's input type says.
        case written(String)
        case expression(Expression, ScenarioType)
    }

    package var name: String
    package var value: Value
    package var location: SourceLocation
}
