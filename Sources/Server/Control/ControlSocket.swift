import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix

/// The door for the command line: a Unix socket that only the server's own user may open (mode 0600). One line in, one line out.
final class ControlSocket: Sendable {
    /// More than any request takes.
    static let longestLine = 16_384
    /// Somebody who connects and says nothing is in nobody's way for longer.
    private static let patience = TimeAmount.seconds(30)
    private static let mostAtOnce = 16

    private let path: String
    private let channel: any Channel

    private init(path: String, channel: any Channel) {
        self.path = path
        self.channel = channel
    }

    /// Listens at `path`. A socket that a killed server has left is replaced, one that somebody answers on is not.
    static func open(_ path: String, desk: ControlDesk, group: any EventLoopGroup, log: Logger) async throws -> ControlSocket {
        guard path.utf8.count < 104 else {
            throw StartFailure(description: "\(path): the path of the control socket is too long; set a shorter `data`")
        }
        if isAlive(path) { throw StartFailure(description: "\(path): another server is running in this data folder") }
        unlink(path)
        // Born closed to everybody else: between bind and chmod somebody could come in.
        let old = umask(0o177)
        defer { umask(old) }
        let channel: any Channel
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 16)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([
                            IdleStateHandler(readTimeout: patience), ControlHandler(desk: desk, log: log),
                        ])
                    }
                }
                .bind(unixDomainSocketPath: path).get()
        } catch {
            throw StartFailure(description: "\(path): the control socket cannot be made: \(error)")
        }
        return ControlSocket(path: path, channel: channel)
    }

    func close() async {
        try? await channel.close()
        unlink(path)
    }

    /// Somebody listens there, whether or not he finds the time to answer.
    private static func isAlive(_ path: String) -> Bool {
        guard let descriptor = try? ControlLine.connected(to: path, timeout: 1) else { return false }
        Glibc.close(descriptor)
        return true
    }
}

/// Collects a line, has it answered, writes the answer and closes.
private final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let desk: ControlDesk
    private let log: Logger
    private var line: [UInt8] = []
    private var isAnswering = false

    init(desk: ControlDesk, log: Logger) {
        self.desk = desk
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswering else { return }
        line += unwrapInboundIn(data).readableBytesView
        guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else {
            if line.count > ControlSocket.longestLine { context.close(promise: nil) }
            return
        }
        isAnswering = true
        let channel = context.channel
        guard let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(line[..<end])) else {
            return Self.send(ControlReply(error: "the request is no JSON object that this server knows"), on: channel)
        }
        desk.answer(request, on: context.eventLoop).whenComplete { result in
            switch result {
            case .success(let reply): Self.send(reply, on: channel)
            case .failure(let error): Self.send(ControlReply(error: "\(error)"), on: channel)
            }
        }
    }

    private static func send(_ reply: ControlReply, on channel: any Channel) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(reply)) ?? Data("{\"error\":\"the answer cannot be written\"}".utf8)
        channel.writeAndFlush(ByteBuffer(bytes: bytes + [UInt8(ascii: "\n")])).whenComplete { _ in channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent, !isAnswering { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        log.debug("control socket", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }
}
