import SIP
import Testing

@Suite struct SIPURITests {
    @Test(arguments: [
        "sip:alice@atlanta.com", "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone", "sip:alice;day=tuesday@atlanta.com", "sip:192.0.2.4",
        "sip:[2001:db8::9:1]:5070;lr",
        "sip:user@[2001:db8::1]", "tel:+13155551212;phone-context=example.com", "sip:a@b;maddr=[::1]",
    ])
    func readAndWrittenAgain(_ text: String) throws {
        #expect(try SIPURI.parse(text).text == text)
    }

    @Test(arguments: [
        "", ":", "sip:", "sip:@host", "sip:a b@host", "sip:a@", "sip:a@host:70000", "sip:a@[::1", "sip:a@[]", "sip:%4@host", "sip:%zz@host",
        "1sip:a",
        "sip:a@host;=x", "sip:a@host;x=", "sip:a@host?x", "sip:a@host>", "tel:", "tel:1 2", "sip:a\"@h",
    ])
    func brokenIsRefused(_ text: String) {
        #expect(throws: SIPParseError.self) { try SIPURI.parse(text) }
    }

    /// RFC 3261 §19.1.4, its own examples.
    @Test(arguments: [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ),
        ("sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
    ])
    func equivalent(_ left: String, _ right: String) throws {
        let (left, right) = (try SIPURI.parse(left), try SIPURI.parse(right))
        #expect(left.isEquivalent(to: right) && right.isEquivalent(to: left))
    }

    @Test(arguments: [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"), ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"), ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"), ("sip:a@b", "sips:a@b"),
    ])
    func different(_ left: String, _ right: String) throws {
        let (left, right) = (try SIPURI.parse(left), try SIPURI.parse(right))
        #expect(!left.isEquivalent(to: right) && !right.isEquivalent(to: left))
    }

    @Test func userIsEscapedAndUnescaped() throws {
        let uri = SIPURI(user: "a b@c:d%é", host: "h")
        #expect(uri.text == "sip:a%20b%40c%3Ad%25%C3%A9@h")
        #expect(try SIPURI.parse(uri.text).user == "a b@c:d%é")
    }

    @Test func endpointOnlyOfLiterals() throws {
        #expect(try SIPURI.parse("sip:a@192.0.2.1").endpoint == SocketEndpoint(host: "192.0.2.1", port: 5060))
        #expect(try SIPURI.parse("sip:a@[2001:db8::1]:5070").endpoint == SocketEndpoint(host: "2001:db8::1", port: 5070))
        #expect(try SIPURI.parse("sip:a@example.com").endpoint == nil)
        #expect(try SIPURI.parse("sip:a@1.2.3.256").endpoint == nil)
    }

    @Test(arguments: [
        ("sip:a@b;tag=1", "<sip:a@b>;tag=1"), ("<sip:a@b;lr>;tag=1", "<sip:a@b;lr>;tag=1"), ("A  B <sip:a@b>", "\"A B\" <sip:a@b>"),
        ("\"A \\\"B\\\"\" <sip:a@b>;x;y=\"q;r\"", "\"A \\\"B\\\"\" <sip:a@b>;x;y=\"q;r\""), ("Zoë <sip:a@b>", "\"Zoë\" <sip:a@b>"),
    ])
    func nameAddresses(_ text: String, _ written: String) throws {
        #expect(try NameAddress.parse(text).text == written)
    }
}
