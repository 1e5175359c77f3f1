import Testing

@testable import Scenarios

@Suite struct DialTargetTests {
    @Test(arguments: [
        ("sip:[1-9]XX@pbx.example", "sip:412@pbx.example", true), ("sip:[1-9]XX@pbx.example", "SIP:412@PBX.example", true),
        ("sip:[1-9]XX@pbx.example", "sip:012@pbx.example", false), ("sip:[1-9]XX@pbx.example", "sip:4123@pbx.example", false),
        ("sip:[1-9]XX@pbx.example", "sip:412@pbxyexample", false), ("sip:[1-9]XX@pbx.example", "sip:412@pbx.example;x=y", false),
        ("sip:[1-9]XX@pbx.example", "sips:412@pbx.example", false), ("sip:[1-9]XX@pbx.example", "sip:412@pbx.example.evil.example", false),
        ("sip:*@pbx.example", "sip:anna.b+1@pbx.example", true), ("sip:*@pbx.example", "sip:@pbx.example", false),
        ("sip:*@pbx.example", "sip:a@evil.example;x=@pbx.example", false), ("sip:*@pbx.example", "sip:a%40b@pbx.example", false),
        ("sip:*@pbx.example", "sip:a@b@pbx.example", false), ("sip:*@pbx.example", "sip:a:pw@pbx.example", false),
        ("sip:9*@pbx.example:5070", "sip:900@pbx.example:5070", true), ("sip:9*@pbx.example", "sip:9@pbx.example", false),
        ("sip:NZX@h", "sip:219@h", true), ("sip:NZX@h", "sip:119@h", false), ("sip:pbx.example", "sip:pbx.example", true),
        ("tel:+49X*", "tel:+4930123456", true), ("tel:+49X*", "tel:+4830123456", false), ("sip:[ab]1@h", "sip:b1@h", true),
    ])
    func matching(pattern: String, address: String, fits: Bool) throws {
        #expect(try DialTarget(pattern).matches(address) == fits)
    }

    @Test(arguments: [
        "", "412@pbx.example", "http://x", "sip:", "sip:[@h", "sip:[]@h", "sip:[9-1]@h", "sip:*1@h", "sip:a@",
        "sip:" + String(repeating: "1", count: 300),
    ])
    func mistakes(pattern: String) {
        #expect(throws: DialTarget.Mistake.self) { try DialTarget(pattern) }
    }

    @Test func longAddressesAreRefusedQuickly() throws {
        #expect(try !DialTarget("sip:*@h").matches("sip:" + String(repeating: "1", count: 100_000) + "@h"))
    }

    /// What is made by a template fits only if the template could have been found to fit.
    @Test func whatMatchesCanMatch() throws {
        let pattern = try DialTarget("sip:[1-9]X*@pbx.example")
        func pieces(_ parts: String?...) -> [DialTarget.Piece] {
            parts.flatMap { $0.map { $0.map { .literal($0) } } ?? [.anything] }
        }
        #expect(pattern.canMatch(pieces("sip:", nil, "@pbx.example")))
        #expect(pattern.canMatch(pieces(nil)))
        #expect(pattern.canMatch(pieces("sip:4", nil)))
        #expect(pattern.canMatch(pieces("sip:", nil, nil, "1@pbx.example")))
        #expect(!pattern.canMatch(pieces("sip:0", nil, "@pbx.example")))
        #expect(!pattern.canMatch(pieces("sip:", nil, "@other.example")))
        #expect(!pattern.canMatch(pieces("tel:", nil)))
    }
}
