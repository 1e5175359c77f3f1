import Findings
import Scenarios
import Testing
import Timing

/// `mock: {dial: […], transfer: […]}` and `headers` of the tests that stand in scenario files.
@Suite struct DialRehearsalTests {
    private static let text = """
        scenario: s
        vars: {r: {type: record, fields: {outcome: text, seconds: int}}, n: {type: int, init: 0}}
        states:
          ask:
            - if: header('X-Skip') == 'yes'
              then: {goto: move}
              else: {goto: ring}
          ring:
            - dial: {to: ['sip:a@b', 'sip:b@b'], timeout: 10s, into: r, stop_by: '*0', ended: {goto: after}, busy: {goto: again}, else: {goto: nobody}}
          again:
            - dial: {to: 'sip:c@b', music: default, ended: {goto: after}, else: {goto: nobody}}
          nobody:
            - reject: 480
          after:
            - play: [after]
            - gather: {max: 1, ok: {goto: move}, exhausted: hangup}
          move:
            - answer
            - transfer: {to: 'sip:d@b', mode: auto, into: n, failed: {goto: stay}}
          stay:
            - hangup
        tests:
        """

    private func run(_ tests: String) throws -> [Finding] {
        let (set, findings) = ScenarioSet.load(
            files: [("f.yaml", Self.text + "\n" + tests + "\n")], prompts: AnyPrompts(), dialTargets: [try DialTarget("sip:*@b")])
        return try required(set, findings.map(\.description).joined(separator: "\n")).runTests()
    }

    @Test(arguments: [
        "{name: x, mock: {dial: [busy, no_answer]}, expect: {path: [ask, ring, again, nobody]}}",
        "{name: x, mock: {dial: [busy, ended]}, expect: {path: [ask, ring, again, after], heard: [after]}}",
        "{name: x, mock: {dial: [no_answer]}, expect: {path: [ask, ring, nobody], variables: {r: 'outcome=no_answer seconds=0'}}}",
        "{name: x, mock: {dial: unreachable}, expect: {state: nobody, variables: {r: 'outcome=unreachable seconds=0'}}}",
        "{name: x, mock: {dial: [rejected]}, expect: {state: nobody, variables: {r: 'outcome=rejected seconds=0'}}}",
        "{name: x, mock: {dial: [ended]}, expect: {path: [ask, ring, after], variables: {r: 'outcome=ended seconds=60'}}}",
        "{name: x, expect: {path: [ask, ring, nobody]}}",
        "{name: x, mock: {dial: ended}, keys: [5s, '*0', 1], expect: {path: [ask, ring, after, move], variables: {r: 'outcome=ended seconds=4', n: 200}}}",
        "{name: x, headers: {x-skip: 'yes'}, expect: {path: [ask, move], variables: {n: 200}}}",
        "{name: x, headers: {X-Skip: 'yes'}, mock: {transfer: [failed]}, expect: {path: [ask, move, stay], variables: {n: 486}}}",
        "{name: x, headers: {X-Skip: 'yes'}, mock: {transfer: [refused], dial: [ended]}, expect: {path: [ask, move], variables: {n: 200}}}",
        "{name: x, headers: {X-Skip: 'yes'}, mock: {transfer: [refused], dial: [busy]}, expect: {path: [ask, move, stay], variables: {n: 486}}}",
    ])
    func mocksAreTakenInTheirOrder(test: String) throws {
        #expect(try run("  - \(test)").map(\.description) == [])
    }

    @Test func anotherWayIsSaid() throws {
        let findings = try run("  - {name: x, mock: {dial: [busy, ended]}, expect: {path: [ask, ring, nobody]}}")
        #expect(findings.map(\.code) == ["test-failed"])
        #expect(findings.first?.message == "`x` went ask → ring → again → after, not ask → ring → nobody")
    }

    @Test(arguments: [
        ("mock: {dial: [bsuy]}", "wrong-word"), ("mock: {transfer: [busy]}", "wrong-word"), ("mock: {dail: [busy]}", "unknown-field"),
        ("headers: {X Y: a}", "wrong-header"), ("headers: [a]", "wrong-type"), ("headers: {X-A: [a]}", "wrong-type"),
    ])
    func mistakes(field: String, code: String) {
        let findings = check("scenario: s\nstates: {a: [hangup]}\ntests: [{name: x, \(field), expect: {state: a}}]\n").findings
        #expect(findings.map(\.code) == [code], "\(findings.map(\.description))")
        #expect(findings.first?.location.line == 3)
    }

    @Test func theRehearsalTakesItsTime() throws {
        let (set, _) = check(
            "scenario: s\nstates:\n  a:\n    - answer\n    - dial: {to: ['sip:a@b', 'sip:b@b'], strategy: in_turn, timeout: 10s, else: {log: nobody}}\n    - hangup\n"
        )
        var call = try Rehearsal(try required(set, "set"), "s")
        call.wait(.seconds(19))
        #expect(!call.run.isFinished)
        #expect(call.heard == [.tone(.ringback, .seconds(30))])
        call.wait(.seconds(1))
        #expect(call.log.contains(.log("nobody")) && call.run.isFinished)
    }
}
