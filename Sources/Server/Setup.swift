import CallControl
import Credentials
import Crypto
import Findings
import Prompts
import Scenarios
import Speech
import WebAddresses

/// Configuration, scenarios and prompts, read and checked together: what `check` reports on and `serve` starts from.
package struct Setup: Sendable {
    package var configuration: Configuration
    package var scenarios: ScenarioSet
    package var prompts: PromptLibrary
    /// Nil where nothing is fetched.
    package var webSounds: WebSounds?
    /// Names the set of scenario files by its content, for logs and call records.
    package var scenarioVersion: String

    /// Reads everything that `configuration` names. The set-up is nil when there are errors; `texts` has what each finding points into.
    package static func load(_ configuration: Configuration) -> (setup: Setup?, findings: [Finding], texts: [String: String]) {
        var findings: [Finding] = []
        let webSounds = configuration.web.flatMap { $0.client.origins.isEmpty ? nil : WebSounds($0) }
        let (prompts, failures) = PromptLibrary.read(
            folder: configuration.prompts, loudness: configuration.promptsLoudness, speech: configuration.speech.map { SpokenText($0) },
            fetcher: webSounds?.fetcher)
        for failure in failures {
            findings.append(
                .error(
                    failure.kind == .alreadyExists ? "duplicate-prompt" : "unreadable-prompt",
                    at: SourceLocation(file: failure.path, line: 1, column: 1), failure.problem, mend: failure.remedy))
        }
        if prompts.clipCount == 0, failures.isEmpty {
            findings.append(
                .error(
                    "no-prompts", at: SourceLocation(file: configuration.prompts, line: 1, column: 1), "there is no prompt in this folder",
                    mend: "start in the folder that holds `prompts`, or set `prompts:` in the configuration"))
        }

        var files: [(path: String, text: String)] = []
        for name in FolderListing.files(under: configuration.scenarios, ending: ".yaml") {
            let path = configuration.scenarios + "/" + name
            if let text = TextFile.read(path) {
                files.append((path, text))
            } else {
                findings.append(
                    .error("unreadable", at: SourceLocation(file: path, line: 1, column: 1), "cannot be read: \(TextFile.failure)"))
            }
        }
        if files.isEmpty {
            findings.append(
                .error(
                    "no-scenarios", at: SourceLocation(file: configuration.scenarios, line: 1, column: 1),
                    "there is no scenario in this folder",
                    mend: "start in the folder that holds `scenarios`, or set `scenarios:` in the configuration"))
        }
        let (set, scenarioFindings) = ScenarioSet.load(
            files: files, prompts: prompts, dialTargets: configuration.dialTargets,
            origins: configuration.web?.client.origins ?? ListedOrigins(),
            now: UnixTime.now().seconds, readFile: { TextFile.read($0) })
        findings += scenarioFindings
        if let set { findings += check(configuration, against: set) }

        let texts = Dictionary(files.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        guard let set, !findings.hasErrors else { return (nil, findings.inReadingOrder, texts) }
        let setup = Setup(
            configuration: configuration, scenarios: set, prompts: prompts, webSounds: webSounds, scenarioVersion: version(of: files))
        return (setup, findings.inReadingOrder, texts)
    }

    /// Every route leads to a scenario that takes what it hands over.
    private static func check(_ configuration: Configuration, against set: ScenarioSet) -> [Finding] {
        var findings: [Finding] = []
        for (index, route) in configuration.routes.enumerated() {
            let location =
                index < configuration.routeLocations.count
                ? configuration.routeLocations[index]
                : SourceLocation(file: "(embedded route \(route.pattern))", line: 1, column: 1)
            guard let scenario = set[route.scenario] else {
                let nearest = NearestName.of(route.scenario, among: set.names)
                findings.append(
                    .error(
                        "unknown-scenario", at: location,
                        "the route `\(route.pattern)` names the scenario `\(route.scenario)`, which is not there",
                        mend: nearest.map { "did you mean \($0)?" } ?? "the scenarios are: \(set.names.sorted().joined(separator: ", "))"))
                continue
            }
            // A named part may be anything that its pattern matches, so only what is written out can be checked here.
            let written = route.inputs.filter { !$0.value.contains("{") }
            let (_, inputFindings) = scenario.values(from: written, at: location)
            let handedOver = route.inputNames
            findings += inputFindings.filter { finding in
                finding.code != "missing-input" || !handedOver.contains { finding.message.contains("`\($0)`") }
            }
        }
        return findings
    }

    private static func version(of files: [(path: String, text: String)]) -> String {
        var hash = SHA256()
        for file in files.sorted(by: { $0.path < $1.path }) {
            hash.update(data: Array(file.path.utf8) + [0] + Array(file.text.utf8) + [0])
        }
        return hash.finalize().prefix(6).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension PromptLibrary: PromptCatalogue {}
