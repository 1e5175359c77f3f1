import NIOCore
import NIOSSL
import NIOTLS
import SIP
import Timing

/// A TCP or TLS connection: messages cut by Content-Length (RFC 3261 §18.3), keep-alives both ways, and its limits.
///
/// Confined to the driver's event loop, hence `@unchecked Sendable`.
final class StreamConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    enum Origin {
        case theirs
        /// We opened it. Over TLS the other end must prove one of the `wanted` names.
        case ours(UInt64, wanted: [String], opened: EventLoopPromise<StreamConnection>)
    }

    /// No transaction waits for longer than 64*T1 (RFC 3261 §17.1.1.2).
    private static let patienceOfRequests = Duration.seconds(32)

    private enum Stage { case shaking, open, over }

    private let driver: EndpointDriver
    private let listener: Int
    private let transport: TransportKind
    private let origin: Origin
    private var stage = Stage.shaking
    private var channel: (any Channel)?
    /// Its number, once it counts.
    private(set) var id: UInt64?
    private var source: IPAddress?
    private(set) var flow: Flow
    private var proof = ConnectionTable.Proof.notAsked
    private var framer = SIPStreamFramer()
    private var watch: ConnectionWatch
    private var timer: (deadline: MonotonicTime, task: Scheduled<Void>)?
    /// Bytes that the peer's side has not taken yet.
    private var queued = 0
    /// The requests that left before anything came, and when the last did: should the peer close without a word, it has refused them.
    private var unheard: [Flow]? = []
    private var lastUnheard = MonotonicTime.zero
    private var mayHaveAlias: Bool

    init(driver: EndpointDriver, listener: Int, transport: TransportKind, origin: Origin, remote: SocketEndpoint? = nil) {
        self.driver = driver
        self.listener = listener
        self.transport = transport
        self.origin = origin
        flow = Flow(listener: listener, transport: transport, remote: remote ?? SocketEndpoint(host: "", port: 0))
        var isOurs = false
        if case .ours(let id, _, _) = origin {
            self.id = id
            isOurs = true
        }
        mayHaveAlias = transport == .tls && !isOurs
        watch = ConnectionWatch(isOurs: isOurs, settings: driver.settings, at: .now())
    }

    // MARK: Opening

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        guard let address = context.remoteAddress, let remote = SocketEndpoint(address), let source = IPAddress(address),
            !driver.isClosed
        else {
            return close(nil)
        }
        self.source = source
        flow.remote = remote
        if id == nil {
            guard driver.mayConnect(source, to: listener) else { return close(nil) }
            id = driver.admit(source)
            guard id != nil else { return close(nil) }
        }
        guard let id else { return }
        flow.connection = id
        driver.connections[id] = self
        context.fireChannelActive()
        if transport == .tls { arm() } else { open() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, stage == .shaking {
            shaken((try? context.pipeline.syncOperations.nioSSL_peerCertificate()) ?? nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The handshake is done, so whatever certificate there is leads to an authority; now its names (RFC 5922 §7.3, §7.4).
    private func shaken(_ certificate: NIOSSLCertificate?) {
        guard let settings = driver.tlsSettings(of: listener) else { return close("TLS is not set up") }
        let isVerified: Bool
        switch origin {
        case .theirs: isVerified = settings.clients != .none
        case .ours: isVerified = settings.verifiesServers
        }
        let names = isVerified ? certificate.map(CertificateNames.init) ?? .nobody : .nobody
        flow.peerNames = names.domains
        switch origin {
        case .theirs:
            guard let source, driver.hears(source, on: listener) || driver.knows(names, on: listener) else {
                return close("neither its address nor its certificate is listed")
            }
            proof = .names(names)
        case .ours(_, let wanted, _):
            guard isVerified else { break }
            guard wanted.contains(where: names.prove) else {
                return close("its certificate is for \(names.domains), not for \(wanted.joined(separator: " or "))")
            }
            proof = .names(names)
        }
        open()
    }

    private func open() {
        guard let id, stage == .shaking else { return }
        stage = .open
        watch.opened(random: .random(in: .min ... .max), at: .now())
        driver.table.lead(id, to: .init(listener: listener, transport: transport, remote: flow.remote), proof)
        if case .ours(_, _, let opened) = origin { opened.succeed(self) }
        arm()
    }

    /// May be used for what goes to `destination`, which named this connection's end by another address.
    func lead(to destination: ConnectionTable.Destination) {
        guard let id, stage == .open else { return }
        driver.table.lead(id, to: destination, proof)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard stage == .open, let source else { return }
        var bytes = unwrapInboundIn(data).readableBytesView
        if watch.awaitsPong, framer.pendingBytes == 0, KeepAlive.isPong(bytes) {
            watch.ponged()
            bytes = bytes.dropFirst(2)
        }
        framer.append(bytes)
        var messages = 0
        do {
            while stage == .open, let frame = try framer.next() {
                switch frame {
                case .message(let bytes):
                    messages += 1
                    unheard = nil
                    considerAlias(bytes)
                    driver.received(bytes, of: source, from: flow)
                case .keepAlive: write(SIPStreamFramer.pong)
                }
            }
        } catch {
            return close("\(error)")
        }
        // Two bytes or fewer may be a CRLF that nobody waits for.
        watch.read(messages: messages, isUnfinished: framer.pendingBytes > 2, random: .random(in: .min ... .max), at: .now())
        arm()
    }

    /// The first request of a peer that proved its name may ask for this connection to carry ours too (RFC 5923 §5).
    private func considerAlias(_ bytes: [UInt8]) {
        guard mayHaveAlias, !bytes.isSIPResponse else { return }
        mayHaveAlias = false
        guard case .names(let names) = proof, let port = ConnectionAlias.port(of: bytes, from: flow.remote, provedBy: names) else { return }
        lead(to: .init(listener: listener, transport: .tls, remote: SocketEndpoint(host: flow.remote.host, port: port)))
    }

    // MARK: Writing

    /// Sends a message that was to go along `wanted`. Closes the connection when too much waits already.
    func send(_ bytes: [UInt8], for wanted: Flow) {
        guard stage == .open else { return driver.tellUnreachable(wanted) }
        let now = MonotonicTime.now()
        if let flows = unheard, !bytes.isSIPResponse {
            if flows.count < 16, !flows.contains(wanted) { unheard?.append(wanted) }
            lastUnheard = now
        }
        write(bytes)
        watch.wrote(at: now)
    }

    private func write(_ bytes: [UInt8]) {
        guard let channel else { return }
        guard queued + bytes.count <= driver.settings.queuedBytes else { return close("\(queued) bytes wait for it and it does not read") }
        queued += bytes.count
        let count = bytes.count
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).whenComplete { _ in self.queued -= count }
    }

    // MARK: Time

    private func arm() {
        guard stage != .over, let deadline = watch.nextDeadline else { return }
        // A later deadline may wait for the timer that is set: it fires, finds nothing due and arms again.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = driver.loop.scheduleTask(deadline: NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanoseconds)))) {
            self.timer = nil
            self.fire()
        }
        timer = (deadline, task)
    }

    private func fire() {
        let now = MonotonicTime.now()
        while stage != .over, let order = watch.fire(random: .random(in: .min ... .max), at: now) {
            switch order {
            case .ping: write(KeepAlive.ping)
            case .closeIfIdle: if let id, driver.needs(id) { watch.stay(at: now) } else { close(nil) }
            case .close(let reason): close(reason.rawValue)
            }
        }
        arm()
    }

    // MARK: Closing

    /// Ends the connection; `reason` is for the log, nil when there is nothing to tell.
    func close(_ reason: String?) {
        if let reason, stage != .over { driver.report("\(transport.viaName) connection with \(flow.remote) closed: \(reason)") }
        let channel = channel
        leave(ConnectionFailure(remote: flow.remote, reason: reason ?? "closed"))
        channel?.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(ConnectionFailure(remote: flow.remote, reason: "closed by the peer"))
        context.fireChannelInactive()
    }

    /// It never came to a connection of ours.
    func abandon(_ reason: String) {
        leave(ConnectionFailure(remote: flow.remote, reason: reason))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A TLS peer that hangs up without saying so has hung up all the same; messages have lengths of their own.
        if case NIOSSLError.uncleanShutdown = error { return }
        channel = channel ?? context.channel
        close("\(error)")
    }

    /// Takes the connection off the books, once.
    private func leave(_ failure: ConnectionFailure) {
        guard stage != .over else { return }
        let wasOpen = stage == .open
        stage = .over
        timer?.task.cancel()
        timer = nil
        channel = nil
        if case .ours(_, _, let opened) = origin {
            if !wasOpen { opened.fail(failure) }
            if MonotonicTime.now() - lastUnheard < Self.patienceOfRequests {
                for flow in unheard ?? [] { driver.tellUnreachable(flow) }
            }
        }
        if let id { driver.left(id, wasOpen: wasOpen) }
    }
}

/// Why there is no connection.
struct ConnectionFailure: Error, CustomStringConvertible {
    let remote: SocketEndpoint
    let reason: String

    var description: String { "\(remote): \(reason)" }
}

extension [UInt8] {
    /// Whether a message that begins so answers one (RFC 3261 §7.2).
    var isSIPResponse: Bool { starts(with: [0x53, 0x49, 0x50, 0x2F, 0x32, 0x2E, 0x30, 0x20]) }
}
