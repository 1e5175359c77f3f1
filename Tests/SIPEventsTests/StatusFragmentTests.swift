import SIP
import SIPEvents
import Testing

@Suite struct StatusFragmentTests {
    private func body(_ text: String, _ type: String = "message/sipfrag;version=2.0") -> Body {
        Body(contentType: type, bytes: Array(text.utf8))
    }

    @Test func written() throws {
        #expect(StatusFragment(.trying).body == body("SIP/2.0 100 Trying\r\n"))
        #expect(StatusFragment(.ringing).body == body("SIP/2.0 180 Ringing\r\n"))
        #expect(StatusFragment(.busyHere, reason: "Not\r\nnow\u{7F}").body == body("SIP/2.0 486 Not  now \r\n"))
        #expect(StatusFragment(try #require(StatusCode(603))).body == body("SIP/2.0 603 Decline\r\n"))
    }

    @Test(arguments: [
        ("SIP/2.0 100 Trying\r\n", 100, "Trying"), ("SIP/2.0 200 OK", 200, "OK"), ("sip/2.0 486 Busy Here\nX: y", 486, "Busy Here"),
        ("SIP/2.0 503 ", 503, ""), ("SIP/2.0 503", 503, ""), ("SIP/2.0 200 OK\r\nContact: <sip:a@b>\r\n\r\n", 200, "OK"),
        ("SIP/2.0 699 \u{FFFD}", 699, "\u{FFFD}"),
    ])
    func read(_ text: String, _ status: Int, _ reason: String) throws {
        let fragment = try #require(StatusFragment(body(text)))
        #expect(fragment.status.code == status && fragment.reason == reason)
        #expect(StatusFragment(fragment.body) == fragment)
    }

    @Test(arguments: [
        "", "\r\n", "SIP/2.0", "SIP/2.0 ", "SIP/2.0 20 OK", "SIP/2.0 2000 OK", "SIP/2.0 +20 OK", "SIP/2.0 099 X", "SIP/2.0 700 X",
        "SIP/3.0 200 OK", "INVITE sip:a@b SIP/2.0", "200 OK", "\r\nSIP/2.0 200 OK",
    ])
    func broken(_ text: String) {
        #expect(StatusFragment(body(text)) == nil)
    }

    @Test(arguments: [
        ("message/sipfrag", true), ("Message / SIPfrag ; version=2.0", true), ("message/sip", false), ("application/sdp", false),
        ("", false),
    ])
    func mediaTypes(_ type: String, _ isRead: Bool) {
        #expect((StatusFragment(body("SIP/2.0 200 OK", type)) != nil) == isRead)
    }
}
