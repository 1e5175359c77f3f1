import Findings
import Timing

extension ScenarioTestCase {
    /// Plays this call and says what came otherwise than expected; nothing means that it passed.
    ///
    /// Each key is pressed as soon as the scenario listens, a duration among the keys waits, and after the last one the
    /// caller stays silent until the call ends, for an hour at most, and then hangs up.
    /// Without a `clock` it is a Monday, 5 January 2026, ten in the morning.
    package func run(_ scenario: Scenario, in set: ScenarioSet) -> [Finding] {
        let moment = clock ?? CivilMoment(written: "2026-01-05T10:00")
        let call = CallFacts(
            caller: caller, called: called, callID: "rehearsal", headers: headers,
            startedAt: moment.map { scenario.zone.instant(of: $0) } ?? 0, flags: flags)
        var rehearsal = ScenarioRehearsal(scenario: scenario, in: set, call: call, dials: dials, transfers: transfers)
        for item in keys {
            if let pause = Duration(written: item) {
                rehearsal.wait(pause)
            } else {
                rehearsal.waitUntilListening()
                rehearsal.press(item)
            }
        }
        rehearsal.wait(.seconds(3600))
        rehearsal.send(.hungUp)
        let taken = rehearsal.path(of: scenario.name)
        var findings: [Finding] = []
        if let path, path != taken {
            findings.append(
                .error(
                    "test-failed", at: location, "`\(name)` went \(taken.joined(separator: " → ")), not \(path.joined(separator: " → "))"))
        }
        if let state, state != taken.last {
            findings.append(.error("test-failed", at: location, "`\(name)` ended in `\(taken.last ?? "")`, not in `\(state)`"))
        }
        if let locale, locale != rehearsal.run.locale {
            findings.append(.error("test-failed", at: location, "`\(name)` ended in the locale \(rehearsal.run.locale), not \(locale)"))
        }
        if let missing = heard.flatMap({ Self.firstMissing(of: $0, in: rehearsal.heard) }) {
            findings.append(.error("test-failed", at: location, "`\(name)` did not hear \(missing) in its place"))
        }
        for (variable, expected) in variables.sorted(by: { $0.key < $1.key }) {
            let found = rehearsal.run.value(of: variable)?.asText ?? ""
            guard found != expected else { continue }
            findings.append(.error("test-failed", at: location, "in `\(name)` `\(variable)` was `\(found)`, not `\(expected)`"))
        }
        return findings
    }

    /// The first of `wanted` that does not come after the ones before it.
    private static func firstMissing(of wanted: [PromptItem], in heard: [PromptItem]) -> PromptItem? {
        var rest = heard[...]
        for item in wanted {
            guard let index = rest.firstIndex(of: item) else { return item }
            rest = rest[(index + 1)...]
        }
        return nil
    }
}

extension ScenarioSet {
    /// Plays the tests of all scenarios and says what came otherwise than expected.
    package func runTests() -> [Finding] {
        names.flatMap { name in self[name].map { scenario in scenario.tests.flatMap { $0.run(scenario, in: self) } } ?? [] }
    }
}
