import Findings

/// All scenarios of a server, checked together; they can call each other by name.
package struct ScenarioSet: Sendable {
    private let scenarios: [String: Scenario]

    package subscript(_ name: String) -> Scenario? { scenarios[name] }

    package var names: [String] { scenarios.keys.sorted() }

    /// Reads and checks all files. The set is nil when there is any error; the findings are complete either way, in the
    /// order of the files' lines. `defaultLocale` is for files without `locales`.
    package static func load(
        files: [(path: String, text: String)], prompts: some PromptCatalogue, defaultLocale: String = "en"
    ) -> (set: ScenarioSet?, findings: [Finding]) {
        var findings: [Finding] = []
        var scenarios: [String: Scenario] = [:]
        var order: [String] = []
        for file in files {
            var reader = ScenarioReader(text: file.text, file: file.path)
            let scenario = reader.read(defaultLocale: defaultLocale)
            findings += reader.findings
            guard let scenario else { continue }
            if let earlier = scenarios[scenario.name] {
                findings.append(
                    .error(
                        "duplicate-scenario", at: scenario.location,
                        "the scenario `\(scenario.name)` is already in \(earlier.location.file)", mend: "give it another name"))
                continue
            }
            findings += PromptCheck.findings(clips: reader.clips, music: reader.music, locales: scenario.locales, prompts: prompts)
            scenarios[scenario.name] = scenario
            order.append(scenario.name)
        }
        let calls = CallCheck(scenarios: scenarios, order: order)
        findings += calls.findings()
        let called = calls.called
        for name in order {
            guard let scenario = scenarios[name] else { continue }
            // A scenario with a result is made to be called, even where nothing in this set calls it.
            var flow = FlowCheck(scenario: scenario, isCalled: called.contains(name) || !scenario.result.isEmpty)
            findings += flow.check()
        }
        let all = findings.inReadingOrder
        return (all.hasErrors ? nil : ScenarioSet(scenarios: scenarios), all)
    }
}

enum PromptCheck {
    static func findings(
        clips: [(name: String, location: SourceLocation)], music: [(name: String, location: SourceLocation)], locales: [String],
        prompts: some PromptCatalogue
    ) -> [Finding] {
        var findings: [Finding] = []
        for (name, location) in clips {
            let present = locales.filter { prompts.contains(clip: name, locale: $0) }
            if present.isEmpty {
                findings.append(
                    .error(
                        "missing-clip", at: location, "there is no clip `\(name)` in \(locales.joined(separator: ", "))",
                        mend: "add prompts/\(locales.first ?? "en")/\(name).wav, or correct the name"))
            } else if present.count < locales.count {
                let missing = locales.filter { !present.contains($0) }
                findings.append(
                    .warning(
                        "clip-by-fallback", at: location, "there is no clip `\(name)` in \(missing.joined(separator: ", "))", mend: nil))
            }
        }
        for (name, location) in music where !prompts.containsMusic(name) {
            findings.append(
                .error(
                    "missing-music", at: location, "there is no music class `\(name)`",
                    mend: "add prompts/music/\(name).wav, or correct the name"))
        }
        return findings
    }
}
