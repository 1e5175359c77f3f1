import Logging
import NIOCore
import NIOPosix
import SIP
import Timing

/// Joins a sans-I/O endpoint to SwiftNIO: bytes in, bytes out, one timer.
///
/// Confined to one event loop, hence `@unchecked Sendable`; only `open` is called from elsewhere.
package final class EndpointDriver: @unchecked Sendable {
    /// Datagrams taken in one read of the socket.
    private static let datagramsPerRead = 32

    package let loop: any EventLoop
    private let endpoint: any SignallingEndpoint
    private let peers: PeerNetworks
    private let log: Logger
    private let connectionLimit: Int

    private var listeners: [(address: ListenerAddress, channel: any Channel)] = []
    private var connections: [UInt64: any Channel] = [:]
    private var connectionsByRemote: [SocketEndpoint: UInt64] = [:]
    private var pendingConnects: [SocketEndpoint: [[UInt8]]] = [:]
    private var lastConnection: UInt64 = 0
    private var timer: (deadline: MonotonicTime, task: Scheduled<Void>)?
    private var isClosed = false

    /// `endpoint` and the driver are used on `loop` only.
    package init(
        loop: any EventLoop, endpoint: any SignallingEndpoint, peers: PeerNetworks = .loopback, connectionLimit: Int = 1_000, log: Logger
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.peers = peers
        self.connectionLimit = connectionLimit
        self.log = log
        endpoint.transmit = { [unowned self] bytes, flow in self.transmit(bytes, on: flow) }
    }

    // MARK: Opening and closing

    /// Opens every listener, in order: a flow's `listener` is an index into `addresses`. Returns what was bound (port 0 becomes a real one).
    /// Called off the event loop.
    package func open(_ addresses: [ListenerAddress]) async throws -> [ListenerAddress] {
        var bound: [ListenerAddress] = []
        for (index, address) in addresses.enumerated() {
            do {
                let channel = try await loop.flatSubmit { self.listen(on: address, index: index) }.get()
                let port = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? address.endpoint.port
                bound.append(
                    ListenerAddress(transport: address.transport, endpoint: SocketEndpoint(host: address.endpoint.host, port: port)))
            } catch let error as IOError {
                throw ListenerFailure(address: address, reason: error.reasonForPeople)
            } catch {
                throw ListenerFailure(address: address, reason: "\(error)")
            }
        }
        return bound
    }

    private func listen(on address: ListenerAddress, index: Int) -> EventLoopFuture<any Channel> {
        let channel: EventLoopFuture<any Channel>
        switch address.transport {
        case .udp:
            channel = DatagramBootstrap(group: loop)
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * 65_536))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramReader(driver: self, listener: index))
                    }
                }
                .bind(host: address.endpoint.host, port: Int(address.endpoint.port))
        case .tcp:
            channel = ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try self.adopt(channel, listener: index)
                    }
                }
                .bind(host: address.endpoint.host, port: Int(address.endpoint.port))
        }
        return channel.map { channel in
            self.listeners.append((address, channel))
            return channel
        }
    }

    /// Closes all sockets; the endpoint hears nothing more.
    package func close() {
        isClosed = true
        timer?.task.cancel()
        timer = nil
        for listener in listeners { listener.channel.close(promise: nil) }
        for connection in connections.values { connection.close(promise: nil) }
        listeners = []
        connections = [:]
    }

    // MARK: Timer

    /// Runs `work` on the endpoint and re-arms the timer afterwards: every entry into the endpoint goes through here.
    package func enter(_ work: (MonotonicTime) -> Void) {
        guard !isClosed else { return }
        work(MonotonicTime.now())
        arm()
    }

    private func arm() {
        let deadline = endpoint.nextDeadline()
        guard deadline != timer?.deadline else { return }
        // A later deadline may wait for the timer that is set: it fires, finds nothing due and arms again.
        if let timer, let deadline, timer.deadline <= deadline { return }
        timer?.task.cancel()
        timer = nil
        guard let deadline else { return }
        let task = loop.scheduleTask(deadline: NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanoseconds)))) {
            self.timer = nil
            self.enter { self.endpoint.fire(at: $0) }
        }
        timer = (deadline, task)
    }

    // MARK: Sending

    private func transmit(_ bytes: [UInt8], on flow: Flow) {
        guard !isClosed else { return }
        switch flow.transport {
        case .udp:
            guard listeners.indices.contains(flow.listener),
                let target = try? NIOCore.SocketAddress(ipAddress: flow.remote.host, port: Int(flow.remote.port))
            else {
                log.debug("no way to send to \(flow.remote)")
                return
            }
            let channel = listeners[flow.listener].channel
            let envelope = AddressedEnvelope(remoteAddress: target, data: channel.allocator.buffer(bytes: bytes))
            channel.writeAndFlush(envelope, promise: nil)
        case .tcp:
            if let id = flow.connection ?? connectionsByRemote[flow.remote], let channel = connections[id] {
                channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
            } else {
                connect(to: flow.remote, listener: flow.listener, first: bytes)
            }
        }
    }

    /// RFC 3261 §18.1.1 and §18.2.2: where no connection is open (any more), one is opened to send.
    private func connect(to remote: SocketEndpoint, listener: Int, first bytes: [UInt8]) {
        if pendingConnects[remote] != nil {
            if pendingConnects[remote, default: []].count < 16 { pendingConnects[remote]?.append(bytes) }
            return
        }
        guard peers.contains(remote.host) else {
            log.debug("not connecting to \(remote): not a listed peer")
            return
        }
        pendingConnects[remote] = [bytes]
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.adopt(channel, listener: listener) }
            }
            .connect(host: remote.host, port: Int(remote.port))
            .whenComplete { result in
                let waiting = self.pendingConnects.removeValue(forKey: remote) ?? []
                switch result {
                case .success(let channel):
                    for bytes in waiting { channel.write(channel.allocator.buffer(bytes: bytes), promise: nil) }
                    channel.flush()
                case .failure(let error):
                    // The transaction's own timer tells the user agent.
                    self.log.info("cannot connect to \(remote): \(error)")
                }
            }
    }

    // MARK: Called by the channel handlers

    private func adopt(_ channel: any Channel, listener: Int) throws {
        guard connections.count < connectionLimit, !isClosed else { throw ChannelError.ioOnClosedChannel }
        lastConnection += 1
        let id = lastConnection
        connections[id] = channel
        try channel.pipeline.syncOperations.addHandler(ConnectionReader(driver: self, listener: listener, connection: id))
    }

    func isListed(_ address: NIOCore.SocketAddress?) -> Bool {
        address?.ipAddress.map(peers.contains) ?? false
    }

    func opened(_ connection: UInt64, from remote: SocketEndpoint) {
        connectionsByRemote[remote] = connection
    }

    func received(_ bytes: [UInt8], from flow: Flow) {
        enter { endpoint.receive(bytes, from: flow, at: $0) }
    }

    func closed(_ connection: UInt64, remote: SocketEndpoint?) {
        connections[connection] = nil
        if let remote, connectionsByRemote[remote] == connection { connectionsByRemote[remote] = nil }
        enter { endpoint.connectionClosed(connection, at: $0) }
    }

    func report(_ message: String) {
        log.info("\(message)")
    }
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
