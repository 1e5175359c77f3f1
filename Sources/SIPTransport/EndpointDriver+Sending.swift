import NIOCore
import NIOPosix
import NIOSSL
import SIP

/// A connection that is being opened: from which listener, to whom, and whom the certificate must name.
struct PendingConnection: Hashable, Sendable {
    var destination: ConnectionTable.Destination
    var wanted: [String]
}

extension EndpointDriver {
    /// Messages that wait for one connection.
    private static let waitingLimit = 16
    /// Addresses of a host that are tried.
    private static let addressLimit = 8

    func transmit(_ bytes: [UInt8], on flow: Flow) {
        guard !isClosed, let listener = listeners.element(at: flow.listener), listener.address.transport == flow.transport else {
            return giveUp(flow, "there is no such listener")
        }
        switch flow.transport {
        case .udp: sendDatagram(bytes, on: flow, listener)
        case .tcp, .tls: sendOverStream(bytes, on: flow)
        }
    }

    private func giveUp(_ flow: Flow, _ reason: String) {
        log.debug("no way to send", metadata: ["to": "\(flow.remote)", "reason": "\(reason)"])
        tellUnreachable(flow)
    }

    // MARK: Datagrams

    private func sendDatagram(_ bytes: [UInt8], on flow: Flow, _ listener: Listener) {
        guard let socket = listener.socket else { return giveUp(flow, "the listener is closed") }
        if let peer = peerAddresses.of(flow.remote) { return write(bytes, to: peer.socket, on: flow, socket) }
        addresses(of: flow).whenComplete { result in
            // Repetitions of a request go to the first address as well; another one is for the transaction's time-out to choose.
            guard let first = (try? result.get())?.first,
                let target = try? NIOCore.SocketAddress(ipAddress: first.host, port: Int(first.port))
            else { return self.giveUp(flow, "no address") }
            // Not the one from before: it may have been closed meanwhile.
            guard let socket = self.listeners.element(at: flow.listener)?.socket else { return self.giveUp(flow, "the listener is closed") }
            self.write(bytes, to: target, on: flow, socket)
        }
    }

    private func write(_ bytes: [UInt8], to target: NIOCore.SocketAddress, on flow: Flow, _ socket: DatagramSocket) {
        // RFC 3261 §18.4: the transaction of a request is told what the system says; of a response there is nobody to tell.
        socket.send(bytes, to: target) { if !bytes.isSIPResponse { self.giveUp(flow, "\($0)") } }
    }

    // MARK: Streams

    private func sendOverStream(_ bytes: [UInt8], on flow: Flow) {
        if let id = flow.connection {
            if let connection = connections[id] { return connection.send(bytes, for: flow) }
            if bytes.isSIPResponse {
                guard let way = ConnectionAlias.way(ofAnswer: bytes, instead: flow) else { return }
                return sendOverStream(bytes, on: way)
            }
        }
        let wanted = flow.peerNames.isEmpty ? [flow.remote.host.lowercasedASCII] : flow.peerNames
        let destination = ConnectionTable.Destination(listener: flow.listener, transport: flow.transport, remote: flow.remote.canonical)
        if let id = table.find(destination, wanted: wanted), let connection = connections[id] {
            return connection.send(bytes, for: flow)
        }
        connect(PendingConnection(destination: destination, wanted: wanted), first: bytes, for: flow)
    }

    /// RFC 3261 §18.1.1 and §18.2.2: where no connection is open (any more), one is opened to send.
    private func connect(_ pending: PendingConnection, first bytes: [UInt8], for flow: Flow) {
        if let messages = waiting[pending] {
            if messages.count < Self.waitingLimit { waiting[pending]?.append((bytes, flow)) } else { giveUp(flow, "too much waits for it") }
            return
        }
        guard waiting.count < settings.outgoingConnections else { return giveUp(flow, "too many connections are being opened") }
        waiting[pending] = [(bytes, flow)]
        addresses(of: flow)
            .flatMap { self.open(pending, at: $0[...]) }
            .whenComplete { result in
                let messages = self.waiting.removeValue(forKey: pending) ?? []
                switch result {
                case .success(let connection):
                    // Under the name that was asked for as well, so the next message finds it without asking for addresses.
                    connection.lead(to: pending.destination)
                    for message in messages { connection.send(message.bytes, for: message.flow) }
                case .failure(let error):
                    self.report("cannot connect to \(pending.destination.remote): \(error)")
                    for flow in Set(messages.map(\.flow)) { self.tellUnreachable(flow) }
                }
            }
    }

