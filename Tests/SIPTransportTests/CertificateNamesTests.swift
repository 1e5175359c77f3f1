import SIPTransport
import Testing

@Suite struct CertificateNamesTests {
    private func uri(_ text: String) -> CertificateNames.AlternativeName { .uri(Array(text.utf8)) }
    private func dns(_ text: String) -> CertificateNames.AlternativeName { .dns(Array(text.utf8)) }

    /// RFC 5922 §7.1: DNS names count only where no sip URI does.
    @Test func sipURIsComeFirst() {
        #expect(CertificateNames([dns("beside.example.com"), uri("sip:Example.com")]).domains == ["example.com"])
        #expect(CertificateNames([uri("SIP:example.com:5061;transport=tls")]).domains == ["example.com"])
        #expect(CertificateNames([dns("one.example"), dns("two.example")]).domains == ["one.example", "two.example"])
    }

    @Test(arguments: [
        "sips:example.com", "https://example.com", "sip:bob@example.com", "sip:", "example.com", "sip:exa mple.com", "sip:*.a",
    ])
    func theseURIsNameNoDomain(_ text: String) {
        #expect(CertificateNames([uri(text), dns("fallback.example")]).domains == ["fallback.example"])
    }

    /// RFC 5922 §7.2: whole names, in any case.
    @Test func comparison() {
        let names = CertificateNames([dns("Example.COM")])
        #expect(names.prove("example.com"))
        #expect(names.prove("EXAMPLE.com."))
        #expect(!names.prove("sip.example.com"))
        #expect(!names.prove("com"))
        #expect(!names.prove(""))
        #expect(!CertificateNames([]).prove(""))
    }

    @Test(arguments: ["*.example.com", ".example.com", "sip*.example.com", "*"])
    func wildcardsAndSuffixesMatchNothing(_ pattern: String) {
        let names = CertificateNames([dns(pattern)])
        #expect(names.domains.isEmpty)
        #expect(!names.prove("sip.example.com"))
        #expect(!names.prove(pattern))
    }

    @Test func hiddenBytesMakeNoName() {
        #expect(CertificateNames([.dns(Array("example.com".utf8) + [0] + Array(".evil.example".utf8))]).domains.isEmpty)
        #expect(CertificateNames([.dns([0xC3, 0xA9])]).domains.isEmpty)
        #expect(CertificateNames([.dns([])]).domains.isEmpty)
    }

    @Test func addressesProveAddressesOnly() {
        let names = CertificateNames([.address([127, 0, 0, 1]), .address([1, 2, 3])])
        #expect(names.prove("127.0.0.1"))
        #expect(!names.prove("127.0.0.2"))
        #expect(names.domains.isEmpty)
        #expect(CertificateNames([.address([UInt8](repeating: 0, count: 15) + [1])]).prove("0:0::1"))
    }
}
