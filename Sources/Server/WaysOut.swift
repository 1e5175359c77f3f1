import NIOCore
import SIP
import SIPResolution

/// The ways from our listeners to an address, by RFC 3263.
struct WaysOut: Sendable {
    private let locator: Locator
    private let loop: any EventLoop
    /// The listener that a transport and a family leave by.
    private let listeners: [(transport: TransportKind, family: AddressFamily, index: Int)]

    init(_ listeners: [Configuration.Listener], resolver: SIPResolution.Resolver, loop: any EventLoop) {
        let known = listeners.enumerated().map { index, listener in
            (listener.transport, listener.address.utf8.contains(UInt8(ascii: ":")) ? AddressFamily.ipv6 : .ipv4, index)
        }
        var ways: [LocalWay] = []
        for (transport, family, _) in known where !ways.contains(LocalWay(transport, family)) { ways.append(LocalWay(transport, family)) }
        self.listeners = known
        self.loop = loop
        locator = Locator(ways: ways, resolver: resolver)
    }

    /// Tells `then` on the loop, at once when nothing need be looked up and this is the loop. None: there is no way.
    func locate(_ uri: SIPURI, _ then: @escaping ([Flow]) -> Void) {
        let then = NIOLoopBound(then, eventLoop: loop)
        let loop = loop
        locator.locate(uri) { result in
            let flows = (try? result.get())?.compactMap(flow) ?? []
            if loop.inEventLoop { then.value(flows) } else { loop.execute { then.value(flows) } }
        }
    }

    /// Places that failed are tried last for a while.
    func note(_ way: Flow, isAlive: Bool, for time: Duration?) {
        let target = DeadTargets.Target(transport: way.transport, endpoint: way.remote)
        if isAlive { locator.noteAnswer(from: target) } else { locator.noteFailure(of: target, for: time) }
    }

    /// The addresses of a host whose port and transport are known, as a Record-Route has them.
    func addresses(of host: String, _ port: UInt16, _ transport: TransportKind) -> EventLoopFuture<[SocketEndpoint]> {
        let promise = loop.makePromise(of: [SocketEndpoint].self)
        let uri = SIPURI(user: nil, host: host, port: port, parameters: Parameters([("transport", transport.rawValue)]))
        locator.locate(uri) { promise.completeWith($0.map { $0.map(\.endpoint) }.mapError { $0 as any Error }) }
        return promise.futureResult
    }

    private func flow(_ hop: NextHop) -> Flow? {
        let family: AddressFamily = hop.endpoint.host.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4
        guard let listener = listeners.first(where: { $0.transport == hop.transport && $0.family == family }) else { return nil }
        return Flow(listener: listener.index, transport: hop.transport, remote: hop.endpoint, peerNames: [hop.domain])
    }
}
