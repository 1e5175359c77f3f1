import Findings
import Foundation
import Scenarios
import Testing

/// The examples of the reference are checked as they stand, and its list of codes is complete.
@Suite struct DocumentationTests {
    private func examples() throws -> [String] {
        let parts = try ProjectFiles.text("Docs/scenario-language.md").components(separatedBy: "```yaml\n").dropFirst()
        return parts.compactMap { $0.components(separatedBy: "\n```").first }
    }

    @Test func examplesAreClean() throws {
        let examples = try examples()
        #expect(examples.count >= 6)
        for example in examples {
            var text = example
            if !example.hasPrefix("scenario:") {
                // A piece of a state: stands after an answer and before another state.
                let steps = example.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
                text = """
                    scenario: piece
                    vars: {number: {type: digits, init: ""}, said: {type: recording}}
                    states:
                      main: [goto: start]
                      start:
                        - answer
                    \(steps)
                        - goto: goodbye
                      goodbye: [hangup]
                    """
            }
            let surroundings: Set = ["never-read", "used-before-set", "unreachable-step"]
            let (set, all) = ScenarioSet.load(
                files: [("example.yaml", text + "\n")], prompts: AnyPrompts(), dialTargets: [try DialTarget("sip:*@pbx.example")])
            let findings = all.filter { !surroundings.contains($0.code) }
            #expect(findings.isEmpty, "\(example)\n\(findings.map(\.description).joined(separator: "\n"))")
            #expect(set?.runTests().map(\.description) ?? [] == [], "\(example)")
        }
    }

    @Test func everyCodeThatATestKnowsIsListed() throws {
        let text = try ProjectFiles.text("Docs/scenario-language.md")
        let ofDialling = ["wrong-header", "wrong-target", "closed-target", "not-while-in-room"]
        for code in Set(
            (CheckTests.structure + CheckTests.flow + CheckTests.data).map(\.code) + ScheduleTests.mistakes.map(\.1) + ofDialling)
        {
            #expect(text.contains(code), "\(code)")
        }
    }
}
