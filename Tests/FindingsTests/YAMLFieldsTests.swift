import Findings
import Testing

@Suite struct YAMLFieldsTests {
    private enum Colour: String, CaseIterable { case red, green }

    @Test func fieldsAreReadByTypeAndTheRestIsAMistake() throws {
        let (node, _) = YAMLNode.read(text: "port: 5060\nwait: 1.5s\non: true\ncolour: green\nkeys: 012\nprot: 1\nzzz: 2\n", file: "f")
        var findings: [Finding] = []
        var fields = YAMLFields(node, what: "the listener", at: try #require(node).location, into: &findings)
        #expect(fields.int("port", in: 1...65535, into: &findings) == 5060)
        #expect(fields.duration("wait", into: &findings) == .milliseconds(1500))
        #expect(fields.bool("on", into: &findings) == true)
        #expect(fields.word("colour", of: Colour.self, into: &findings) == .green)
        #expect(fields.digits("keys", into: &findings) == "012")
        #expect(fields.text("absent", into: &findings) == nil)
        #expect(findings.isEmpty)
        fields.finish(into: &findings)
        #expect(findings.map(\.code) == ["unknown-field", "unknown-field"])
        #expect(findings[0].mend == "did you mean port?")
        #expect(findings[0].location == SourceLocation(file: "f", line: 6, column: 1))
        #expect(findings[1].mend?.contains("port, wait") == true)
    }

    @Test(arguments: ["port: 99999", "port: x", "port: [1]", "port: {a: 1}", "port:", "port: 99999999999999999999", "port: 1e3"])
    func wrongNumbersAreFindings(text: String) {
        let (node, _) = YAMLNode.read(text: text, file: "f")
        var findings: [Finding] = []
        var fields = YAMLFields(node, what: "x", at: SourceLocation(file: "f", line: 1, column: 1), into: &findings)
        #expect(fields.int("port", in: 1...65535, into: &findings) == nil)
        #expect(findings.count == 1)
    }

    @Test func aListIsNoMapping() {
        let (node, _) = YAMLNode.read(text: "- a", file: "f")
        var findings: [Finding] = []
        _ = YAMLFields(node, what: "x", at: SourceLocation(file: "f", line: 1, column: 1), into: &findings)
        #expect(findings.map(\.code) == ["wrong-type"])
    }

    @Test(arguments: [("500ms", 500), ("20s", 20_000), ("3m", 180_000), ("1h", 3_600_000), ("1.5s", 1500), ("0s", 0)])
    func durations(text: String, milliseconds: Int) {
        #expect(Duration(written: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "5", "s", "ms", "-1s", "1e9s", "1 s", "0x1s", "infs", "nans", "1..2s", "99999999999999999h", "٣s"])
    func wrongDurations(text: String) {
        #expect(Duration(written: text) == nil)
    }

    @Test func durationsAreWrittenAsTheyAreRead() {
        for text in ["500ms", "20s", "3m", "1h", "0s", "90s", "1500ms"] {
            #expect(Duration(written: text)?.written == (text == "90s" ? "90s" : text))
        }
    }
}
