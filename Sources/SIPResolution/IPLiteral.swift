import Glibc

/// An IP address as text in its usual form (RFC 5952), so that equal addresses are equal texts.
struct IPLiteral: Hashable {
    let text: String
    let family: AddressFamily

    /// Nil for anything but an address. An IPv4 address mapped into IPv6 is taken as the IPv4 address that is meant (RFC 4291 §2.5.5.2).
    init?(_ text: String) {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4)
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        self.init(v6)
    }

    init?(_ address: in_addr) {
        var address = address
        guard let text = Self.text(AF_INET, &address) else { return nil }
        self.text = text
        family = .ipv4
    }

    init?(_ address: in6_addr) {
        var address = address
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            text = bytes.suffix(4).map(String.init).joined(separator: ".")
            family = .ipv4
            return
        }
        guard let text = Self.text(AF_INET6, &address) else { return nil }
        self.text = text
        family = .ipv6
    }

    private static func text(_ family: Int32, _ address: UnsafeRawPointer) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let start = buffer.baseAddress, inet_ntop(family, address, start, socklen_t(buffer.count)) != nil else { return nil }
            return String(cString: start)
        }
    }
}
