import SIP
import Testing

@Suite struct SIPURIVoicemailTests {
    @Test(
        arguments: [
            ("sip:voicemail@h;target=bob%40example.com;cause=486", "sip:bob@example.com", 486),
            ("sip:voicemail@h;target=sip:bob%40example.com;cause=408", "sip:bob@example.com", 408),
            ("sip:voicemail@h;target=sips%3Abob%40example.com", "sips:bob@example.com", nil),
            ("sip:vm@h;Target=sip:+1555%40example.com%3Buser=phone;user=phone;Cause=302", nil, 302),
            ("sip:vm@h;target=sip:+1555%40example.com%3Buser%3Dphone;cause=380", "sip:+1555@example.com;user=phone", 380),
            ("sip:vm@h;target=tel:+15551002", "tel:+15551002", nil), ("sip:vm@h;target=1001;cause=404", "sip:1001@h", 404),
            ("sip:vm@h;target=a%2520b%40h", "sip:a%20b@h", nil), ("sip:vm@h", nil, nil),
            ("sip:vm@h;cause=99", nil, nil), ("sip:vm@h;cause=700", nil, nil), ("sip:vm@h;cause=0486", nil, nil),
            ("sip:vm@h;cause=+48", nil, nil),
        ] as [(String, String?, UInt16?)])
    func targetAndCause(_ text: String, _ target: String?, _ cause: UInt16?) throws {
        guard let uri = try? SIPURI.parse(text) else {
            // An unescaped "=" inside a parameter's value is no URI (RFC 3261 §25.1).
            #expect(target == nil)
            return
        }
        #expect(try uri.retargetingTarget()?.text == target)
        #expect(uri.retargetingCause == cause)
    }

    @Test(
        arguments: [
            "sip:vm@h;target", "sip:vm@h;target=1001;target=1002", "sip:vm@h;target=1001;TARGET=1001", "sip:vm@h;target=%40h",
            "sip:vm@h;target=sip:", "sip:vm@h;target=sip:a%40", "sip:vm@h;target=a%00%40h", "sip:vm@h;target=%FF%40h",
            "sip:vm@h;target=a%40b%40c",
            "sip:vm@h;target=a%0D%0Ab%40h",
        ])
    func whatIsNoTargetIsRefused(_ text: String) throws {
        let uri = try SIPURI.parse(text)
        #expect(throws: SIPParseError.self) { try uri.retargetingTarget() }
    }
}
