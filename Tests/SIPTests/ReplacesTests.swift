import SIP
import Testing

@Suite struct ReplacesTests {
    /// The examples of RFC 3891 §6.1.
    @Test(arguments: [
        (
            "98732@sip.example.com\n          ;from-tag=r33th4x0r\n          ;to-tag=ff87ff", "98732@sip.example.com", "ff87ff",
            "r33th4x0r", false
        ),
        ("12adf2f34456gs5;to-tag=12345;from-tag=54321", "12adf2f34456gs5", "12345", "54321", false),
        ("87134@171.161.34.23;to-tag=24796;from-tag=0", "87134@171.161.34.23", "24796", "0", false),
        ("a<b>(c):\"d\"/[e]?{f}@h ; To-Tag = 1 ; FROM-TAG=2;early-only;x=y", "a<b>(c):\"d\"/[e]?{f}@h", "1", "2", true),
    ])
    func read(_ text: String, _ callID: String, _ toTag: String, _ fromTag: String, _ isEarlyOnly: Bool) throws {
        let expected = Replaces(callID: callID, toTag: toTag, fromTag: fromTag, isEarlyOnly: isEarlyOnly)
        #expect(try Replaces.parse(text) == expected)
        #expect(try Replaces.parse(expected.text) == expected)
        #expect(try SIPMessage.parse(retargeted(["Replaces: \(text)"])).replaces() == expected)
    }

    @Test(arguments: [
        "", "a", "a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=1;to-tag=1;from-tag=2", "a;to-tag;from-tag=2",
        "a;to-tag=\"1\";from-tag=2", "a b;to-tag=1;from-tag=2", "a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2", "a;to-tag=1/2;from-tag=2",
    ])
    func broken(_ text: String) {
        #expect(throws: SIPParseError.self) { try Replaces.parse(text) }
    }

    /// RFC 3891 §3: a request with several is invalid.
    @Test func twiceIsAnError() {
        let line = "Replaces: a;to-tag=1;from-tag=2"
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(retargeted([line, line])) }
    }
}
