import Glibc
import NIOCore

/// An address as a number, for tables and masks; IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
package struct IPAddress: Hashable, Sendable {
    let value: UInt128

    private static let mappedPrefix: UInt128 = 0xFFFF << 32

    /// nil when the text is neither an IPv4 nor an IPv6 address.
    package init?(_ text: String) {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4)
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        self.init(v6)
    }

    /// nil for a Unix socket.
    init?(_ address: NIOCore.SocketAddress) {
        switch address {
        case .v4(let address): self.init(address.address.sin_addr)
        case .v6(let address): self.init(address.address.sin6_addr)
        case .unixDomainSocket: return nil
        }
    }

    /// The four or sixteen bytes of an iPAddress in a certificate (RFC 5280 §4.2.1.6).
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let number = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        value = bytes.count == 4 ? Self.mappedPrefix | number : number
    }

    private init(_ address: in_addr) {
        value = Self.mappedPrefix | UInt128(UInt32(bigEndian: address.s_addr))
    }

    private init(_ address: in6_addr) {
        value = withUnsafeBytes(of: address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
    }

    package var isIPv4: Bool { value >> 32 == Self.mappedPrefix >> 32 }

    var isUnspecified: Bool { value == 0 || value == Self.mappedPrefix }

    /// What one customer of a provider is given: an IPv4 address, or a /64 of IPv6 with 2^64 addresses to send from (RFC 6177 §2).
    var source: IPAddress { isIPv4 ? self : IPAddress(value: (value >> 64) << 64) }

    private init(value: UInt128) { self.value = value }
}
