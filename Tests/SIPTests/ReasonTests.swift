import SIP
import Testing

@Suite struct ReasonTests {
    /// RFC 3326 §2, its own examples.
    @Test(
        arguments: [
            ("SIP ;cause=200 ;text=\"Call completed elsewhere\"", Reason(scheme: "SIP", cause: 200, text: "Call completed elsewhere")),
            ("Q.850 ;cause=16 ;text=\"Terminated\"", Reason(scheme: "Q.850", cause: 16, text: "Terminated")),
            ("SIP ;cause=600 ;text=\"Busy \\\"Everywhere\\\"\"", Reason(scheme: "SIP", cause: 600, text: "Busy \"Everywhere\"")),
            ("preemption;cause=1", Reason(scheme: "preemption", cause: 1)), ("SIP", Reason(scheme: "SIP")),
            ("SIP;cause=1000", Reason(scheme: "SIP")), ("SIP;cause=x", Reason(scheme: "SIP")), ("SIP;cause", Reason(scheme: "SIP")),
        ])
    func read(_ text: String, _ reason: Reason) throws {
        #expect(try Reason.list(text) == [reason])
    }

    @Test func severalSchemes() throws {
        let reasons = try Reason.list("Q.850;cause=17;text=\"a, b\" ,\tSIP;cause=486")
        #expect(reasons.map(\.scheme) == ["Q.850", "SIP"] && reasons.map(\.status) == [486, 486])
    }

    @Test(arguments: ["", ",", "SIP;", "SIP;cause=", "SIP;text=\"open", "SIP;cause=486 x", ";cause=486", "SIP;cause=486,"])
    func brokenIsRefused(_ text: String) {
        #expect(throws: SIPParseError.self) { try Reason.list(text) }
    }

    @Test(
        arguments: [
            ("SIP;cause=408", 408), ("sip;cause=302", 302), ("Q.850;cause=17", 486), ("q.850;cause=18", 408), ("Q.850;cause=20", 480),
            ("Q.850;cause=16", nil), ("Q.850", nil), ("FreeTDM;cause=17", nil),
        ] as [(String, UInt16?)])
    func statusOfTheSameMeaning(_ text: String, _ status: UInt16?) throws {
        #expect(try Reason.list(text).first?.status == status)
    }
}
