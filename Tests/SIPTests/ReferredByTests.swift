import SIP
import Testing

@Suite struct ReferredByTests {
    private func read(_ lines: String...) throws -> ReferredBy? { try SIPMessage.parse(retargeted(lines)).referredBy() }

    /// The examples of RFC 3892 §3.
    @Test(
        arguments: [
            ("Referred-By: sip:r@ref.example;cid=\"2UWQFN309shb3@ref.example\"", "sip:r@ref.example", "2UWQFN309shb3@ref.example"),
            ("b: \"R\" <sips:referror@referror.example>", "sips:referror@referror.example", nil),
        ] as [(String, String, String?)])
    func read(_ line: String, _ uri: String, _ contentID: String?) throws {
        let referredBy = try #require(try read(line))
        #expect(referredBy.address.uri.text == uri && referredBy.contentID == contentID)
    }

    @Test func writtenAgain() throws {
        let referredBy = ReferredBy(NameAddress(display: "A \"B\"", uri: SIPURI(user: "1001", host: "example.com")))
        #expect(referredBy.text == "\"A \\\"B\\\"\" <sip:1001@example.com>")
        #expect(try read("Referred-By: \(referredBy.text)") == referredBy)
    }

    @Test func brokenAndAbsent() throws {
        #expect(try read() == nil)
        #expect(throws: SIPParseError.self) { try read("Referred-By: <sip:a@b>, <sip:c@d>") }
        #expect(throws: SIPParseError.self) { try read("Referred-By: <sip:a@b>", "b: <sip:a@b>") }
    }
}
