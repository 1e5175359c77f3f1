import CMediaSockets
import Glibc

/// A non-blocking UDP socket of one call: RTP, or the RTCP beside it (RFC 3550 §11: the next higher, odd port).
///
/// A plain descriptor, opened and closed on the control side; the media thread only reads from and writes to it.
struct RTPSocket {
    /// DSCP EF for voice (RFC 4594 §4.1).
    static let expeditedForwarding: Int32 = 46

    let descriptor: Int32

    /// Binds `address`; throws the kernel's errno, so that the port allocator can tell a busy port from a hopeless one.
    static func bound(to address: SocketAddress) throws(SocketFailure) -> RTPSocket {
        let descriptor = socket(
            address.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure(number: errno) }
        let prepared = media_prepare(descriptor, address.family, expeditedForwarding)
        guard prepared == 0 else {
            Glibc.close(descriptor)
            throw SocketFailure(number: -prepared)
        }
        var copy = address.raw
        let bound = withUnsafePointer(to: &copy.any) { bind(descriptor, $0, address.length) }
        guard bound == 0 else {
            let number = errno
            Glibc.close(descriptor)
            throw SocketFailure(number: number)
        }
        return RTPSocket(descriptor: descriptor)
    }

    /// Fixes the peer: sends are cheaper and the kernel drops what others send.
    func connect(to address: SocketAddress) {
        var copy = address.raw
        _ = withUnsafePointer(to: &copy.any) { Glibc.connect(descriptor, $0, address.length) }
    }

    /// Lets anybody in again, so that a peer behind a rebound NAT is heard (connect(2): AF_UNSPEC dissolves it).
    func disconnect() {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        _ = Glibc.connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    func close() {
        Glibc.close(descriptor)
    }
}

/// What the kernel refused.
package struct SocketFailure: Error, CustomStringConvertible {
    package let number: Int32
    package var description: String { String(cString: strerror(number)) }
}
