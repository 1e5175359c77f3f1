import SIP
import Testing

@Suite struct ReferToTests {
    private func read(_ lines: String...) throws -> ReferTo? { try SIPMessage.parse(retargeted(lines)).referTo() }

    /// The examples of RFC 3515 §2.1.
    @Test(arguments: [
        ("Refer-To: sip:alice@atlanta.example.com", "sip:alice@atlanta.example.com", "INVITE"),
        ("r: <sip:bob@biloxi.example.net;method=SUBSCRIBE>", "sip:bob@biloxi.example.net", "SUBSCRIBE"),
        (
            "Refer-To: <sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
            "sip:dave@denver.example.org", "INVITE"
        ),
        ("Refer-To: <sip:carol@cleveland.example.org;method=%53UBSCRIBE>;x=y", "sip:carol@cleveland.example.org", "SUBSCRIBE"),
        ("Refer-To: \"Bob\" <tel:+15551234>", "tel:+15551234", "INVITE"),
    ])
    func read(_ line: String, _ target: String, _ method: String) throws {
        let referTo = try #require(try read(line))
        #expect(referTo.target.text == target && referTo.method.name == method)
    }

    @Test func replacesIsRead() throws {
        let referTo = try read(
            "Refer-To: <sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>")
        #expect(try referTo?.replaces() == Replaces(callID: "12345@192.168.118.3", toTag: "12345", fromTag: "5FFE-3994"))
        #expect(try read("Refer-To: <sip:a@b?Subject=x>")?.replaces() == nil)
    }

    @Test(arguments: [
        "<sip:a@b?Replaces=c>", "<sip:a@b?Replaces=>",
        "<sip:a@b?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "<sip:a@b?Replaces=c%0D%0AVia:x%3Bto-tag%3D1%3Bfrom-tag%3D2>",
    ])
    func brokenReplaces(_ value: String) throws {
        let referTo = try #require(try read("Refer-To: \(value)"))
        #expect(throws: SIPParseError.self) { try referTo.replaces() }
    }

    @Test(arguments: ["", "x", "<sip:a@b", "<sip:a@b>, <sip:c@d>", "sip:a@b?Replaces=c"])
    func broken(_ value: String) {
        #expect(throws: SIPParseError.self) { try read("Refer-To: \(value)") }
    }

    /// RFC 3515 §2.4.1: anything but one value is 400.
    @Test func oneOnly() throws {
        #expect(throws: SIPParseError.self) { try read("Refer-To: <sip:a@b>", "r: <sip:a@b>") }
        #expect(try read() == nil)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let replaces = Replaces(callID: "a<b>(c)%:\"d\"/[e]?{f}@h", toTag: "1'", fromTag: "2`~", isEarlyOnly: true)
        let referTo = ReferTo(target: try SIPURI.parse("sip:1001@example.com;transport=tcp"), replaces: replaces)
        let again = try #require(try read("Refer-To: \(referTo.text)"))
        #expect(try again == referTo && again.replaces() == replaces && again.target.text == "sip:1001@example.com;transport=tcp")
        #expect(ReferTo(target: SIPURI(user: "1", host: "h")).text == "<sip:1@h>")
        let plain = ReferTo(target: SIPURI(user: "1", host: "h"), replaces: Replaces(callID: "a@b", toTag: "1", fromTag: "2"))
        #expect(plain.text == "<sip:1@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>")
    }

    @Test(arguments: [("false", true), ("FALSE ;x=y", true), ("true", false), ("", false), ("falsetto", false)])
    func referSub(_ value: String, _ declines: Bool) throws {
        #expect(try SIPMessage.parse(retargeted(["Refer-Sub: \(value)"])).declinesReferSubscription == declines)
        #expect(try !SIPMessage.parse(retargeted([])).declinesReferSubscription)
    }
}
