import NIOCore
import NIOPosix
import NIOSSL
import SIP

/// A peer that sends what the test says, byte by byte, and keeps what comes.
final class RawPeer: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let channel: any Channel
    private let bytes: Inbox<[UInt8]>

    private init(_ channel: any Channel) {
        self.channel = channel
        bytes = Inbox(channel.eventLoop)
    }

    static func connect(to port: UInt16, reads: Bool = true, tls: NIOSSLContext? = nil) async throws -> RawPeer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let made = Inbox<RawPeer>(loop)
        _ = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil)) }
                    let peer = RawPeer(channel)
                    try channel.pipeline.syncOperations.addHandler(peer)
                    made.put(peer)
                }
            }
            .connect(host: "127.0.0.1", port: Int(port)).get()
        return try await made.next()
    }

    /// Waits for connections on a port of its own.
    static func listen() async throws -> (listener: any Channel, port: UInt16, peers: Inbox<RawPeer>) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let peers = Inbox<RawPeer>(loop)
        let listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                let peer = RawPeer(channel)
                return channel.pipeline.addHandler(peer).map { loop.execute { peers.put(peer) } }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (listener, UInt16(listener.localAddress?.port ?? 0), peers)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func close() async throws { try await channel.close().get() }

    /// Waits for as many bytes as `text` has, and tells whether they begin with it.
    func expect(_ text: String) async throws -> Bool {
        var got: [UInt8] = []
        while got.count < text.utf8.count { got += try await bytes.next() }
        return got.starts(with: text.utf8)
    }

    /// Returns when the connection has been closed.
    func whenClosed() async throws { try await channel.closeFuture.get() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.put(Array(unwrapInboundIn(data).readableBytesView))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// A port that nobody listens on: taken from the system, and given back.
func closedPort() async throws -> UInt16 {
    let (listener, port, _) = try await RawPeer.listen()
    try await listener.close().get()
    return port
}
