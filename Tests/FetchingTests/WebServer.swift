import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server on loopback that answers by a closure and remembers who asked for what.
final class WebServer: Sendable {
    enum Answer {
        case whole(Int, [(String, String)] = [], body: [UInt8] = [])
        /// The length is not said.
        case chunked(body: [UInt8])
        /// The head, one byte, and nothing more for ever.
        case dripping
        /// Not a byte.
        case silence
        /// What is no HTTP.
        case nonsense
        case closing
    }

    struct Request {
        var line: String
        var headers: HTTPHeaders
    }

    private struct Seen {
        var requests: [Request] = []
        var connections = 0
        var open = 0
        var mostOpen = 0
    }

    let port: Int
    private let channel: any Channel
    private let seen: SharedSeen

    /// `certificate`: of the transport tests, without `.pem`; nil for no TLS.
    init(certificate: String? = nil, _ answer: @escaping @Sendable (String) -> Answer) async throws {
        let seen = SharedSeen()
        var context: NIOSSLContext?
        if let certificate {
            let chain = try NIOSSLCertificate.fromPEMFile(Self.file(certificate)).map { NIOSSLCertificateSource.certificate($0) }
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: Self.file("key"), format: .pem))
            context = try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: key))
        }
        let tls = context
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, seen: seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.seen = seen
    }

    static func file(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("SIPTransportTests/Certificates/\(name).pem").path
    }

    var requests: [Request] { seen.state.withLock { $0.requests } }
    var connections: Int { seen.state.withLock { $0.connections } }
    var mostAtOnce: Int { seen.state.withLock { $0.mostOpen } }

    func close() async { try? await channel.close() }

    private final class SharedSeen: Sendable {
        let state = Mutex(Seen())
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (String) -> Answer
        private let seen: SharedSeen
        private var path = ""

        init(answer: @escaping @Sendable (String) -> Answer, seen: SharedSeen) {
            self.answer = answer
            self.seen = seen
        }

        func channelActive(context: ChannelHandlerContext) {
            seen.state.withLock {
                $0.connections += 1
                $0.open += 1
                $0.mostOpen = max($0.mostOpen, $0.open)
            }
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            seen.state.withLock { $0.open -= 1 }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                path = head.uri
                seen.state.withLock { $0.requests.append(Request(line: "\(head.method) \(head.uri)", headers: head.headers)) }
            case .body: break
            case .end: respond(context)
            }
        }

        private func respond(_ context: ChannelHandlerContext) {
            switch answer(path) {
            case .whole(let status, let fields, let body):
                var headers = HTTPHeaders(fields)
                if !headers.contains(name: "Content-Length") { headers.add(name: "Content-Length", value: "\(body.count)") }
                head(context, status, headers)
                if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .chunked(let body):
                head(context, 200, ["Transfer-Encoding": "chunked"])
                for start in stride(from: 0, to: body.count, by: 1_000) {
                    let part = ByteBuffer(bytes: body[start..<min(start + 1_000, body.count)])
                    context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .dripping:
                head(context, 200, ["Content-Length": "100"])
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: [1])))), promise: nil)
            case .silence: break
            case .nonsense:
                context.channel.pipeline.context(handlerType: HTTPResponseEncoder.self).whenSuccess { encoder in
                    encoder.writeAndFlush(NIOAny(ByteBuffer(string: "SIP/2.0 200 OK\r\n\r\n")), promise: nil)
                    encoder.close(promise: nil)
                }
            case .closing: context.close(promise: nil)
            }
        }

        private func head(_ context: ChannelHandlerContext, _ status: Int, _ headers: HTTPHeaders) {
            let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }
    }
}
