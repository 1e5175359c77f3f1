import NIOCore
import NIOPosix
import NIOSSL
import SIP

extension EndpointDriver {
    /// Datagrams taken in one read of the socket.
    private static let datagramsPerRead = 32

    /// Opens every listener, in order: a flow's `listener` is an index into `addresses`. Returns what was bound (port 0 becomes a real
    /// one). Throws `ListenerFailure`. Called off the event loop.
    package func open(_ addresses: [ListenerAddress]) async throws -> [ListenerAddress] {
        var bound: [ListenerAddress] = []
        for address in addresses {
            do {
                var listener = Listener(address: address)
                if address.transport == .tls {
                    guard let settings = address.tls else { throw TLSFailure(file: "", reason: "TLS needs a certificate and its key") }
                    listener.tls = try contexts(settings)
                }
                bound.append(try await loop.flatSubmit { [listener] in self.open(listener) }.get())
            } catch let error as IOError {
                throw ListenerFailure(address: address, reason: error.reasonForPeople)
            } catch {
                throw ListenerFailure(address: address, reason: "\(error)")
            }
        }
        return bound
    }

    private func open(_ listener: Listener) -> EventLoopFuture<ListenerAddress> {
        let index = listeners.count
        // In the list before the first packet can come.
        listeners.append(listener)
        if listener.address.transport == .tls, listener.tls?.server == nil { return loop.makeSucceededFuture(listener.address) }
        return bind(listener.address, index: index).map { channel in
            self.listeners[index].channel = channel
            if listener.address.transport == .udp { self.listeners[index].socket = DatagramSocket(channel) }
            var address = listener.address
            if let port = channel.localAddress?.port.flatMap({ UInt16(exactly: $0) }) { address.endpoint.port = port }
            self.listeners[index].address = address
            return address
        }
    }

    private func bind(_ address: ListenerAddress, index: Int) -> EventLoopFuture<any Channel> {
        let (host, port) = (address.endpoint.host, Int(address.endpoint.port))
        if address.transport == .udp {
            var bootstrap = DatagramBootstrap(group: loop)
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * 65_536))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramReader(driver: self, listener: index))
                    }
                }
            if !address.isIPv4 { bootstrap = bootstrap.channelOption(.ipv6Only, value: 1) }
            return bootstrap.bind(host: host, port: port)
        }
        var bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if address.transport == .tls {
                        // Asked for at each connection, so that a new certificate is used at once.
                        guard let server = self.listeners.element(at: index)?.tls?.server else { throw ChannelError.ioOnClosedChannel }
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: server))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(driver: self, listener: index, transport: address.transport, origin: .theirs))
                }
            }
        if !address.isIPv4 { bootstrap = bootstrap.serverChannelOption(.ipv6Only, value: 1) }
        return bootstrap.bind(host: host, port: port)
    }

    // MARK: Certificates

    /// Reads the files of every TLS listener anew. Connections that are opened from now on use what they hold; where a file is bad the
    /// listener goes on with what it has, and the failure is returned. Called off the event loop.
    package func reload() async -> [TLSFailure] {
        var failures: [TLSFailure] = []
        let current = try? await loop.submit { self.listeners.map(\.tls?.settings) }.get()
        for (index, settings) in (current ?? []).enumerated() {
            guard let settings else { continue }
            do {
                let contexts = try contexts(settings)
                try? await loop.submit { if self.listeners.indices.contains(index) { self.listeners[index].tls = contexts } }.get()
            } catch {
                log.error("TLS files are not used", metadata: ["reason": "\(error)"])
                failures.append(error)
            }
        }
        return failures
    }

    private func contexts(_ settings: TLSSettings) throws(TLSFailure) -> TLSContexts {
        let contexts = try TLSContexts(reading: settings)
        if let end = contexts.secondsLeft, end < 14 * 86_400 {
            log.warning(
                "a TLS certificate ends soon", metadata: ["file": "\(settings.identity?.certificates ?? "")", "days": "\(end / 86_400)"])
        }
        return contexts
    }

    func tlsSettings(of listener: Int) -> TLSSettings? { listeners.element(at: listener)?.tls?.settings }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// NIO's sockets take IPv4 too unless told otherwise, and then 0.0.0.0 could not be listened on beside ::.
    fileprivate static var ipv6Only: Self { ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only) }
}

extension Array {
    func element(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension IOError {
    /// What to tell the person who starts the server.
    fileprivate var reasonForPeople: String {
        switch errnoCode {
        case 98: "the address is already in use by another program (another server running?)"
        case 13: "not allowed (ports below 1024 need a privilege)"
        case 99: "this machine has no such address"
        default: "\(self)"
        }
    }
}
