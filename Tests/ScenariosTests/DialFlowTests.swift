import Findings
import Scenarios
import Testing

/// What the check knows of the call after a dial or a transfer.
@Suite struct DialFlowTests {
    private func codes(_ steps: String, more: String = "") throws -> [String] {
        ScenarioSet.load(
            files: [("f", "scenario: s\n\(more)\nstates:\n  a: [\(steps)]\n")], prompts: AnyPrompts(),
            dialTargets: [try DialTarget("sip:*@b")]
        ).findings.map(\.code)
    }

    @Test(arguments: [
        // After a conversation the caller is answered; after a failure he is as before.
        ("dial: {to: 'sip:a@b', ended: {play: [x]}, else: {reject: 486}}, hangup", []),
        ("dial: {to: 'sip:a@b', ended: {reject: 486}, else: hangup}", ["already-answered"]),
        ("dial: {to: 'sip:a@b', else: {play: [x]}}, hangup", ["not-answered"]),
        ("answer, dial: {to: 'sip:a@b', else: {play: [x]}}, hangup", []),
        ("answer, dial: {to: 'sip:a@b', else: {reject: 486}}, hangup", ["already-answered"]),
        // Music is heard as early media, which also serves what follows.
        ("dial: {to: 'sip:a@b', music: default, else: [play: [x], reject: 486]}, hangup", []),
        ("transfer: {to: 'sip:a@b', mode: bridge, done: {play: [x]}, failed: {reject: 486}}, hangup", []),
        ("transfer: {to: 'sip:a@b', mode: bridge, failed: {play: [x]}}, hangup", ["not-answered"]),
        // After the others the call is over.
        ("answer, transfer: {to: 'sip:a@b', failed: hangup}", []),
        ("answer, transfer: {to: 'sip:a@b', failed: hangup}, hangup", ["unreachable-step"]),
        ("transfer: {to: 'sip:a@b', mode: bridge, failed: hangup}", ["falls-off"]),
        ("dial: {to: 'sip:a@b', else: hangup}", ["falls-off"]),
        // Somebody who talked was there; one who is only rung again and again is not.
        ("dial: {to: 'sip:a@b', ended: {goto: a}, else: hangup}", []),
        ("dial: {to: 'sip:a@b', ended: hangup, else: {goto: a}}", ["endless-loop"]),
    ])
    func theCallAfterIt(steps: String, found: [String]) throws {
        #expect(try codes(steps) == found)
    }

    @Test func theResultIsSetOnEveryPath() throws {
        let more = "vars: {r: {type: record, fields: {outcome: text}}, n: {type: int}}"
        #expect(
            try codes(
                "dial: {to: 'sip:a@b', into: r, else: {log: '{r.outcome}'}}, log: '{r.outcome}', transfer: {to: 'sip:a@b', into: n, done: {log: '{n}'}, failed: {log: '{n}'}}, hangup",
                more: more) == [])
        #expect(
            try codes("log: '{r.outcome} {n}', dial: {to: 'sip:a@b', into: r, else: hangup}, hangup", more: more)
                == ["used-before-set", "used-before-set"])
    }

    /// Each place of a dial where a variable may stand is looked at.
    @Test(arguments: [
        "to: 'sip:{v}@b'", "to: 'sip:a@b', caller_id: '{v}'", "to: 'sip:a@b', headers: {X-A: '{v}'}",
        "to: 'sip:a@b', confirm: {key: 1, prompt: [{say: {spell: v}}]}",
    ])
    func whatIsReadBeforeItIsSet(fields: String) throws {
        #expect(try codes("dial: {\(fields), else: hangup}, hangup", more: "vars: {v: {type: text}}") == ["used-before-set"])
    }
}
