import SIPResolution
import Testing

@Suite struct QuestionTests {
    @Test(arguments: [
        ("Example.COM", "example.com"), ("example.com.", "example.com"), ("_sip._udp.example.com", "_sip._udp.example.com"), ("a", "a"),
        (String(repeating: "a", count: 63) + ".b", String(repeating: "a", count: 63) + ".b"),
    ])
    func asked(_ name: String, _ asked: String) {
        #expect(Question(name, .a)?.name == asked)
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".a", "a b", "a\0b", "a\\.b", "bücher.de", String(repeating: "a", count: 64),
        Array(repeating: "abcdefg", count: 32).joined(separator: ".") + "x",
    ])
    func neverAsked(_ name: String) {
        #expect(Question(name, .a) == nil)
    }
}
