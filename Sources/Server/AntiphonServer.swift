import AudioFiles
import CallControl
import Credentials
import Logging
import MediaPlane
import NIOCore
import NIOPosix
import SIP
import SIPResolution
import SIPTransport
import SRTP
import ServiceLifecycle
import Synchronization
import Threads
import Timing
import UnixSignals
import Voicemail

/// The running server: one event loop for signalling and scenarios, media threads, the recording writer.
package final class AntiphonServer: Service {
    /// What the server runs on, opened in this order and closed in the other.
    private struct Machinery {
        let group: MultiThreadedEventLoopGroup
        let background: NIOThreadPool
        /// Threads that wait for a program which speaks; none where none is set.
        let speakers: NIOThreadPool?
        let recorder: RecordingWriter
        let plane: MediaThreads
        let switchboard: Switchboard
        let driver: EndpointDriver
        let messages: MessageStore
        let resolver: SIPResolution.Resolver

        var door: SwitchboardDoor { SwitchboardDoor(loop: driver.loop, driver: driver, switchboard: switchboard) }
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
        // Half a second for the prompts of two languages: mostly done when the first call comes, and behind everything else that wants a
        // core until then.
        let encoder = BackgroundThread(name: "encode-ahead", niceness: 10) { [self] in
            setup.prompts.encodeAll(further: setup.configuration.furtherForms) { !isStopping.load(ordering: .relaxed) }
        }
        defer {
            isStopping.store(true, ordering: .relaxed)
            encoder?.join()
        }
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
            let bound = try await machinery.driver.open(setup.configuration.listenerAddresses)
            whenReady(bound)
            begin(machinery)
            let hangUps = Task { await reloadOnHangUp(machinery.driver) }
            defer { hangUps.cancel() }
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
        let desk = ControlDesk(
            store: machinery.messages, domain: setup.configuration.domain, background: machinery.background,
            folders: [setup.configuration.recordings, machinery.messages.path],
            calls: { [door = machinery.door] in door.answer($0) })
        return try await ControlSocket.open(setup.configuration.controlSocket, desk: desk, group: machinery.group, log: log)
    }

    private func build(_ messages: MessageStore) throws -> Machinery {
        if setup.configuration.mayEncrypt, !SRTPLibrary.start() {
            throw StartFailure(description: "the library for SRTP cannot be started; srtp: off would do without it")
        }
        let recorder = RecordingWriter()
        guard recorder.start() else { throw StartFailure(description: "the system refuses the threads that write recordings") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let background = NIOThreadPool(numberOfThreads: 4)
        background.start()
        let speakers = setup.prompts.speaks ? NIOThreadPool(numberOfThreads: 4) : nil
        speakers?.start()
        let relay = EventRelay(loop: loop)
        let plane = MediaThreads(settings: setup.configuration.mediaPlaneSettings, writer: recorder) { relay.forward($0) }
        let resolver: SIPResolution.Resolver
        do {
            resolver = try SIPResolution.Resolver(ResolverSettings(servers: setup.configuration.nameServers))
        } catch {
            throw StartFailure(description: "\(error)")
        }
        let ways = WaysOut(setup.configuration.listeners, resolver: resolver, loop: loop)
        var settings = setup.configuration.switchboardSettings(prompts: setup.prompts)
        settings.locate = { ways.locate($0, $1) }
        settings.noteWay = { ways.note($0, isAlive: $1, for: $2) }
        let switchboard = Switchboard(
            settings: settings, scenarios: setup.scenarios, prompts: setup.prompts, media: plane,
            recorder: recorder, messages: messages,
            background: Background(run: { work in background.submit { _ in work() } }, comeBack: { relay.enter($0) }),
            speaking: speakers.map { pool in
                Background(run: { work in pool.submit { _ in work() } }, comeBack: { relay.enter($0) })
            }, log: log)
        let driver = EndpointDriver(
            loop: loop, endpoint: switchboard, peers: setup.configuration.heardNetworks,
            settings: setup.configuration.transportSettings, limiter: setup.configuration.sourceLimiter,
            resolve: { host, port, transport in ways.addresses(of: host, port, transport) }, log: log)
        relay.attach(driver: driver, switchboard: switchboard)
        messages.observe { address in relay.enter { switchboard.mailboxChanged(address) } }
        let subscriptions = SubscriptionFile(path: setup.configuration.data + "/subscriptions.json", background: background)
        switchboard.saveSubscriptions = { subscriptions.save($0) }
        guard plane.start() else { throw StartFailure(description: "the system refuses the media threads") }
        setup.webSounds?.start(log: log)
        return Machinery(
            group: group, background: background, speakers: speakers, recorder: recorder, plane: plane, switchboard: switchboard,
            driver: driver,
            messages: messages, resolver: resolver)
    }

    /// What goes out by itself once calls are taken: registrations, and what waits for those who subscribed to an earlier run.
    private func begin(_ machinery: Machinery) {
        let records = SubscriptionFile(path: setup.configuration.data + "/subscriptions.json", background: machinery.background).read()
        let log = log
        machinery.group.next().execute {
            machinery.driver.enter { now in
                machinery.switchboard.startTrunks(at: now)
                machinery.switchboard.lightLamps(at: now)
                let count = machinery.switchboard.restore(records, spreadOver: .seconds(10), at: now)
                if count > 0 { log.info("subscriptions taken up again", metadata: ["count": "\(count)"]) }
            }
        }
    }

    /// SIGHUP: certificates that were renewed are taken up without a call being lost.
    private func reloadOnHangUp(_ driver: EndpointDriver) async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            let failures = await driver.reload()
            log.notice("TLS files read anew", metadata: ["failures": "\(failures.count)"])
        }
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
        await setup.webSounds?.stop()
        machinery.resolver.stop()
        machinery.plane.stop()
        machinery.recorder.stop()
        try? await machinery.background.shutdownGracefully()
        try? await machinery.speakers?.shutdownGracefully()
        machinery.messages.close()
        try? await machinery.group.shutdownGracefully()
    }
}

/// The server cannot start, and why.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String
}
