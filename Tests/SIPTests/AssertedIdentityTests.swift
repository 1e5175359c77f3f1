import SIP
import Testing

@Suite struct AssertedIdentityTests {
    private func read(_ headers: [String], trusted: Bool = true) throws -> AssertedIdentity? {
        try SIPMessage.parse(retargeted(headers)).assertedIdentity(peerIsTrusted: trusted)
    }

    /// RFC 3325 §9.1: one value, or one of SIP and one tel.
    @Test(
        arguments: [
            (["P-Asserted-Identity: \"Cullen\" <sip:fluffy@cisco.com>", "P-Asserted-Identity: tel:+14085264000"], "sip:fluffy@cisco.com"),
            (["P-Asserted-Identity: tel:+14085264000, <sips:1001@h>"], "sips:1001@h"),
            (["p-asserted-identity: <tel:+14085264000>"], "tel:+14085264000"), (["P-Asserted-Identity: sip:1001@h"], "sip:1001@h"),
        ])
    func ofATrustedPeer(_ headers: [String], _ uri: String) throws {
        #expect(try read(headers)?.uri?.text == uri)
        #expect(try read(headers, trusted: false) == nil)
    }

    @Test(
        arguments: [
            [], ["P-Asserted-Identity: "], ["P-Asserted-Identity: 1001"], ["P-Asserted-Identity: <sip:1001@h>, "],
            ["P-Asserted-Identity: <sip:1001@h>, <sip:1002@h>"],
            ["P-Asserted-Identity: <sip:1001@h>", "P-Asserted-Identity: <sips:1001@h>"],
            ["P-Asserted-Identity: <tel:+1>, <tel:+2>"], ["P-Asserted-Identity: <mailto:1001@h>"],
            ["P-Asserted-Identity: <sip:1@h>, <tel:+1>, <tel:+1>"], ["P-Asserted-Identity: <sip:1001@h> x"],
            ["P-Preferred-Identity: <sip:1001@h>"], ["Remote-Party-ID: <sip:1001@h>"],
        ])
    func inDoubtNobody(_ headers: [String]) throws {
        #expect(try read(headers) == nil)
    }
}
