import SIP
import Testing

@Suite struct DiversionTests {
    private func read(_ headers: String...) throws -> [Diversion] {
        try SIPMessage.parse(retargeted(headers)).diversions()
    }

    @Test func oneWithAllItsParameters() throws {
        let address = "\"Ann; \\\"A\\\"\" <sip:1001@example.com;user=phone>"
        let header = "Diversion: \(address);reason=user-busy;counter=2;limit=5;privacy=\"full\";screen=yes;x=1"
        let diversion = try #require(try read(header).first)
        #expect(diversion.address.uri.user == "1001" && diversion.address.display == "Ann; \"A\"")
        #expect(diversion.reason == "user-busy" && diversion.count == 2 && diversion.cause == 486)
    }

    @Test func severalInOneFieldAndInSeveralAreOneListWithTheLatestFirst() throws {
        let diversions = try read(
            "Diversion: <sip:3@h>;reason=no-answer, <sip:2@h>;reason=unconditional", "diversion: <sip:1@h>;reason=user-busy")
        #expect(diversions.map(\.address.uri.user) == ["3", "2", "1"] && diversions.map(\.cause) == [408, 302, 486])
    }

    /// What gateways write besides the grammar of RFC 5806.
    @Test(
        arguments: [
            ("<sip:1@h>", "unknown", 1), ("sip:1@h;reason=no-answer", "no-answer", 1),
            ("<tel:+1555;ext=3>;reason=NO-Answer", "no-answer", 1),
            ("<sip:1@h>;reason=\"user-busy\"", "user-busy", 1), ("<sip:1@h> ; reason = deflection ; counter = 99", "deflection", 99),
            ("<sip:1@h>;reason", "unknown", 1), ("<sip:1@h>;reason=\"\"", "unknown", 1), ("<sip:1@h>;reason=x;counter=0", "x", 1),
            ("<sip:1@h>;reason=x;counter=99999999999999999999", "x", 1), ("<sip:1@h>;counter=-1", "unknown", 1),
            ("<sip:1@h;reason=user-busy>;reason=away", "away", 1),
        ])
    func lenient(_ value: String, _ reason: String, _ count: Int) throws {
        let diversion = try #require(try read("Diversion: \(value)").first)
        #expect(diversion.reason == reason && diversion.count == count)
    }

    @Test(arguments: ["", "x", "<sip:1@h", "<sip:1@h>;reason=", "<sip:1@h> x", "<sip:1@h>, ", "<sip:1@h>, <sip:@h>", "\"<sip:1@h>"])
    func oneBrokenValueMakesTheListUnusable(_ value: String) {
        #expect(throws: SIPParseError.self) { try read("Diversion: \(value)") }
    }

    @Test func noneIsNone() throws {
        #expect(try read().isEmpty)
    }
}
