import NIOSSL
import SIP

/// Whom a certificate is for, as SIP reads it (RFC 5922 §7.1).
package struct CertificateNames: Hashable, Sendable {
    /// One value of the subjectAltName extension.
    package enum AlternativeName: Hashable, Sendable {
        case uri([UInt8])
        case dns([UInt8])
        case address([UInt8])
    }

    /// SIP domain identities in small letters.
    package let domains: [String]
    private let addresses: [IPAddress]

    static let nobody = CertificateNames([])

    /// §7.1: URIs with the scheme `sip` and no user are the identities; DNS names only where there is none of these. The common name is
    /// not looked at, which the section leaves open: whatever has been issued for a decade has alternative names.
    package init(_ names: [AlternativeName]) {
        var fromURIs: [String] = []
        var fromDNS: [String] = []
        var addresses: [IPAddress] = []
        for name in names {
            switch name {
            case .uri(let bytes): if let domain = Self.domain(ofURI: bytes) { fromURIs.append(domain) }
            case .dns(let bytes): if let domain = Self.domain(bytes) { fromDNS.append(domain) }
            case .address(let bytes): if let address = IPAddress(bytes: bytes) { addresses.append(address) }
            }
        }
        domains = fromURIs.isEmpty ? fromDNS : fromURIs
        self.addresses = addresses
    }

    /// §7.2: whole names without regard to case; no suffixes, no wildcards. An address in a URI is no domain and §7 leaves it
    /// out, so it is compared with the certificate's addresses as HTTPS does (RFC 9110 §4.3.5).
    package func prove(_ name: String) -> Bool {
        if let address = IPAddress(name), addresses.contains(address) { return true }
        var wanted = name.lowercasedASCII
        if wanted.hasSuffix(".") { wanted.removeLast() }
        return domains.contains(wanted)
    }

    private static func domain(ofURI bytes: [UInt8]) -> String? {
        guard let text = printable(bytes), let uri = try? SIPURI.parse(text), uri.scheme == .sip,
            // A URI with a user is for that user alone.
            !text.utf8.contains(UInt8(ascii: "@"))
        else { return nil }
        return domain(Array(uri.host.utf8))
    }

    /// Wildcards and suffixes in a certificate match nothing, so they are no names.
    private static func domain(_ bytes: [UInt8]) -> String? {
        guard var name = printable(bytes)?.lowercasedASCII, !name.contains("*"), !name.hasPrefix(".") else { return nil }
        if name.hasSuffix(".") { name.removeLast() }
        return name.isEmpty ? nil : name
    }

    /// Visible ASCII only: what follows a zero byte or hides behind another alphabet would deceive whoever reads the log.
    private static func printable(_ bytes: [UInt8]) -> String? {
        bytes.allSatisfy { (0x21...0x7E).contains($0) } ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

extension CertificateNames {
    init(_ certificate: NIOSSLCertificate) {
        self.init(
            certificate._subjectAlternativeNames().compactMap { name in
                switch name.nameType {
                case .uri: .uri(Array(name.contents))
                case .dnsName: .dns(Array(name.contents))
                case .ipAddress: .address(Array(name.contents))
                default: nil
                }
            })
    }
}
