import NIOCore
import SIP

/// One datagram, one message (RFC 3261 §18.3).
final class DatagramReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private unowned let driver: EndpointDriver
    private let listener: Int

    init(driver: EndpointDriver, listener: Int) {
        self.driver = driver
        self.listener = listener
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let peer = driver.peerAddresses.of(envelope.remoteAddress), driver.hears(peer.address, on: listener),
            !KeepAlive.fills(datagram: envelope.data.readableBytesView)
        else { return }
        let bytes = Array(envelope.data.readableBytesView)
        driver.received(bytes, of: peer.address, from: Flow(listener: listener, transport: .udp, remote: peer.endpoint))
    }

    func channelInactive(context: ChannelHandlerContext) {
        driver.socketClosed(listener)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP answer to something we sent: the transaction's timer deals with it, the socket stays.
        driver.report("UDP listener \(listener): \(error)")
    }
}

extension SocketEndpoint {
    init?(_ address: NIOCore.SocketAddress) {
        guard let host = address.ipAddress, let port = address.port.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.init(host: host, port: port)
    }

    /// An IPv6 literal as the system writes it; anything else as it is.
    var canonical: SocketEndpoint {
        guard let address = try? NIOCore.SocketAddress(ipAddress: host, port: Int(port)) else { return self }
        return SocketEndpoint(address) ?? self
    }
}
