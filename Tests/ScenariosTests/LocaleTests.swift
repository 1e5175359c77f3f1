import Findings
import Scenarios
import Testing

@Suite struct LocaleTests {
    private func spoken(_ call: Rehearsal) -> [String] {
        call.log.compactMap {
            if case .play(let playback) = $0 { ([playback.locale] + playback.fallback).joined(separator: "/") } else { nil }
        }
    }

    private static let outer =
        "scenario: s\nlocales: [en, de]\nstates:\n  a: [answer, play: [x], locale: de, play: [x], call: c, play: [x], locale: en, play: [x], hangup]\n"

    @Test func laterClipsAreOfTheChosenLocale() throws {
        let callee = "scenario: c\nlocales: [fr, de]\nresult: {n: int}\nstates: {b: [play: [y], return: {n: 1}]}\n"
        var call = try Rehearsal(try clean(Self.outer, callee), "s")
        call.wait(.seconds(20))
        #expect(spoken(call) == ["en/de", "de/en", "de/fr", "de/en", "en/de"])
    }

    @Test func aCalleeWithoutTheLocaleSpeaksItsOwnAndTheCallerKeepsHis() throws {
        let callee = "scenario: c\nlocales: [fr]\nresult: {n: int}\nstates: {b: [play: [y], return: {n: 1}]}\n"
        var call = try Rehearsal(try clean(Self.outer, callee), "s")
        call.wait(.seconds(20))
        #expect(spoken(call) == ["en/de", "de/en", "fr", "de/en", "en/de"])
    }

    @Test func aCalleeMayChooseForTheCall() throws {
        let set = try clean(
            "scenario: s\nlocales: [en, de]\nstates:\n  a: [answer, call: c, play: [x], hangup]\n",
            "scenario: c\nlocales: [en, de]\nresult: {n: int}\nstates: {b: [locale: de, return: {n: 1}]}\n")
        #expect(spoken(try Rehearsal(set, "s")) == ["de/en"])
    }

    @Test func theLocaleMustBeTheFiles() {
        let findings = check("scenario: s\nlocales: [en, de]\nstates:\n  a: [locale: dd, hangup]\n").findings
        #expect(findings.map(\.code) == ["unknown-locale"])
        #expect(findings.first?.mend == "did you mean de?")
    }

    private struct Half: PromptCatalogue {
        func contains(clip: String, locale: String) -> Bool { true }
        func containsMusic(_ musicClass: String) -> Bool { true }
        func missingClips(saying kind: String, locale: String) -> [String] {
            kind == "date" || locale == "de" && kind == "number" ? ["days/mon"] : []
        }
    }

    @Test func whatSayingNeedsIsLookedFor() {
        let text =
            "scenario: s\nlocales: [en, de]\nstates:\n  a:\n    - answer\n    - say: {digits: 12}\n    - say: {number: 12}\n    - play: [{say: {date: today()}}]\n    - hangup\n"
        let findings = ScenarioSet.load(files: [("f", text)], prompts: Half()).findings
        #expect(findings.map(\.code) == ["missing-say-clip", "missing-say-clip"])
        #expect(findings.map(\.severity) == [.warning, .error])
        #expect(findings.map(\.location.line) == [7, 8])
    }
}
