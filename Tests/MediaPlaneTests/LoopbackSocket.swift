import CMediaSockets
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// A UDP socket of the test on loopback, closed with it.
final class LoopbackSocket {
    struct Packet {
        var bytes: [UInt8]
        var source: SocketAddress
        /// Nil for what is no RTP.
        var header: RTPHeader?
        var payload: [UInt8]

        var isRTCP: Bool { bytes.withUnsafeBytes { RTPHeader.isRTCP($0) } }
    }

    let socket: RTPSocket
    let address: SocketAddress
    /// Enciphers what is sent and deciphers what comes.
    var secret: SecretPeer?

    /// Port 0 takes any that is free.
    init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        socket = try RTPSocket.bound(to: try #require(SocketAddress(host: host, port: port)))
        var bound = SocketAddress()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let descriptor = socket.descriptor
        let result = withUnsafeMutablePointer(to: &bound.raw.any) { getsockname(descriptor, $0, &length) }
        try #require(result == 0)
        address = bound
    }

    deinit { socket.close() }

    /// Whom the socket is connected to; nil for nobody.
    var peer: SocketAddress? {
        var address = SocketAddress()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &address.raw.any) { getpeername(socket.descriptor, $0, &length) }
        return result == 0 ? address : nil
    }

    func send(_ plain: [UInt8], to target: SocketAddress) {
        let bytes = (try? secret?.seal(plain)) ?? plain
        let sent = withUnsafePointer(to: target.raw) { media_send(socket.descriptor, bytes, bytes.count, $0) }
        #expect(sent == bytes.count)
    }

    /// What lies ready; waits for it at most so many ms.
    func receive(within milliseconds: Int32 = 0) -> Packet? {
        var waiting = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 2_048)
        var source = SocketAddress()
        var stamp: Int64 = 0
        let length = media_receive(socket.descriptor, &bytes, bytes.count, &source.raw, &stamp)
        guard length >= 0 else { return nil }
        bytes.removeLast(bytes.count - length)
        if let secret {
            // What is not readable is counted there; what waits behind it may be.
            guard let opened = secret.open(bytes) else { return receive() }
            bytes = opened
        }
        let header = bytes.withUnsafeBytes { RTPHeader.isRTCP($0) ? nil : RTPHeader.parse($0) }
        let payload = header.map { Array(bytes[$0.payloadOffset..<$0.payloadOffset + $0.payloadLength]) } ?? []
        return Packet(bytes: bytes, source: source, header: header, payload: payload)
    }

    func drain() -> [Packet] {
        var packets: [Packet] = []
        while let packet = receive() { packets.append(packet) }
        return packets
    }
}

/// An RTP packet as bytes.
func packet(
    _ payload: [UInt8], type: UInt8 = 0, sequence: UInt16, timestamp: UInt32, ssrc: UInt32 = 0xBEEF, marker: Bool = false
) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 12)
    let header = RTPHeader(
        marker: marker, payloadType: type, sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp), ssrc: SSRC(ssrc))
    bytes.withUnsafeMutableBytes { header.write(into: $0.baseAddress!) }
    return bytes + payload
}
