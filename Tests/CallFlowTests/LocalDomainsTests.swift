import SIP
import Testing

@testable import CallControl

@Suite struct LocalDomainsTests {
    private let domains = LocalDomains("Home.Example", also: ["192.0.2.10", "2001:db8::1", "pbx.example."])

    @Test(arguments: [
        "home.example", "HOME.example.", "192.0.2.10", "2001:DB8::1", "pbx.example", "127.0.0.1", "127.1.2.3", "::1", "localhost", "",
    ])
    func ours(_ host: String) {
        #expect(domains.contains(host))
    }

    @Test(arguments: ["example", "192.0.2.1", "2001:db8::2", "127.example", "127.0.0", "xhome.example", "home.example.evil"])
    func notOurs(_ host: String) {
        #expect(!domains.contains(host))
    }

    @Test(
        arguments: [
            ("sip:1001@PBX.example:5070;transport=tcp", "1001"), ("sips:1001@home.example", "1001"), ("sip:a%20b@localhost", "a b"),
            ("sip:1001;ext=2@home.example;user=phone", "1001"), ("tel:+1-555-(01).00", "+15550100"), ("sip:home.example", nil),
            ("sip:%3Bx@home.example", nil), ("sip:1001@elsewhere.example", nil), ("mailto:1001@home.example", nil), ("tel:;x", nil),
            ("tel:1001;phone-context=PBX.example", "1001"), ("tel:1001;phone-context=elsewhere.example", nil),
            ("tel:+1555;phone-context=elsewhere.example", "+1555"),
        ] as [(String, String?)])
    func user(_ uri: String, _ name: String?) throws {
        #expect(domains.identity(of: try SIPURI.parse(uri)) == name.map { DialledIdentity(name: $0, domain: "home.example") })
    }

    @Test(
        arguments: [
            (["P-Asserted-Identity: <sip:1001@pbx.example>"], "1001@home"), (["P-Asserted-Identity: <sip:1001@elsewhere.example>"], nil),
            (["P-Asserted-Identity: <tel:1001>, <sip:1001@elsewhere.example>"], nil), ([], nil),
        ] as [([String], String?)])
    func callerOfAnInvite(_ headers: [String], _ caller: String?) throws {
        var invite = ProxiedInvite("sip:*97@home")
        invite.headers = headers
        let message = try invite.message()
        #expect(try ProxiedInvite.table().assertedCaller(message, peerIsTrusted: true).map { "\($0)" } == caller)
        #expect(try ProxiedInvite.table().assertedCaller(message, peerIsTrusted: false) == nil)
    }
}
