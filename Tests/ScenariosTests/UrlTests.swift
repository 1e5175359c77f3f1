import Findings
import Scenarios
import Testing
import WebAddresses

/// `url`: sound that is fetched.
@Suite struct UrlTests {
    private static let listed = ListedOrigins(["media.example", "http://10.0.0.5:8080"].compactMap { WebOrigin(written: $0) })

    private func load(_ step: String, vars: String = "", origins: ListedOrigins = listed) -> (set: ScenarioSet?, findings: [Finding]) {
        let text = "scenario: s\n\(vars)states:\n  a:\n    - answer\n    - \(step)\n    - hangup\n"
        return ScenarioSet.load(files: [("s.yaml", text)], prompts: AnyPrompts(), origins: origins)
    }

    private func heard(_ step: String, vars: String = "", caller: String = "alice") throws -> [PromptItem] {
        let (set, findings) = load(step, vars: vars)
        return try Rehearsal(required(set, findings.map(\.description).joined(separator: "\n")), "s", caller: caller).heard
    }

    @Test func anAddressIsPlayedWithItsValues() throws {
        #expect(
            try heard("play: [welcome, {url: https://media.example/a.wav}]") == [.clip("welcome"), .url("https://media.example/a.wav")])
        let vars = "vars: {name: {type: text, init: Ann}, count: {type: int, init: 7}}\n"
        #expect(
            try heard("play: [{url: \"http://10.0.0.5:8080/{name}/{count}.wav?a=b\"}]", vars: vars)
                == [.url("http://10.0.0.5:8080/Ann/7.wav?a=b")])
    }

    /// What a caller's telephone sends is one part of the path, whatever is in it; what names the host is left as it is.
    @Test func valuesCannotLeadElsewhere() throws {
        #expect(
            try heard("play: [{url: \"https://media.example/{caller}.wav?q={caller}\"}]", caller: "../b?c#d@e/f&g=h%2e")
                == [.url("https://media.example/..%2Fb%3Fc%23d%40e%2Ff%26g%3Dh%252e.wav?q=..%2Fb%3Fc%23d%40e%2Ff%26g%3Dh%252e")])
        let vars = "vars: {base: {type: text, init: \"https://media.example/x/\"}, part: {type: text, init: a/b}}\n"
        #expect(try heard("play: [{url: \"{base}{part}\"}]", vars: vars) == [.url("https://media.example/x/a%2Fb")])
        #expect(try heard("play: [{url: \"{base}\"}]", vars: vars) == [.url("https://media.example/x/")])
    }

    @Test(arguments: [
        ("https://media.example/a", ""), ("https://media.example:443/a", ""), ("HTTPS://Media.Example/a", ""), ("http://10.0.0.5:8080", ""),
        ("https://evil.example/a", "closed-host"), ("http://media.example/a", "closed-host"),
        ("https://media.example:444/a", "closed-host"),
        ("https://127.0.0.1/a", "closed-host"), ("http://localhost/a", "closed-host"),
        ("https://media.example.evil.example/", "closed-host"),
        ("ftp://media.example/a", "wrong-address"), ("/a.wav", "wrong-address"), ("https://u@media.example/", "wrong-address"),
        ("https://media.example/../a", "wrong-address"), ("\\\"\\\"", "wrong-address"),
        // The host is written out, the rest is the caller's.
        ("https://media.example/{caller}", ""), ("https://evil.example/{caller}", "closed-host"), ("http://10.0.0.5:8080?{caller}", ""),
        // The caller has a part in it: it can fit, or cannot.
        ("https://{caller}/a", ""), ("{caller}", ""), ("https://media.{caller}", ""), ("https://evil.{caller}", "closed-host"),
        ("https://media.example.{caller}/", "closed-host"), ("ftp://{caller}", "closed-host"),
        ("https://media.example@{caller}/", "closed-host"),
    ])
    func theCheckKnowsWhoIsListed(address: String, code: String) {
        #expect(load("play: [{url: \"\(address)\"}]").findings.map(\.code).joined() == code)
        let withoutHosts = load("play: [{url: \"\(address)\"}]", origins: ListedOrigins()).findings.map(\.code)
        #expect(withoutHosts == [code == "wrong-address" ? code : "closed-host"], "nothing is fetched unless it is listed")
    }

    @Test func theFindingSaysWhere() throws {
        let found = try required(load("play: [{url: https://evil.example/a}]").findings.first, "a finding")
        #expect(found.location == SourceLocation(file: "s.yaml", line: 5, column: 20) && found.severity == .error)
        #expect(found.message.contains("https://evil.example/a") && found.mend?.contains("http: {hosts:") == true)
    }

    @Test(arguments: [
        ("play: [{url: [a]}]", "wrong-type"), ("play: [{url: \"https://media.example/{nobody}\"}]", "undefined-variable"),
        ("play: [{url: https://media.example/a, for: 3s}]", "unknown-field"),
        ("dial: {to: [\"sip:1@pbx.example\"], confirm: {key: 1, prompt: [{url: https://media.example/a}]}, else: hangup}", "not-yet"),
    ])
    func mistakesAreFound(step: String, code: String) {
        let codes = load(step).findings.map(\.code)
        #expect(codes.contains(code), "\(codes)")
    }

    @Test func aPINIsNotSent() {
        let steps =
            "gather: {prompt: [a], max: 4, into: pin, mask: true, else: hangup}\n    - play: [{url: \"https://media.example/{pin}\"}]"
        let codes = load(steps, vars: "vars: {pin: {type: digits}}\n").findings.map(\.code)
        #expect(codes.contains("masked-printed"), "\(codes)")
    }

    @Test func aTestNamesWhatIsHeard() throws {
        let test = "tests:\n  - {name: t, expect: {heard: [{url: https://media.example/a}]}}\n"
        let text = "scenario: s\nstates:\n  a: [answer, play: [{url: https://media.example/a}], hangup]\n" + test
        let (set, findings) = ScenarioSet.load(files: [("s.yaml", text)], prompts: AnyPrompts(), origins: Self.listed)
        #expect(set != nil && findings.isEmpty, "\(findings)")
    }
}
