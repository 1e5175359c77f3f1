import SIP
import Testing

@Suite struct SessionExpiresTests {
    private func message(_ headers: String) throws -> SIPMessage {
        let common = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 UPDATE\r\n"
        return try SIPMessage.parse(Array("UPDATE sip:a@b SIP/2.0\r\n\(common)\(headers)\r\n\r\n".utf8))
    }

    @Test(
        arguments: [
            ("Session-Expires: 1800", 1_800, nil), ("x:90;refresher=uas", 90, .uas),
            ("Session-Expires: 4000 ; Refresher = UAC", 4_000, .uac),
            ("Session-Expires: 5;refresher=proxy;other", 5, nil), ("Session-Expires: 99999999999999999", 1 << 31, nil),
        ] as [(String, Int, SessionExpires.Refresher?)])
    func read(_ header: String, _ seconds: Int, _ refresher: SessionExpires.Refresher?) throws {
        #expect(try message(header).sessionExpires() == SessionExpires(seconds: seconds, refresher: refresher))
    }

    @Test(arguments: ["", "x", "-1", "1800 1800", "18446744073709551616", ";refresher=uac"]) func refused(_ value: String) throws {
        let broken = try message("Session-Expires: \(value)")
        #expect(throws: SIPParseError.self) { try broken.sessionExpires() }
        let minimum = try message("Min-SE: \(value)")
        #expect(throws: SIPParseError.self) { try minimum.minimumSessionExpires() }
    }

    @Test func minimumAndText() throws {
        #expect(try message("Min-SE: 120;unknown=1").minimumSessionExpires() == 120)
        #expect(try message("Max-Forwards: 1").minimumSessionExpires() == nil && message("Max-Forwards: 1").sessionExpires() == nil)
        #expect(SessionExpires(seconds: 90, refresher: .uas).text == "90;refresher=uas" && SessionExpires(seconds: 90).text == "90")
    }
}
