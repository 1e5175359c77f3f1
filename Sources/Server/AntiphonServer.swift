import AudioFiles
import CallControl
import Credentials
import Logging
import MediaPlane
import NIOCore
import NIOPosix
import SIP
import SIPTransport
import ServiceLifecycle
import Synchronization
import Timing
import Voicemail

/// The running server: one event loop for signalling and scenarios, media threads, the recording writer.
package final class AntiphonServer: Service {
    /// What the server runs on, opened in this order and closed in the other.
    private struct Machinery {
        let group: MultiThreadedEventLoopGroup
        let background: NIOThreadPool
        let recorder: RecordingWriter
        let plane: MediaThreads
        let switchboard: Switchboard
        let driver: EndpointDriver
        let messages: MessageStore
    }

    /// Time that calls get to say good-bye and recordings to reach the disk when the server stops.
    private static let farewell = TimeAmount.seconds(8)

    private let setup: Setup
    private let log: Logger
    /// Work that is only for later calls need not be finished.
    private let isStopping = Atomic<Bool>(false)
    private let whenReady: @Sendable ([ListenerAddress]) -> Void

    /// `whenReady` is told what is listened on once calls are taken.
    package init(setup: Setup, log: Logger, whenReady: @escaping @Sendable ([ListenerAddress]) -> Void) {
        self.setup = setup
        self.log = log
        self.whenReady = whenReady
    }

    /// Runs until a graceful shutdown is asked for. Throws `ListenerFailure` or `StartFailure` when it cannot start.
    package func run() async throws {
        try Folder.make(setup.configuration.recordings)
        OpenFiles.raiseLimit()
        for report in RecordingRepair.scan(setup.configuration.recordings) {
            log.notice("recording found unfinished", metadata: ["report": "\(report)"])
        }
        let machinery = try build(try openMailboxes())
        let control: ControlSocket
        do {
            control = try await openControl(machinery)
        } catch {
            await dismantle(machinery)
            throw error
        }
        do {
            let bound = try await machinery.driver.open(
                setup.configuration.listeners.map {
                    ListenerAddress(transport: $0.transport, endpoint: SocketEndpoint(host: $0.address, port: $0.port))
                })
            whenReady(bound)
            machinery.background.submit { [self] _ in setup.prompts.encodeAll { !isStopping.load(ordering: .relaxed) } }
            // Returns when the shutdown is asked for, or throws when this task is cancelled: the end is the same.
            try? await gracefulShutdown()
        } catch {
            await control.close()
            await dismantle(machinery)
            throw error
        }
        await control.close()
        await sayGoodbye(machinery)
        await dismantle(machinery)
    }

    /// Brings index and disk of the mailboxes together, and makes those that the configuration wants and that are not there.
    private func openMailboxes() throws -> MessageStore {
        let configuration = setup.configuration
        let secret = try ServerSecret.open(configuration.data + "/secret")
        let store = try MessageStore.open(folder: configuration.voicemailFolder, secret: secret, policy: configuration.voicemail.policy)
        if !store.startReport.isEmpty { log.notice("mailboxes mended", metadata: ["report": "\(store.startReport)"]) }
        for name in configuration.voicemail.mailboxes {
            guard let address = MailboxAddress(name: name, domain: configuration.domain), try store.mailbox(address) == nil else {
                continue
            }
            try store.add(address, pin: configuration.voicemail.firstPIN)
            log.debug("mailbox made", metadata: ["mailbox": "\(address)"])
        }
        return store
    }

    private func openControl(_ machinery: Machinery) async throws -> ControlSocket {
        let loop = machinery.group.next()
        let rooms: @Sendable () -> EventLoopFuture<[RoomListing]> = {
            let promise = loop.makePromise(of: [RoomListing].self)
            loop.execute { machinery.driver.enter { promise.succeed(machinery.switchboard.roomListings(at: $0)) } }
            return promise.futureResult
        }
        let desk = ControlDesk(
            store: machinery.messages, domain: setup.configuration.domain, background: machinery.background, rooms: rooms)
        return try await ControlSocket.open(setup.configuration.controlSocket, desk: desk, group: machinery.group, log: log)
    }

    private func build(_ messages: MessageStore) throws -> Machinery {
        let recorder = RecordingWriter()
        guard recorder.start() else { throw StartFailure(description: "the system refuses the threads that write recordings") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let background = NIOThreadPool(numberOfThreads: 4)
        background.start()
        let relay = EventRelay(loop: loop)
        let plane = MediaThreads(settings: setup.configuration.mediaPlaneSettings, writer: recorder) { relay.forward($0) }
        let switchboard = Switchboard(
            settings: setup.configuration.switchboardSettings, scenarios: setup.scenarios, prompts: setup.prompts, media: plane,
            recorder: recorder, messages: messages,
            background: Background(run: { work in background.submit { _ in work() } }, comeBack: { relay.enter($0) }), log: log)
        let driver = EndpointDriver(loop: loop, endpoint: switchboard, peers: setup.configuration.peerNetworks, log: log)
        relay.attach(driver: driver, switchboard: switchboard)
        guard plane.start() else { throw StartFailure(description: "the system refuses the media threads") }
        return Machinery(
            group: group, background: background, recorder: recorder, plane: plane, switchboard: switchboard, driver: driver,
            messages: messages)
    }

    /// BYE to every caller, recordings to the disk; whoever does not answer in time is left behind.
    private func sayGoodbye(_ machinery: Machinery) async {
        let loop = machinery.group.next()
        let idle = loop.makePromise(of: Void.self)
        loop.execute {
            let timer = loop.scheduleTask(in: Self.farewell) { idle.succeed() }
            machinery.driver.enter { now in
                machinery.switchboard.whenIdle = {
                    timer.cancel()
                    idle.succeed()
                }
                machinery.switchboard.hangUpAll(at: now)
            }
        }
        try? await idle.futureResult.get()
        let totals = machinery.switchboard.totals
        log.notice(
            "server stopped",
            metadata: [
                "calls": "\(totals.invited)", "answered": "\(totals.answered)", "refused": "\(totals.refused)",
                "packets_received": "\(totals.packetsReceived)", "packets_lost": "\(totals.packetsLost)",
                "packets_sent": "\(totals.packetsSent)", "digits": "\(totals.digits)",
            ])
    }

    private func dismantle(_ machinery: Machinery) async {
        isStopping.store(true, ordering: .relaxed)
        try? await machinery.group.next().submit { machinery.driver.close() }.get()
        machinery.plane.stop()
        machinery.recorder.stop()
        try? await machinery.background.shutdownGracefully()
        machinery.messages.close()
        try? await machinery.group.shutdownGracefully()
    }
}

/// The server cannot start, and why.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String
}
