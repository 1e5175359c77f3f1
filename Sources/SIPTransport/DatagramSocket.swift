import Glibc
import NIOCore

/// The way out of a UDP listener.
///
/// A datagram goes to the system at once: the way through a channel's pipeline and queue costs as much again as the system call. Only what
/// the socket has no room for takes that way, and waits there.
struct DatagramSocket {
    let channel: any Channel
    private let descriptor: NIOBSDSocket.Handle?

    /// On the channel's event loop. Whoever holds this lets go of it when the channel is closed: its number may become another socket's.
    init(_ channel: any Channel) {
        self.channel = channel
        descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    }

    /// `failed` hears what the system said, now or later (RFC 3261 §18.4: no route, another family, too long).
    func send(_ bytes: [UInt8], to target: NIOCore.SocketAddress, failed: @escaping @Sendable (any Error) -> Void) {
        if let descriptor, channel.isWritable {
            let sent = target.withSockAddr { address, size in
                bytes.withUnsafeBytes { sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT), address, socklen_t(size)) }
            }
            if sent >= 0 { return }
            let error = errno
            if error != EAGAIN, error != ENOBUFS, error != EINTR { return failed(IOError(errnoCode: error, reason: "sendto")) }
        }
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: channel.allocator.buffer(bytes: bytes))).whenFailure(failed)
    }
}
