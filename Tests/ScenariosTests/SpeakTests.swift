import Findings
import Scenarios
import Testing

/// `speak`: texts that nobody has recorded.
@Suite struct SpeakTests {
    private struct Mute: PromptCatalogue {
        func contains(clip: String, locale: String) -> Bool { true }
        func containsMusic(_ musicClass: String) -> Bool { true }
    }

    /// The codes of what is found in one step.
    private func found(_ step: String, prompts: some PromptCatalogue = AnyPrompts()) -> [String] {
        let text = "scenario: s\nstates:\n  a:\n    - answer\n    - \(step)\n    - hangup\n"
        return ScenarioSet.load(files: [("s.yaml", text)], prompts: prompts).findings.map(\.code)
    }

    @Test func aTextIsSpokenWithItsValues() throws {
        let set = try clean(
            """
            scenario: s
            vars: {name: {type: text, init: Ann}, count: {type: int, init: 7}}
            states:
              a: [answer, play: [welcome, {speak: "Hello, {name}; it is {count} o'clock"}], hangup]
            """)
        let call = try Rehearsal(set, "s")
        #expect(call.heard == [.clip("welcome"), .speech("Hello, Ann; it is 7 o'clock")])
    }

    @Test func withoutAProgramTheCheckRefusesIt() {
        #expect(found("play: [{speak: Hello}]", prompts: Mute()) == ["no-speech"])
        #expect(found("play: [welcome]", prompts: Mute()) == [])
    }

    @Test(arguments: [
        ("{speak: \"\"}", "missing-field"), ("{speak: \" \"}", "missing-field"), ("{speak: \"{nobody}\"}", "undefined-variable"),
        ("{speak: [a]}", "wrong-type"), ("{speak: a, for: 3s}", "unknown-field"), ("{speech: a}", "unknown-field"),
    ])
    func mistakesAreFound(prompt: String, code: String) {
        let codes = found("play: [\(prompt)]")
        #expect(codes.contains(code), "\(codes)")
    }

    @Test func whoeverIsCalledIsNotMadeToWait() {
        let codes = found("dial: {to: [\"sip:1@pbx.example\"], confirm: {key: 1, prompt: [{speak: hello}]}, else: hangup}")
        #expect(codes.contains("not-yet"), "\(codes)")
    }
}
