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
        guard driver.isListed(envelope.remoteAddress), let remote = SocketEndpoint(envelope.remoteAddress) else { return }
        let bytes = Array(envelope.data.readableBytesView)
        // RFC 5626 §4.4.1 keep-alives and empty datagrams are no messages.
        guard bytes.contains(where: { $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else { return }
        driver.received(bytes, from: Flow(listener: listener, transport: .udp, remote: remote, connection: nil))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP answer to something we sent: the transaction's timer deals with it, the socket stays.
        driver.report("UDP listener \(listener): \(error)")
    }
}

/// A TCP connection: messages cut by Content-Length (RFC 3261 §18.3), keep-alives answered (RFC 5626 §3.5.1).
final class ConnectionReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// A message that was begun must be complete within this time, else the sender only holds memory.
    private static let patience = TimeAmount.seconds(30)

    private unowned let driver: EndpointDriver
    private let listener: Int
    private let connection: UInt64
    private var remote: SocketEndpoint?
    private var framer = SIPStreamFramer()
    private var slowSender: Scheduled<Void>?

    init(driver: EndpointDriver, listener: Int, connection: UInt64) {
        self.driver = driver
        self.listener = listener
        self.connection = connection
    }

    func channelActive(context: ChannelHandlerContext) {
        guard driver.isListed(context.remoteAddress), let remote = context.remoteAddress.flatMap(SocketEndpoint.init) else {
            context.close(promise: nil)
            return
        }
        self.remote = remote
        driver.opened(connection, from: remote)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let remote else { return }
        let flow = Flow(listener: listener, transport: .tcp, remote: remote, connection: connection)
        do {
            framer.append(unwrapInboundIn(data).readableBytesView)
            while let frame = try framer.next() {
                switch frame {
                case .message(let bytes): driver.received(bytes, from: flow)
                case .keepAlive: context.writeAndFlush(NIOAny(ByteBuffer(bytes: SIPStreamFramer.pong)), promise: nil)
                }
            }
        } catch {
            driver.report("TCP connection from \(remote) closed: \(error)")
            context.close(promise: nil)
            return
        }
        watch(context: context)
    }

    private func watch(context: ChannelHandlerContext) {
        slowSender?.cancel()
        slowSender = nil
        guard framer.pendingBytes > 0 else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        slowSender = context.eventLoop.scheduleTask(in: Self.patience) { bound.value.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        slowSender?.cancel()
        driver.closed(connection, remote: remote)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        driver.report("TCP connection from \(remote.map { "\($0)" } ?? "a peer") failed: \(error)")
        context.close(promise: nil)
    }
}

extension SocketEndpoint {
    init?(_ address: NIOCore.SocketAddress) {
        guard let host = address.ipAddress, let port = address.port.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.init(host: host, port: port)
    }
}
