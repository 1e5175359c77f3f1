import Findings
import Scenarios
import Testing

@Suite struct LookupTests {
    static let head = """
        scenario: s
        vars: {ext: {type: digits, init: ""}, party: {type: record, fields: {uri: text, box: digits}}}
        tables:
          people: {csv: sub/people.csv, key: ext, fields: {uri: text, box: digits}}
        states:
          a:
            - answer
            - gather: {min: 1, max: 3, into: ext, retries: 0, mask: true, exhausted: hangup}

        """
    static let steps = """
            - lookup: {table: people, key: ext, into: party, guard: pin, missing: [{log: missing}, {goto: a}]}
            - log: "found {party.uri} {party.box}"
            - hangup

        """
    static let csv = "ext,uri,box,other\n412,\"sip:anna@pbx.example\",700,x\n 413 , sip:bert@pbx.example ,701,\n"

    static func load(_ text: String, csv: String? = csv) -> (set: ScenarioSet?, findings: [Finding]) {
        ScenarioSet.load(files: [("dir/s.yaml", text)], prompts: AnyPrompts()) { $0 == "dir/sub/people.csv" ? csv : nil }
    }

    private func call(_ steps: String = steps) throws -> Rehearsal {
        let (set, findings) = Self.load(Self.head + steps)
        #expect(findings.map(\.description) == [])
        return try Rehearsal(try required(set, "set"), "s")
    }

    @Test func rowsAreFoundByKey() throws {
        for (key, line) in [("412", "found sip:anna@pbx.example 700"), ("413", "found sip:bert@pbx.example 701")] {
            var call = try call()
            call.press(key)
            #expect(call.log.contains(.log(line)))
            #expect(call.log.last == .hangUp(cause: nil))
        }
        var call = try call()
        call.press("999")
        #expect(call.log.contains(.log("missing")))
        #expect(call.path == ["a", "a"])
    }

    @Test func theGuardShutsAfterThreeWrongKeys() throws {
        var call = try call()
        for _ in 0..<3 { call.press("999") }
        call.press("412")
        #expect(!call.log.contains { if case .log(let text) = $0 { text.hasPrefix("found") } else { false } })
        #expect(call.log.contains(.log("too many wrong keys for `pin`")))
        #expect(call.path.count == 5)
    }

    @Test func keysOfOtherLookupsDoNotCount() throws {
        var call = try call(Self.steps.replacing(", guard: pin", with: ""))
        for _ in 0..<3 { call.press("999") }
        call.press("412")
        #expect(call.log.contains(.log("found sip:anna@pbx.example 700")))
    }

    @Test func rowsMayBeWrittenOut() throws {
        let set = try clean(
            "scenario: s\nvars: {r: {type: record, fields: {name: text}}}\ntables:\n  t: {rows: {012: {name: Anna, n: 4}, b: {name: Bert, n: 5}}, fields: {name: text, n: int}}\nstates:\n  a:\n    - lookup: {table: t, key: \"'012'\", into: r, missing: hangup}\n    - log: '{r.name}'\n    - lookup: {table: t, key: '{caller}', into: r, found: {log: 'is {r.name}'}, else: {log: nobody}}\n    - hangup\n"
        )
        #expect(
            try Rehearsal(set, "s", caller: "b").log.filter { if case .log = $0 { true } else { false } } == [
                .log("Anna"), .log("is Bert"),
            ])
        #expect(try Rehearsal(set, "s", caller: "c").log.contains(.log("nobody")))
    }

    @Test(arguments: [
        ("", "csv-syntax", 1), ("ext,uri\n1,2\n", "missing-column", 1), ("ext;uri;box\n", "missing-column", 1),
        ("ext,uri,box,uri\n", "duplicate-key", 1), ("ext,uri,box\n1,a,2\n2,b,3\n1,c,4\n", "duplicate-key", 4),
        ("ext,uri,box\n1,a,x2\n", "wrong-type", 2), ("ext,uri,box\n1,a\n", "csv-syntax", 2), ("ext,uri,box\n\"1,a,2\n", "csv-syntax", 2),
        ("ext,uri,box\n" + (0..<10_001).map { "\($0),a,1\n" }.joined(), "file-size", 10_002),
    ])
    func mistakesInTheFile(csv: String, code: String, line: Int) {
        let (set, findings) = Self.load(Self.head + Self.steps, csv: csv)
        #expect(set == nil)
        #expect(
            findings.contains { $0.code == code && $0.location == SourceLocation(file: "dir/sub/people.csv", line: line, column: 1) },
            "\(findings.map(\.description).prefix(5))")
        #expect(findings.allSatisfy { $0.location.file == "dir/sub/people.csv" }, "\(findings.map(\.description).prefix(5))")
    }

    @Test func tenThousandRowsAreRead() throws {
        let (set, findings) = Self.load(Self.head + Self.steps, csv: "ext,uri,box\n" + (0..<10_000).map { "\($0),a,1\n" }.joined())
        #expect(findings.isEmpty)
        #expect(set?["s"]?.tables["people"]?.rows.count == 10_000)
    }

    @Test(arguments: [("sub/people.csv", "../people.csv"), ("sub/people.csv", "/etc/passwd"), ("sub/people.csv", "sub//people.csv")])
    func pathsStayBelowTheFolder(from: String, to: String) {
        let findings = Self.load((Self.head + Self.steps).replacing(from, with: to)).findings
        #expect(findings.map(\.code) == ["wrong-path"], "\(findings)")
    }

    @Test(arguments: [
        ("table: people", "table: poeple", "unknown-table"), ("table: people, ", "", "missing-field"),
        ("key: ext, into", "into", "missing-field"),
        ("into: party", "into: ext", "type-mismatch"), ("into: party", "into: nobody", "undefined-variable"),
        ("missing: [{log: missing}, {goto: a}]", "found: {log: x}", "missing-outcome"), (", mask: true", "", "pin-unmasked"),
        ("csv: sub/people.csv", "csv: sub/none.csv", "unreadable-file"), ("key: ext, fields", "fields", "missing-field"),
        ("{uri: text, box: digits}}\n", "{uri: txt, box: digits}}\n", "unknown-type"),
        ("csv: sub/people.csv, key: ext, ", "", "missing-field"),
    ])
    func mistakesInTheScenario(from: String, to: String, code: String) {
        let findings = Self.load((Self.head + Self.steps).replacing(from, with: to)).findings
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.description))")
    }
}
