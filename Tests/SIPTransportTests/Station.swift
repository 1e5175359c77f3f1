import Logging
import NIOCore
import NIOPosix
import SIP
import Timing

@testable import SIPTransport

/// What came and waits to be asked for, or is asked for and has yet to come. Confined to one event loop.
final class Inbox<Item: Sendable>: @unchecked Sendable {
    private let loop: any EventLoop
    private var items: [Item] = []
    private var promises: [EventLoopPromise<Item>] = []

    init(_ loop: any EventLoop) { self.loop = loop }

    func put(_ item: Item) {
        if promises.isEmpty { items.append(item) } else { promises.removeFirst().succeed(item) }
    }

    /// The next one, as soon as there is one.
    func next() async throws -> Item {
        try await loop.flatSubmit {
            guard self.items.isEmpty else { return self.loop.makeSucceededFuture(self.items.removeFirst()) }
            self.promises.append(self.loop.makePromise())
            return self.promises[self.promises.count - 1].futureResult
        }.get()
    }

    var isEmpty: Bool { get async throws { try await loop.submit { self.items.isEmpty }.get() } }
}

/// A driver over an endpoint that keeps what it is told.
final class Station: SignallingEndpoint, @unchecked Sendable {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let messages: Inbox<(text: String, flow: Flow)>
    let closed: Inbox<UInt64>
    let lost: Inbox<Flow>
    var transmit: ([UInt8], Flow) -> Void = { _, _ in }
    var keepsConnections = true
    /// True for a message that comes, false for one that cannot leave: whichever is first, here or at another station.
    var outcome: EventLoopPromise<Bool>?
    private var driver: EndpointDriver?
    private(set) var addresses: [ListenerAddress] = []

    private init() {
        messages = Inbox(loop)
        closed = Inbox(loop)
        lost = Inbox(loop)
    }

    static func with<Result>(
        _ listeners: [ListenerAddress], peers: PeerNetworks = .loopback, settings: TransportSettings = TransportSettings(),
        limiter: SourceLimiter? = nil, resolve: EndpointDriver.Resolve? = nil, _ body: (Station) async throws -> Result
    ) async throws -> Result {
        let station = Station()
        let driver = EndpointDriver(
            loop: station.loop, endpoint: station, peers: peers, settings: settings, limiter: limiter, resolve: resolve,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        station.driver = driver
        station.addresses = try await driver.open(listeners)
        do {
            let result = try await body(station)
            try await station.stop()
            return result
        } catch {
            try await station.stop()
            throw error
        }
    }

    private func stop() async throws {
        try await loop.submit { self.driver?.close() }.get()
    }

    func port(_ listener: Int = 0) -> UInt16 { addresses[listener].endpoint.port }

    func onDriver<Result: Sendable>(_ work: @escaping @Sendable (EndpointDriver) -> Result) async throws -> Result? {
        try await loop.submit { self.driver.map(work) }.get()
    }

    /// On the event loop.
    func channel(_ listener: Int) -> (any Channel)? { driver?.listeners[listener].channel }

    func reload() async -> [TLSFailure] { await driver?.reload() ?? [] }

    func send(_ text: String, on flow: Flow) async throws {
        try await loop.submit { self.transmit(Array(text.utf8), flow) }.get()
    }

    /// The flow to a port of this machine.
    static func flow(_ transport: TransportKind, to port: UInt16, host: String = "127.0.0.1", names: [String] = []) -> Flow {
        Flow(listener: 0, transport: transport, remote: SocketEndpoint(host: host, port: port), peerNames: names)
    }

    // MARK: The endpoint's side

    func receive(_ bytes: [UInt8], from flow: Flow, at now: MonotonicTime) {
        messages.put((String(decoding: bytes, as: UTF8.self), flow))
        outcome?.succeed(true)
    }

    func connectionClosed(_ connection: UInt64, at now: MonotonicTime) { closed.put(connection) }

    func unreachable(_ flow: Flow, at now: MonotonicTime) {
        lost.put(flow)
        outcome?.succeed(false)
    }

    func needs(connection: UInt64) -> Bool { keepsConnections }
    func fire(at now: MonotonicTime) {}
    func nextDeadline() -> MonotonicTime? { nil }
}

extension ListenerAddress {
    static func loopback(
        _ transport: TransportKind, host: String = "127.0.0.1", peers: PeerNetworks? = nil, peerNames: Set<String> = [],
        tls: TLSSettings? = nil
    ) -> ListenerAddress {
        ListenerAddress(transport: transport, endpoint: SocketEndpoint(host: host, port: 0), peers: peers, peerNames: peerNames, tls: tls)
    }
}

/// Short messages that a stream can be cut into.
enum Sample {
    static func request(_ number: Int = 1, via: String = "127.0.0.1", padding: Int = 0) -> String {
        "OPTIONS sip:example.com SIP/2.0\r\n" + headers(number, via, length: padding) + String(repeating: "x", count: padding)
    }

    static func response(_ number: Int = 1, via: String = "127.0.0.1") -> String {
        "SIP/2.0 200 OK\r\n" + headers(number, via, length: 0)
    }

    private static func headers(_ number: Int, _ via: String, length: Int) -> String {
        "Via: SIP/2.0/TCP \(via);branch=z9hG4bK\(number)\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"
            + "Call-ID: 1@example.com\r\nCSeq: \(number) OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: \(length)\r\n\r\n"
    }
}
