import Logging
import NIOCore
import NIOPosix
import SIP
import Timing

/// Joins a sans-I/O endpoint to SwiftNIO: bytes in, bytes out, one timer.
///
/// Confined to one event loop, hence `@unchecked Sendable`; only `open` and `reload` are called from elsewhere.
package final class EndpointDriver: @unchecked Sendable {
    /// Finds the addresses of a host in the order in which to try them; empty or failed when there are none.
    package typealias Resolve = @Sendable (String, UInt16, TransportKind) -> EventLoopFuture<[SocketEndpoint]>

    struct Listener {
        var address: ListenerAddress
        /// nil for a TLS listener without an identity, which only connects to others.
        var channel: (any Channel)?
        /// Of a UDP listener, while it is open.
        var socket: DatagramSocket?
        var tls: TLSContexts?
    }

    package let loop: any EventLoop
    let endpoint: any SignallingEndpoint
    let log: Logger
    private let peers: PeerNetworks
    let settings: TransportSettings
    let resolve: Resolve?
    private var limiter: SourceLimiter?
    var peerAddresses = PeerAddresses()
    /// Peers that become known while the server runs: the addresses of a trunk that we registered with.
    package var admitted = PeerNetworks()
    package internal(set) var counts = TransportCounts()

    var listeners: [Listener] = []
    var connections: [UInt64: StreamConnection] = [:]
    var table = ConnectionTable()
    /// Messages for connections that are being opened.
    var waiting: [PendingConnection: [(bytes: [UInt8], flow: Flow)]] = [:]
    private var timer: (deadline: MonotonicTime, task: Scheduled<Void>)?
    private var reports = Allowance()
    private(set) var isClosed = false

    /// `endpoint` and the driver are used on `loop` only. `peers` are heard on each listener that has no list of its own. Without
    /// a `limiter` they may send as many requests as they like; without `resolve` only IP literals can be sent to.
    package init(
        loop: any EventLoop, endpoint: any SignallingEndpoint, peers: PeerNetworks = .loopback,
        settings: TransportSettings = TransportSettings(), limiter: SourceLimiter? = nil, resolve: Resolve? = nil, log: Logger
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.peers = peers
        self.settings = settings
        self.resolve = resolve
        self.log = log
        self.limiter = limiter
        endpoint.transmit = { [weak self] bytes, flow in self?.transmit(bytes, on: flow) }
    }

    /// Closes all sockets; the endpoint hears nothing more.
    package func close() {
        isClosed = true
        timer?.task.cancel()
        timer = nil
        for listener in listeners { listener.channel?.close(promise: nil) }
        for connection in connections.values { connection.close(nil) }
        listeners = []
        connections = [:]
        waiting = [:]
    }

    // MARK: The endpoint

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

    /// A message came of `source`.
    func received(_ bytes: [UInt8], of source: IPAddress, from flow: Flow) {
        let now = MonotonicTime.now()
        // Answers are to what we asked; requests are what a flood is made of.
        if !bytes.isSIPResponse, limiter?.admits(source, at: now) == false {
            counts.requestsLimited += 1
            return
        }
        enter { endpoint.receive(bytes, from: flow, at: $0) }
    }

    func socketClosed(_ listener: Int) {
        if listeners.indices.contains(listener) { listeners[listener].socket = nil }
    }

    /// Not from within what the endpoint is doing at the moment: it may be in the middle of its own state.
    func tellUnreachable(_ flow: Flow) {
        loop.execute { self.enter { self.endpoint.unreachable(flow, at: $0) } }
    }

    func needs(_ connection: UInt64) -> Bool { endpoint.needs(connection: connection) }

    // MARK: Who is heard

    /// Whether `source` is listed by its address on this listener.
    func hears(_ source: IPAddress, on listener: Int) -> Bool {
        guard listeners.indices.contains(listener) else { return false }
        return (listeners[listener].address.peers ?? peers).contains(source) || admitted.contains(source)
    }

    /// Whether one of the names is listed on this listener.
    func knows(_ names: CertificateNames, on listener: Int) -> Bool {
        listeners.indices.contains(listener) && !listeners[listener].address.peerNames.isDisjoint(with: names.domains)
    }

    /// Whether a connection of `source` is worth a handshake.
    func mayConnect(_ source: IPAddress, to listener: Int) -> Bool {
        guard listeners.indices.contains(listener), !isClosed else { return false }
        let address = listeners[listener].address
        return hears(source, on: listener) || (address.transport == .tls && !address.peerNames.isEmpty)
    }

    // MARK: Connections

    /// Counts a connection of a peer in; nil when there are too many.
    func admit(_ source: IPAddress) -> UInt64? {
        let id = table.addIncoming(from: source, settings)
        if id == nil { counts.connectionsRefused += 1 }
        return id
    }

    func left(_ connection: UInt64, wasOpen: Bool) {
        table.remove(connection)
        connections[connection] = nil
        guard wasOpen else { return }
        loop.execute { self.enter { self.endpoint.connectionClosed(connection, at: $0) } }
    }

    /// The connections that are open now: those of peers and our own.
    package var openConnections: (incoming: Int, outgoing: Int) { (table.incoming, table.outgoing) }

    /// For the log; a flood of errors must not become a flood of lines.
    func report(_ message: String) {
        guard reports.take(.init(perSecond: 5, burst: 50), at: .now()) else { return }
        log.info("\(message)")
    }
}

/// What the transport turned away since it was opened.
package struct TransportCounts: Hashable, Sendable {
    /// Requests dropped because their source sent too many.
    package var requestsLimited = 0
    /// Connections not taken because there were too many.
    package var connectionsRefused = 0
}
