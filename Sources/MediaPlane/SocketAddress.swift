import CMediaSockets
import Glibc

/// An IPv4 or IPv6 address with a port, in the kernel's own form, so that the packet path compares and sends it as it is.
package struct SocketAddress: @unchecked Sendable {
    var raw = media_address()

    /// Reads an IP literal; nil for anything else (names are resolved long before media).
    package init?(host: String, port: UInt16) {
        raw.v6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &raw.v4.sin_addr) == 1 {
            raw.v4.sin_family = sa_family_t(AF_INET)
            raw.v4.sin_port = port.bigEndian
        } else {
            raw.v6 = sockaddr_in6()
            guard inet_pton(AF_INET6, host, &raw.v6.sin6_addr) == 1 else { return nil }
            raw.v6.sin6_family = sa_family_t(AF_INET6)
            raw.v6.sin6_port = port.bigEndian
        }
    }

    init() {}

    var family: Int32 { Int32(raw.any.sa_family) }
    var length: socklen_t { socklen_t(family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size) }

    /// The port in host order (it stands at the same place in both families).
    package var port: UInt16 {
        get { UInt16(bigEndian: raw.v4.sin_port) }
        set { raw.v4.sin_port = newValue.bigEndian }
    }

    /// The address without its port, as an IP literal.
    package var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var copy = raw
        if family == AF_INET6 {
            inet_ntop(AF_INET6, &copy.v6.sin6_addr, &text, socklen_t(text.count))
        } else {
            inet_ntop(AF_INET, &copy.v4.sin_addr, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Neither 0.0.0.0 nor :: nor port 0: something that can be sent to.
    package var isRoutable: Bool {
        guard port != 0 else { return false }
        if family == AF_INET { return raw.v4.sin_addr.s_addr != 0 }
        return withUnsafeBytes(of: raw.v6.sin6_addr) { bytes in bytes.contains { $0 != 0 } }
    }

    func sameHost(as other: SocketAddress) -> Bool {
        guard family == other.family else { return false }
        if family == AF_INET { return raw.v4.sin_addr.s_addr == other.raw.v4.sin_addr.s_addr }
        return withUnsafeBytes(of: raw.v6.sin6_addr) { mine in
            withUnsafeBytes(of: other.raw.v6.sin6_addr) { theirs in mine.elementsEqual(theirs) }
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.raw.v4.sin_port == right.raw.v4.sin_port && left.sameHost(as: right)
    }
}
