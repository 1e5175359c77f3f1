import Findings
import Timing

extension ScenarioTestCase {
    /// Plays this call and says what came otherwise than expected; nothing means that it passed.
    ///
    /// Each key is pressed as soon as the scenario listens, a duration among the keys waits, and after the last one the
    /// caller stays silent until the call ends, for an hour at most, and then hangs up.
    package func run(_ scenario: Scenario, in set: ScenarioSet) -> [Finding] {
        let call = CallFacts(caller: caller, called: called, callID: "rehearsal")
        var rehearsal = ScenarioRehearsal(scenario: scenario, in: set, call: call)
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
        return findings
    }
}
