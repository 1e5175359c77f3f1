import Findings
import Testing

@Suite struct YAMLNodeTests {
    private func codes(_ text: String) -> [String] {
        YAMLNode.read(text: text, file: "f").1.map(\.code)
    }

    @Test func scalarsKeepTheirTextAndPlace() throws {
        let (node, findings) = YAMLNode.read(text: "a: 012\nb: [no, \"1\", 'x']\n", file: "f.yaml")
        let pairs = try #require(node?.pairs)
        #expect(findings.isEmpty)
        #expect(pairs.map(\.key) == ["a", "b"])
        #expect(pairs[0].value.scalar == "012")
        let items = try #require(pairs[1].value.items)
        #expect(items.map(\.scalar) == ["no", "1", "x"])
        #expect(items.map(\.isQuoted) == [false, true, true])
        #expect(items[1].location == SourceLocation(file: "f.yaml", line: 2, column: 9))
        #expect(pairs[1].keyLocation == SourceLocation(file: "f.yaml", line: 2, column: 1))
    }

    @Test func everyDuplicateKeyIsFoundWhereverItStands() {
        let text = "a: 1\nb: {x: 1, x: 2}\n\"1\": c\n1: d\na: 2\nc:\n  - {y: 1, z: 2, y: 3}\n"
        let (node, findings) = YAMLNode.read(text: text, file: "f")
        #expect(findings.map(\.code) == Array(repeating: "duplicate-key", count: 4))
        #expect(Set(findings.map(\.location.line)) == [2, 4, 5, 7])
        #expect(findings.contains { $0.message.contains("`a`") && $0.message.contains("line 1") })
        #expect(node?.pairs?.map(\.key) == ["a", "b", "1", "c"])
    }

    @Test(arguments: [
        ("a: *b", "yaml-alias", 4), ("*6: x", "yaml-alias", 1), ("a: &b c", "yaml-anchor", 4), ("a: !t c", "yaml-tag", 4),
        ("[&a x]", "yaml-anchor", 2),
        ("<<: x", "yaml-merge", 1), ("- *x", "yaml-alias", 3), ("{a: 'it''s', b: *c}", "yaml-alias", 17),
    ])
    func trapsAreRefusedWithTheirPlace(text: String, code: String, column: Int) {
        let (node, findings) = YAMLNode.read(text: text, file: "f")
        #expect(node == nil)
        #expect(findings.map(\.code) == [code])
        #expect(findings.first?.location.column == column)
    }

    @Test(arguments: [
        "a: \"*b\"", "a: x*y & z!", "a: 1 # *b &c", "- k: |\n    *b\n  l: 1", "a: |\n  *b\n  &c\nd: 1", "a: 'x\n  *y'", "a: b # *c",
        "- >\n *x\n",
    ])
    func harmlessTextIsNoTrap(text: String) {
        let (node, findings) = YAMLNode.read(text: text, file: "f")
        #expect(node != nil)
        #expect(findings.isEmpty)
    }

    @Test func syntaxErrorsHaveAPlace() {
        let (node, findings) = YAMLNode.read(text: "a: 1\nb: [1, 2\nc: 3\n", file: "f")
        #expect(node == nil)
        #expect(findings.map(\.code) == ["yaml-syntax"])
        #expect((findings.first?.location.line ?? 0) >= 2)
    }

    @Test func depthAndSizeAreBounded() {
        #expect(codes(String(repeating: "[", count: 100_000)) == ["yaml-depth"])
        #expect(codes(String(repeating: "- ", count: 100_000)).contains { $0 == "yaml-depth" || $0 == "yaml-syntax" })
        let blocks = (0..<100).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(codes(blocks).contains("yaml-depth"))
        #expect(codes(String(repeating: "a", count: YAMLNode.sizeLimit + 1)) == ["yaml-size"])
    }

    @Test(arguments: [
        "", "# only this", "a: 1\n---\nb: 2", "a: \u{0}", "\t- x", "? [a, b]\n: c", "a: b: c", "%YAML 9.9\n---\na", "\u{FEFF}a: 1",
    ])
    func oddTextNeverTraps(text: String) {
        let (node, findings) = YAMLNode.read(text: text, file: "f")
        #expect(node != nil || findings.hasErrors)
    }

    @Test func mutatedTextNeverTraps() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let start = Array("a: [1, {b: 'c', \"d\": *e}]\n- &x |\n  text\n? k\n: v # c\n<<: !t {}\n".unicodeScalars)
        let spice = Array("[]{}:,#&*!|>'\"%@`\n\t -?\\\u{0}\u{FEFF}é".unicodeScalars)
        for _ in 0..<2000 {
            var text = start
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                if Bool.random(using: &random) { text[index] = spice.randomElement(using: &random) ?? " " } else { text.remove(at: index) }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text)
            let (node, findings) = YAMLNode.read(text: String(view), file: "f")
            #expect(node != nil || findings.hasErrors, "seed \(seed): \(String(view).debugDescription)")
        }
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
