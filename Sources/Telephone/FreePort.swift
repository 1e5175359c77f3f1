import Glibc
import SIP

/// A port that nobody uses at this moment.
enum FreePort {
    struct NotFound: Error, CustomStringConvertible {
        let description: String
    }

    /// Lets the system choose one for `transport` on `host` and gives it back at once.
    static func find(on host: String, transport: TransportKind) throws -> UInt16 {
        let kind = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
        let isV6 = host.contains(":")
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw NotFound(description: "no socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var storage = sockaddr_storage()
        var length = socklen_t(isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &storage) { bytes -> Int32 in
            // sockaddr_storage is aligned and large enough for each of these by definition.
            let base = bytes.baseAddress!
            if isV6 {
                let address = base.assumingMemoryBound(to: sockaddr_in6.self)
                address.pointee.sin6_family = sa_family_t(AF_INET6)
                guard inet_pton(AF_INET6, host, &address.pointee.sin6_addr) == 1 else { return -1 }
            } else {
                let address = base.assumingMemoryBound(to: sockaddr_in.self)
                address.pointee.sin_family = sa_family_t(AF_INET)
                guard inet_pton(AF_INET, host, &address.pointee.sin_addr) == 1 else { return -1 }
            }
            let generic = base.assumingMemoryBound(to: sockaddr.self)
            guard bind(descriptor, generic, length) == 0 else { return -1 }
            return getsockname(descriptor, generic, &length)
        }
        guard result == 0 else { throw NotFound(description: "\(host) is no address of this machine: \(String(cString: strerror(errno)))") }
        // The port stands at the same place in both families.
        return withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }
}
