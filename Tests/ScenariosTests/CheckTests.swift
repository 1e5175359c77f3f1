import Findings
import Scenarios
import Testing

/// Each mistake gets its finding at its place, and nothing else does.
@Suite struct CheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        let line: Int
        let text: String
        init(_ code: String, _ line: Int, _ text: String) { (self.code, self.line, self.text) = (code, line, text) }
        var testDescription: String { "\(code): \(text.prefix(60))" }
    }

    /// A scenario whose first state is written on line 3; `steps` continues a flow sequence.
    static func steps(_ steps: String, more: String = "") -> String {
        "scenario: s\nstates:\n  a: [answer, \(steps)]\n\(more)"
    }

    static let structure = [
        Case("missing-field", 1, "states: {a: [hangup]}\n"),
        Case("missing-field", 1, "scenario: s\n"),
        Case("wrong-schema", 2, "scenario: s\nschema: 2\nstates: {a: [hangup]}\n"),
        Case("unknown-field", 2, "scenario: s\nstate: {a: [hangup]}\nstates: {a: [hangup]}\n"),
        Case("unknown-zone", 2, "scenario: s\nzone: Europe/Berlni\nstates: {a: [hangup]}\n"),
        Case("unknown-locale", 3, steps("locale: fr, hangup")),
        Case("unknown-table", 3, steps("lookup: {table: t, key: caller, missing: hangup}, hangup")),
        Case("unknown-schedule", 3, steps("{during: t, then: hangup}, hangup")),
        Case("unknown-state", 2, "scenario: s\nentry: b\nstates: {a: [hangup]}\n"),
        Case("unknown-step", 3, steps("paly: [x], hangup")),
        Case("not-yet", 3, steps("http: {url: x}, hangup")),
        Case("unknown-field", 3, steps("play: {prompt: [x], controls: {rewind: 4}}, hangup")),
        Case("wrong-key", 3, steps("play: {prompt: [x], controls: {back: 45}}, hangup")),
        Case("digits-overlap", 3, steps("play: {prompt: [x], controls: {back: 4, forward: 4}}, hangup")),
        Case("two-steps", 3, steps("{wait: 1s, log: x}, hangup")),
        Case("unknown-field", 3, steps("record: {beeep: true, else: hangup}, hangup")),
        Case("unknown-field", 3, steps("{menu: {keys: {1: hangup}, exhausted: hangup}, first: 2s}")),
        Case("wrong-type", 3, steps("wait: 5, hangup")),
        Case("wrong-type", 3, steps("record: {beep: yes, else: hangup}, hangup")),
        Case("out-of-range", 3, steps("hangup: {cause: 200}")),
        Case("missing-field", 3, steps("play: [], hangup")),
        Case("missing-field", 3, steps("say: {}, hangup")),
        Case("not-yet", 3, steps("say: {money: '3'}, hangup")),
        Case("closed-host", 3, steps("play: [{url: 'http://x'}], hangup")),
        Case("wrong-word", 3, steps("play: [{tone: bsuy}], hangup")),
        Case("wrong-clip", 3, steps("play: ['../x'], hangup")),
        Case("duplicate-key", 3, steps("menu: {keys: {1: hangup, \"1\": hangup}, exhausted: hangup}")),
        Case("yaml-alias", 5, "scenario: s\nstates:\n  a:\n    - answer\n    - menu: {keys: {*: hangup}, exhausted: hangup}\n"),
        Case("wrong-key", 3, steps("menu: {keys: {1X: hangup}, exhausted: hangup}")),
        Case("wrong-type", 3, steps("menu: [a]")),
        Case(
            "key-comment", 7,
            "scenario: s\nstates:\n  a:\n    - answer\n    - menu:\n        keys:\n          #: hangup\n          1: hangup\n        exhausted: hangup\n"
        ),
        Case("unknown-type", 2, "scenario: s\nvars: {x: {type: txt, init: a}}\nstates: {a: [log: '{x}', hangup]}\n"),
        Case("wrong-name", 2, "scenario: s\nvars: {a-b: {type: text}}\nstates: {a: [hangup]}\n"),
        Case("read-only", 2, "scenario: s\nvars: {caller: {type: text}}\nstates: {a: [hangup]}\n"),
        Case("wrong-type", 2, "scenario: s\nvars: {x: {type: int, init: a}}\nstates: {a: [log: '{x}', hangup]}\n"),
        Case("unknown-field", 2, "scenario: s\ndefaults: {menu: {long: 3s}}\nstates: {a: [hangup]}\n"),
        Case("missing-field", 3, steps("reject: {reason: x}", more: "")),
        Case("not-while-leaving", 2, "scenario: s\nhandlers: {hangup: [play: [x]]}\nstates: {a: [hangup]}\n"),
        Case("unknown-state", 3, "scenario: s\nstates: {a: [hangup]}\ntests: [{name: x, expect: {path: [b]}}]\n"),
        Case("missing-field", 3, "scenario: s\nstates: {a: [hangup]}\ntests: [{name: x}]\n"),
        Case("wrong-word", 3, "scenario: s\nstates: {a: [hangup]}\ntests: [{name: x, sweep: hangup_everwhere}]\n"),
    ]

    static let flow = [
        Case("falls-off", 3, steps("play: [x]")),
        Case("falls-off", 3, "scenario: s\nstates:\n  a: []\n"),
        Case("falls-off", 3, steps("{if: \"caller == 'x'\", then: hangup}")),
        Case("unreachable-step", 3, steps("hangup, play: [x]")),
        Case("unreachable-step", 3, steps("moh, hangup")),
        Case("unreachable-state", 4, steps("hangup", more: "  b: [hangup]\n")),
        Case("unknown-state", 3, steps("goto: b")),
        Case("missing-outcome", 3, steps("menu: {keys: {1: hangup}}")),
        Case("missing-outcome", 3, steps("record: {short: hangup}, hangup")),
        Case("exhausted-loop", 3, steps("menu: {keys: {1: hangup}, exhausted: {goto: a}}")),
        Case("endless-loop", 3, steps("goto: b", more: "  b: [play: [x], goto: a]\n")),
        Case("not-answered", 3, "scenario: s\nstates:\n  a: [play: [x], hangup]\n"),
        Case("already-answered", 3, steps("reject: 486")),
        Case("digits-overlap", 3, steps("menu: {keys: {41: hangup}, patterns: {'[45]X': hangup}, exhausted: hangup}")),
        Case("digits-prefix", 3, steps("menu: {keys: {4: hangup}, patterns: {'4X': hangup}, exhausted: hangup}")),
        Case("between-longer", 3, steps("menu: {keys: {4: hangup}, first: 2s, between: 3s, exhausted: hangup}")),
    ]

    static let data = [
        Case("undefined-variable", 3, steps("{if: x == 1, then: hangup}, hangup")),
        Case("undefined-variable", 3, steps("log: 'a {x}', hangup")),
        Case("undefined-variable", 3, steps("gather: {into: x, exhausted: hangup}, hangup")),
        Case("type-mismatch", 3, steps("{if: len(caller), then: hangup}, hangup")),
        Case("type-mismatch", 3, steps("say: {number: caller}, hangup")),
        Case("type-mismatch", 3, steps("{switch: len(caller), cases: {x: hangup}}, hangup")),
        Case("read-only", 3, steps("set: {caller: '1'}, hangup")),
        Case("never-read", 4, steps("set: {v: 1}, hangup", more: "vars: {v: {type: int}}\n")),
        Case("used-before-set", 3, steps("log: '{v}', hangup", more: "vars: {v: {type: text}}\n")),
        Case("used-before-set", 3, steps("log: '{v}', set: {v: 1}, hangup", more: "vars: {v: {type: int}}\n")),
        Case("tainted-path", 3, steps("play: [{file: '{called}.wav'}], hangup")),
        Case(
            "masked-printed", 3,
            steps("gather: {into: p, mask: true, exhausted: hangup}, log: '{p}', hangup", more: "vars: {p: {type: digits}}\n")),
        Case("open-target", 3, "scenario: s\nstates:\n  a: [redirect: {contacts: 'sip:{called}@x'}]\n"),
        Case("unknown-scenario", 3, steps("call: other, hangup")),
        Case("recursive-call", 3, steps("call: s, hangup")),
    ]

    @Test(arguments: structure + flow + data)
    func oneMistake(one: Case) {
        let findings = check(one.text).findings
        let matching = findings.filter { $0.code == one.code && $0.location.line == one.line }
        #expect(matching.count == 1, "\(findings.map(\.description).joined(separator: "\n"))")
        let others = findings.filter { $0 != matching.first }
        #expect(others.isEmpty, "\(others.map(\.description).joined(separator: "\n"))")
    }

    @Test func everythingIsFoundAtOnce() {
        let text = """
            scenario: s
            statse: 1
            states:
              a:
                - answr
                - play: [x]
                  repaet: 2
                - goto: bb
              b:
                - wait: 3
            """
        let findings = check(text).findings
        #expect(findings.map(\.location.line).contains(2))
        #expect(Set(findings.map(\.code)).isSuperset(of: ["unknown-field", "unknown-step", "unknown-state", "wrong-type", "falls-off"]))
        #expect(findings.contains { $0.mend == "did you mean answer?" })
        #expect(findings.contains { $0.mend == "did you mean repeat?" })
        #expect(findings == findings.inReadingOrder)
    }

    @Test func columnsOfExpressionsAreExact() {
        let finding = check("scenario: s\nstates:\n  a:\n    - log: \"ab {zz}\"\n    - hangup\n").findings.first
        #expect(finding?.location == SourceLocation(file: "file0.yaml", line: 4, column: 17))
    }

    @Test func warningsAloneGiveASet() {
        let (set, findings) = check("scenario: s\nstates: {a: [hangup], b: [hangup]}\n")
        #expect(findings.map(\.severity) == [.warning])
        #expect(set != nil)
    }

    private struct Few: PromptCatalogue {
        func contains(clip: String, locale: String) -> Bool { clip == "here" && locale == "en" }
        func containsMusic(_ musicClass: String) -> Bool { musicClass == "default" }
    }

    @Test func promptsAreLookedFor() {
        let text = "scenario: s\nlocales: [en, de]\nstates:\n  a:\n    - answer\n    - play: [here, gone]\n    - moh: {class: jazz}\n"
        let findings = ScenarioSet.load(files: [("f", text)], prompts: Few()).findings
        #expect(findings.map(\.code) == ["clip-by-fallback", "missing-clip", "missing-music"])
        #expect(findings.map(\.location.line) == [6, 6, 7])
    }

    @Test func callsAreChecked() {
        let callee =
            "scenario: c\ninputs: {n: {type: int}, t: {type: text, default: x}}\nresult: {ok: bool}\nstates: {a: [log: '{n}{t}', return: {ok: true}]}\n"
        func codes(_ call: String) -> [String] {
            check(
                "scenario: s\nvars: {r: {type: record, fields: {ok: bool}}, q: {type: text, init: a}}\nstates:\n  a:\n    - \(call)\n    - log: '{r.ok}{q}'\n    - hangup\n",
                callee
            )
            .findings.map(\.code).filter { $0 != "used-before-set" }
        }
        #expect(codes("{call: c, with: {n: 3}, into: r}") == [])
        #expect(codes("{call: c, into: r}") == ["missing-input"])
        #expect(codes("{call: c, with: {n: x}, into: r}") == ["type-mismatch"])
        #expect(codes("{call: c, with: {n: '{q}'}, into: r}") == ["type-mismatch"])
        #expect(codes("{call: c, with: {n: 3, tt: 4}, into: r}") == ["unknown-input"])
        #expect(codes("{call: c, with: {n: 3}, into: q}") == ["type-mismatch"])
        #expect(codes("call: d") == ["unknown-scenario"])
    }

    @Test func twoScenariosOfOneNameAreAMistake() {
        let text = "scenario: s\nstates: {a: [hangup]}\n"
        #expect(check(text, text).findings.map(\.code) == ["duplicate-scenario"])
    }

    @Test func inputsFromTextAreTyped() throws {
        let set = try clean("scenario: s\ninputs: {n: {type: int}, b: {type: bool, default: true}}\nstates: {a: [log: '{n}{b}', hangup]}\n")
        let scenario = try required(set["s"], "s")
        let place = SourceLocation(file: "c", line: 1, column: 1)
        #expect(scenario.values(from: ["n": "5"], at: place).0 == ["n": .int(5)])
        #expect(scenario.values(from: ["n": "x", "bb": "1"], at: place).1.map(\.code) == ["unknown-input", "wrong-type"])
        #expect(scenario.values(from: [:], at: place).1.map(\.code) == ["missing-input"])
    }
}
