import Findings
import WebAddresses

/// All scenarios of a server, checked together; they can call each other by name.
package struct ScenarioSet: Sendable {
    private let scenarios: [String: Scenario]
    /// Where calls may be sent by what comes from outside.
    package let dialTargets: [DialTarget]
    /// The headers of an INVITE that some scenario reads, in lower case: what `CallFacts.headers` should hold.
    package let headersRead: Set<String>

    private init(scenarios: [String: Scenario], dialTargets: [DialTarget]) {
        self.scenarios = scenarios
        self.dialTargets = dialTargets
        headersRead = scenarios.values.reduce(into: []) { $0.formUnion($1.headersRead) }
    }

    package subscript(_ name: String) -> Scenario? { scenarios[name] }

    package var names: [String] { scenarios.keys.sorted() }

    /// Reads and checks all files. The set is nil when there is any error; the findings are complete either way, in the
    /// order of the files' lines.
    ///
    /// - `defaultLocale`, `defaultZone`: for files without `locales` or `zone`.
    /// - `dialTargets`: where calls may be sent by what comes from outside. `origins`: whom sound may be fetched from.
    /// - `flags`: the names that schedules may be overruled by; nil takes any.
    /// - `now`: Unix seconds, to tell whether a calendar has expired; nil does not ask.
    /// - `readFile`: gives the text of a file that stands beside a scenario file, by its path; nil when it cannot be read.
    package static func load(
        files: [(path: String, text: String)], prompts: some PromptCatalogue, defaultLocale: String = "en",
        defaultZone: CivilZone = .utc, dialTargets: [DialTarget] = [], origins: ListedOrigins = ListedOrigins(), flags: Set<String>? = nil,
        now: Int64? = nil, readFile: (String) -> String? = { _ in nil }
    ) -> (set: ScenarioSet?, findings: [Finding]) {
        withoutActuallyEscaping(readFile) { readFile in
            let surroundings = ScenarioSurroundings(
                defaultLocale: defaultLocale, defaultZone: defaultZone, dialTargets: dialTargets, origins: origins, flags: flags, now: now,
                readFile: readFile)
            return load(files: files, prompts: prompts, surroundings)
        }
    }

    private static func load(
        files: [(path: String, text: String)], prompts: some PromptCatalogue, _ surroundings: ScenarioSurroundings
    ) -> (set: ScenarioSet?, findings: [Finding]) {
        var findings: [Finding] = []
        var scenarios: [String: Scenario] = [:]
        var order: [String] = []
        for file in files {
            var reader = ScenarioReader(text: file.text, file: file.path)
            let scenario = reader.read(surroundings)
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
            findings += PromptCheck.findings(says: reader.says, locales: scenario.locales, prompts: prompts)
            if !prompts.speaks { findings += reader.spoken.map(PromptCheck.noSpeech) }
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
        return (all.hasErrors ? nil : ScenarioSet(scenarios: scenarios, dialTargets: surroundings.dialTargets), all)
    }
}

/// What a scenario file is read in the light of.
struct ScenarioSurroundings {
    var defaultLocale: String
    var defaultZone: CivilZone
    var dialTargets: [DialTarget]
    var origins: ListedOrigins
    var flags: Set<String>?
    var now: Int64?
    var readFile: (String) -> String?
}

enum PromptCheck {
    static func noSpeech(at location: SourceLocation) -> Finding {
        .error(
            "no-speech", at: location, "`speak` needs a program that speaks, and none is set",
            mend: "set `speech:` in the configuration, or record the sentence and name its clip")
    }

    /// What `say` is spoken with, which is in no file: one locale must have all of it, since a sentence is not spoken in two languages.
    static func findings(
        says: [(kind: SayKind, location: SourceLocation)], locales: [String], prompts: some PromptCatalogue
    ) -> [Finding] {
        var findings: [Finding] = []
        var known: [SayKind: [(locale: String, missing: [String])]] = [:]
        for (kind, location) in says {
            let lacking = known[kind] ?? locales.map { ($0, prompts.missingClips(saying: kind.rawValue, locale: $0)) }
            known[kind] = lacking
            let bad = lacking.filter { !$0.missing.isEmpty }
            guard let first = bad.first else { continue }
            let names = first.missing.prefix(5).joined(separator: ", ") + (first.missing.count > 5 ? ", …" : "")
            findings.append(
                Finding(
                    bad.count == lacking.count ? .error : .warning, "missing-say-clip", at: location,
                    "`say: {\(kind.rawValue): …}` in \(bad.map(\.locale).joined(separator: ", ")) lacks \(first.missing.count) clips: \(names)",
                    mend: "record them, or leave the locale out"))
        }
        return findings
    }

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
