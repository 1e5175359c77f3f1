import CallControl
import Testing

@Suite struct DialPatternTests {
    @Test(arguments: [
        ("100", "100"), ("moh", "MoH"), ("3XXX", "3999"), ("Z", "1"), ("N1", "21"), ("[45]0", "50"), ("[4-6a-c]", "b"), ("[4-6a-c]", "6"),
        ("00.", "00x"), ("00.", "0049 30"), ("*97", "*97"), ("vm-{box:1XXX}", "vm-1234"), ("[-5]", "-"),
    ])
    func matches(pattern: String, dialled: String) throws {
        #expect(try DialPattern(pattern).match(dialled) != nil)
    }

    @Test(arguments: [
        ("100", "1000"), ("100", "10"), ("100", ""), ("3XXX", "3a99"), ("3XXX", "30٣0"), ("Z", "0"), ("N", "1"), ("[45]0", "60"),
        ("00.", "00"), ("*97", "97"), ("vm-{box:1XXX}", "vm-2234"), ("X", "é"),
    ])
    func doesNotMatch(pattern: String, dialled: String) throws {
        #expect(try DialPattern(pattern).match(dialled) == nil)
    }

    @Test func namedParts() throws {
        let pattern = try DialPattern("{kind:[ab]}-{box:1XX}{rest:.}")
        #expect(pattern.partNames == ["kind", "box", "rest"])
        #expect(pattern.match("b-123 and more") == ["kind": "b", "box": "123", "rest": " and more"])
        #expect(pattern.match("b-123") == nil, "`.` wants at least one sign")
        #expect(try DialPattern("{all:X.}").match("12345") == ["all": "12345"])
        #expect(try DialPattern("{all:XX.}").match("12") == nil)
    }

    @Test(arguments: [
        ("", "empty"), ("1.2", "only at the end"), ("..", "only at the end"), ("[12", "no `]`"),
        ("[]", "matches nothing"),
        ("[9-1]", "backwards"),
        ("{a:1", "no `}`"), ("{a:{b:1}}", "inside"), ("{1}", "{name:pattern}"), ("{:1}", "no name"), ("{a b:1}", "no name"),
        ("{a:}", "closes nothing"), ("1}", "closes nothing"), ("{a:1}{a:2}", "two parts"), ("{a:.}1", "only at the end"),
        (String(repeating: "1", count: 129), "longer"),
    ])
    func mistakesAreNamed(pattern: String, words: String) {
        let mistake = #expect(throws: DialPattern.Mistake.self) { try DialPattern(pattern) }
        #expect(mistake?.description.contains(words) == true, "\(mistake?.description ?? "")")
    }

    @Test func anythingMayBeDialled() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anythingMayBeDialled seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let signs: [Character] = ["0", "9", "X", "Z", "N", ".", "[", "]", "{", "}", ":", "-", "a", "İ", "é", "👩‍👩‍👧", "\u{0}"]
        for _ in 0..<3_000 {
            let text = String((0..<Int.random(in: 0...8, using: &random)).map { _ in signs.randomElement(using: &random) ?? "0" })
            let dialled = String((0..<Int.random(in: 0...8, using: &random)).map { _ in signs.randomElement(using: &random) ?? "0" })
            guard let pattern = try? DialPattern(text), let parts = pattern.match(dialled) else { continue }
            #expect(Set(parts.keys) == Set(pattern.partNames) && parts.values.allSatisfy { !$0.isEmpty && dialled.contains($0) })
        }
    }
}
