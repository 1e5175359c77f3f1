import Findings
import Testing

@Suite struct FindingTests {
    private let finding = Finding.error(
        "a-code", at: SourceLocation(file: "f.yaml", line: 2, column: 4), "it is \"wrong\"", mend: "mend it")

    @Test func prints() {
        #expect(finding.description == "f.yaml:2:4: error: it is \"wrong\" [a-code]\n  mend: mend it")
    }

    @Test func printsWithACaret() {
        let text = finding.description(in: "one\n\ttwo three\n")
        #expect(text == "f.yaml:2:4: error: it is \"wrong\" [a-code]\n  \ttwo three\n  \t  ^\n  mend: mend it")
        #expect(finding.description(in: "") == finding.description)
    }

    @Test func jsonIsEscaped() {
        #expect(
            finding.json
                == "{\"severity\":\"error\",\"code\":\"a-code\",\"file\":\"f.yaml\",\"line\":2,\"column\":4,\"message\":\"it is \\\"wrong\\\"\",\"mend\":\"mend it\"}"
        )
        #expect(Finding.warning("c", at: finding.location, "a\u{1}\n").json.contains("a\\u0001\\n"))
    }

    @Test func readingOrderDropsRepeats() {
        let later = Finding.warning("b", at: SourceLocation(file: "f.yaml", line: 9, column: 1), "x")
        #expect([later, finding, later].inReadingOrder == [finding, later])
        #expect([later].hasErrors == false)
    }

    @Test(arguments: [("mneu", "menu"), ("hang_up", "hangup"), ("patern", "pattern"), ("ply", "play")])
    func nearestName(wrong: String, right: String) {
        #expect(NearestName.of(wrong, among: ["menu", "hangup", "pattern", "play", "goto"]) == right)
    }

    @Test func farNamesAreNotOffered() {
        #expect(NearestName.of("xyz", among: ["menu", "play"]) == nil)
        #expect(NearestName.of("", among: ["menu"]) == nil)
        #expect(NearestName.of("a", among: [String]()) == nil)
    }
}
