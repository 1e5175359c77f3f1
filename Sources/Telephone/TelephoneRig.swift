import AudioFiles
import Logging
import MediaPlane
import NIOCore
import NIOPosix
import SDP
import SIP
import SIPDialogs
import SIPTransport
import Timing

/// A telephone with everything it runs on: event loop, sockets, media threads.
package final class TelephoneRig: Sendable {
    package let recorder: RecordingWriter
    package let plane: MediaThreads
    private let group: MultiThreadedEventLoopGroup
    private let telephone: SoftPhone
    private let driver: EndpointDriver
    private let transport: TransportKind

    package var loop: any EventLoop { group.next() }

    /// `ports` for RTP; SIP takes any free port of `address`. `capabilities` are what each call offers.
    package init(
        address: String, transport: TransportKind, ports: ClosedRange<UInt16>, product: String,
        capabilities: AudioCapabilities = AudioCapabilities(), log: Logger
    ) async throws {
        let recorder = RecordingWriter()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        // The port must be known before the first message is built, so the socket is probed for one first.
        let port = try FreePort.find(on: address, transport: transport)
        let ends = TelephoneEnds(loop: loop)
        let plane = MediaThreads(settings: MediaPlaneSettings(address: address, ports: ports), writer: recorder) { ends.forward($0) }
        let telephone = SoftPhone(
            configuration: UserAgentConfiguration(
                listeners: [.init(transport: transport, advertisedHost: address, advertisedPort: port)], product: product),
            identity: NameAddress(uri: SIPURI(user: "telephone", host: address)), media: plane, mediaAddress: address,
            capabilities: capabilities)
        var peers = PeerNetworks.loopback
        _ = peers.add("0.0.0.0/0")
        _ = peers.add("::/0")
        let driver = EndpointDriver(loop: loop, endpoint: telephone, peers: peers, log: log)
        ends.attach(driver: driver, telephone: telephone)
        guard recorder.start(), plane.start() else { throw LoadFailure(description: "the system refuses threads") }
        _ = try await driver.open([ListenerAddress(transport: transport, endpoint: SocketEndpoint(host: address, port: port))])
        self.recorder = recorder
        self.plane = plane
        self.group = group
        self.telephone = telephone
        self.driver = driver
        self.transport = transport
    }

    /// Runs `work` on the event loop with the telephone.
    package func with<Result: Sendable>(_ work: @escaping @Sendable (SoftPhone, MonotonicTime) throws -> Result) async throws -> Result {
        try await loop.submit { [self] in
            var result: Swift.Result<Result, any Error>?
            driver.enter { now in result = Swift.Result { try work(telephone, now) } }
            guard let result else { throw ChannelError.ioOnClosedChannel }
            return try result.get()
        }.get()
    }

    /// The flow of a call to `uri`; nil when its host is no IP address.
    package func flow(to uri: SIPURI) -> Flow? {
        uri.endpoint.map { Flow(listener: 0, transport: transport, remote: $0, connection: nil) }
    }

    package func stop() async {
        try? await loop.submit { [self] in driver.close() }.get()
        plane.stop()
        recorder.stop()
        try? await group.shutdownGracefully()
    }
}
