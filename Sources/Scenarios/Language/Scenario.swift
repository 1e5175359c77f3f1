import Findings

/// A scenario file, read and checked: the script of one call.
package struct Scenario: Sendable {
    package var name: String
    package var location: SourceLocation
    package var entry: String
    /// The first is the one that is spoken.
    package var locales: [String]
    package var zone: CivilZone
    package var inputs: [String: ScenarioInput]
    package var variables: [String: ScenarioInput]
    package var tables: [String: LookupTable]
    package var schedules: [String: Schedule]
    package var result: [String: ScenarioType]
    package var limits: ScenarioLimits
    package var handlers: ScenarioHandlers
    package var states: [String: ScenarioState]
    /// The names of the states as they stand in the file.
    package var stateOrder: [String]
    package var tests: [ScenarioTestCase]
    /// The places of the steps that send the caller where he, or what called him here, may have said: these addresses must match the
    /// server's list.
    package var openTargets: Set<SourceLocation> = []
    /// The headers of the INVITE that it reads, in lower case.
    package var headersRead: Set<String> = []

    /// The names that every scenario knows: who called (user part), who was called, as whom the caller is proved (empty: nobody),
    /// what was typed last, and how the call came.
    package static let builtIns: [String: ScenarioType] = [
        "caller": .text, "called": .text, "identity": .text, "digits": .digits, "call": .record(["transport": .text, "peer": .text]),
    ]

    /// What expressions name that others have said: the built-in names and the headers of the INVITE.
    static let fromOutside = Set(builtIns.keys).union([Expression.headersName])

    /// Everything that its expressions may name.
    var types: [String: ScenarioType] {
        Self.builtIns.merging(inputs.mapValues(\.type)) { $1 }.merging(variables.mapValues(\.type)) { $1 }
    }

    /// Turns inputs that come as text (from a route or a SIP request) into typed ones; a finding for each that does not
    /// fit, is unknown or is missing, with `location` as its place.
    package func values(from texts: [String: String], at location: SourceLocation) -> ([String: ScenarioValue], [Finding]) {
        var values: [String: ScenarioValue] = [:]
        var findings: [Finding] = []
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let input = inputs[name] else {
                let nearest = NearestName.of(name, among: inputs.keys)
                findings.append(
                    .error(
                        "unknown-input", at: location, "scenario `\(self.name)` has no input `\(name)`",
                        mend: nearest.map { "did you mean \($0)?" }))
                continue
            }
            guard let value = input.type.value(written: text) else {
                findings.append(
                    .error(
                        "wrong-type", at: location, "input `\(name)` of `\(self.name)` must be \(input.type.name), not `\(text.prefix(40))`"
                    ))
                continue
            }
            values[name] = value
        }
        for input in inputs.values.sorted(by: { $0.name < $1.name }) where input.initial == nil && texts[input.name] == nil {
            findings.append(
                .error("missing-input", at: location, "scenario `\(name)` needs its input `\(input.name)` (\(input.type.name))"))
        }
        return (values, findings)
    }
}

/// A declared name: an input (whose `initial` is its default; nil is required) or a variable.
package struct ScenarioInput: Equatable, Sendable {
    package var name: String
    package var type: ScenarioType
    package var initial: ScenarioValue?
    package var location: SourceLocation
}

package struct ScenarioState: Equatable, Sendable {
    package var name: String
    package var steps: [Step]
    package var handlers: ScenarioHandlers
    package var location: SourceLocation
}

/// What runs when the call ends, a step fails or a limit is passed; nil leaves it to the file's own, then to the default.
package struct ScenarioHandlers: Equatable, Sendable {
    package var hangUp: [Step]?
    package var error: [Step]?
    package var limit: [Step]?
}

package struct ScenarioLimits: Equatable, Sendable {
    /// Length of the call in this scenario and what it calls; nil is without limit.
    package var menus: Duration?
    /// Steps in the whole call.
    package var steps = 100_000
    /// Entries into one state without a key of the caller between them.
    package var revisits = 100
    /// The author wrote `revisits`, and with it allows loops that do not wait for the caller.
    package var revisitsAreWritten = false
}

/// A call under `tests:`. This version runs its keys and compares `path`, `state`, `locale`, `heard` and `variables`; of the mocks it
/// takes `flags`, `dial` and `transfer`. The other mocks and expectations, and sweeps, are checked for their shape only.
package struct ScenarioTestCase: Equatable, Sendable {
    package var name: String
    package var caller: String
    package var called: String
    /// Keys, and durations to wait.
    package var keys: [String]
    /// The states of the scenario in the order in which they are expected.
    package var path: [String]?
    /// The last state.
    package var state: String?
    /// What clocks in the scenario's zone show when the call begins.
    package var clock: CivilMoment?
    /// Headers of the INVITE, by lower-case name.
    package var headers: [String: String]
    /// Flags that are set.
    package var flags: Set<String>
    /// What comes of each dial and each transfer, in order.
    package var dials: [DialEnd]
    package var transfers: [MockedTransfer]
    /// What is spoken at the end.
    package var locale: String?
    /// Clips and things said, in the order in which they must be heard; others may come between.
    package var heard: [PromptItem]?
    /// What variables hold at the end, as text.
    package var variables: [String: String]
    package var location: SourceLocation
}