    /// Opens a connection to the first address that has one; the next has its turn when one fails (RFC 3263 §4.3).
    private func open(_ pending: PendingConnection, at addresses: ArraySlice<SocketEndpoint>) -> EventLoopFuture<StreamConnection> {
        guard let remote = addresses.first else {
            return loop.makeFailedFuture(ConnectionFailure(remote: pending.destination.remote, reason: "no address that may be used"))
        }
        let rest = addresses.dropFirst()
        return open(pending, at: remote).flatMapError { error in
            guard !rest.isEmpty, !self.isClosed else { return self.loop.makeFailedFuture(error) }
            self.report("cannot connect to \(remote), trying the next address: \(error)")
            return self.open(pending, at: rest)
        }
    }

    private func open(_ pending: PendingConnection, at remote: SocketEndpoint) -> EventLoopFuture<StreamConnection> {
        let (index, transport) = (pending.destination.listener, pending.destination.transport)
        let reached = ConnectionTable.Destination(listener: index, transport: transport, remote: remote)
        if let id = table.find(reached, wanted: pending.wanted), let connection = connections[id] {
            return loop.makeSucceededFuture(connection)
        }
        guard !isClosed, let listener = listeners.element(at: index),
            let address = try? NIOCore.SocketAddress(ipAddress: remote.host, port: Int(remote.port)),
            let id = table.addOutgoing(settings)
        else {
            return loop.makeFailedFuture(ConnectionFailure(remote: remote, reason: "there are too many connections"))
        }
        let opened = loop.makePromise(of: StreamConnection.self)
        let connection = StreamConnection(
            driver: self, listener: index, transport: transport, origin: .ours(id, wanted: pending.wanted, opened: opened), remote: remote)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(settings.connectTime.wholeNanoseconds))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            // Bytes that nobody acknowledges for so long (ms) end the connection, also where the peer answers no pings (tcp(7)).
            .channelOption(.tcpOption(.init(rawValue: 18)), value: .init(settings.connectTime.wholeMilliseconds * 6))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let client = listener.tls?.client {
                        // Addresses have no place in the server_name (RFC 6066 §3).
                        let name = pending.wanted.first { IPAddress($0) == nil }
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: client, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
        // From the listener's own address, which is the one that the peer knows us by.
        if !listener.address.isEveryAddress, let local = try? NIOCore.SocketAddress(ipAddress: listener.address.endpoint.host, port: 0) {
            bootstrap = bootstrap.bind(to: local)
        }
        bootstrap.connect(to: address).whenFailure { connection.abandon("\($0)") }
        return opened.futureResult
    }

    // MARK: Addresses

    /// Where a flow leads, of the family of its listener.
    private func addresses(of flow: Flow) -> EventLoopFuture<[SocketEndpoint]> {
        let found: EventLoopFuture<[SocketEndpoint]>
        if IPAddress(flow.remote.host) != nil {
            found = loop.makeSucceededFuture([flow.remote.canonical])
        } else if let resolve {
            found = resolve(flow.remote.host, flow.remote.port, flow.transport).hop(to: loop)
        } else {
            found = loop.makeSucceededFuture([])
        }
        return found.map { found in
            guard let isIPv4 = self.listeners.element(at: flow.listener)?.address.isIPv4 else { return [] }
            return Array(
                found.lazy.filter { remote in
                    guard let address = IPAddress(remote.host), address.isIPv4 == isIPv4 else { return false }
                    guard flow.transport.isReliable else { return true }
                    return self.settings.connectsTo?.contains(address) ?? false || self.hears(address, on: flow.listener)
                }.prefix(Self.addressLimit).map(\.canonical))
        }
    }
}
