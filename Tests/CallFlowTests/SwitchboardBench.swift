import AudioFiles
import Foundation
import Logging
import Prompts
import SIP
import SIPDialogs
import Scenarios
import Testing
import Timing
import Voicemail

@testable import CallControl
@testable import MediaPlane

/// A switchboard on a bench: SIP bytes, media events and time go in by hand; what it sends and orders is written down.
final class SwitchboardBench {
    enum Output {
        case sent([UInt8], Flow)
        case ordered(String)
    }

    /// Where calls out lead.
    static let callee = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.2", port: 5060))
    static let caller = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.1", port: 5060))

    let switchboard: Switchboard
    let media = MediaDouble()
    let recorder = RecordingWriter()
    let trace: StateTrace
    private let mailbox = Mailbox()
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    /// What came out and was not taken yet, with its time.
    private var outputs: [(time: MonotonicTime, output: Output)] = []

    init(
        callLimit: Int = 100, recordings: String = "/nonexistent", routes: [Route] = Shipped.routes, messages: MessageStore? = nil,
        rooms: [RoomBook.Entry] = [], trustsPeers: Bool = false, dialTargets: [String] = [], scenarios: ScenarioSet? = Shipped.scenarios,
        prompts: PromptLibrary = Shipped.prompts,
        adjust: (inout SwitchboardSettings) -> Void = { _ in }
    ) throws {
        let trace = StateTrace()
        let userAgent = UserAgentConfiguration(
            listeners: [
                .init(transport: .udp, advertisedHost: "192.0.2.10", advertisedPort: 5060),
                .init(transport: .tcp, advertisedHost: "192.0.2.10", advertisedPort: 5060),
            ], handedOver: dialTargets.isEmpty ? [] : [.info, .subscribe, .notify, .refer])
        let policy = DialOutPolicy(targets: try dialTargets.map { try DialTarget($0) })
        var settings = SwitchboardSettings(
            userAgent: userAgent, routing: RoutingTable(routes: routes, defaultDomain: "example.com"), mediaAddress: "192.0.2.10",
            recordings: recordings, callLimit: callLimit, rooms: RoomBook(entries: rooms),
            dialOut: DialOutSettings(policy: policy), locate: { $1([Self.callee]) }, trusts: { _ in trustsPeers })
        adjust(&settings)
        let background = Background(run: { [mailbox] in mailbox.run($0) }, comeBack: { [mailbox] in mailbox.put($0) })
        self.trace = trace
        switchboard = Switchboard(
            settings: settings, scenarios: try #require(scenarios), prompts: prompts, media: media, recorder: recorder,
            messages: messages, background: background, log: Logger(label: "bench") { _ in trace })
        media.note = { [unowned self] in outputs.append((now, .ordered($0))) }
        switchboard.transmit = { [unowned self] in outputs.append((now, .sent($0, $1))) }
    }

    func takeOutputs() -> [(time: MonotonicTime, output: Output)] {
        defer { outputs = [] }
        return outputs
    }

    /// The orders since the last look.
    func takeOrders() -> [String] {
        takeOutputs().compactMap { if case .ordered(let text) = $0.output { text } else { nil } }
    }

    // MARK: What happens

    func receive(_ text: String, from flow: Flow = SwitchboardBench.caller) {
        switchboard.receive(Array(text.utf8), from: flow, at: now)
        settle()
    }

    /// The session of the newest call.
    var session: SessionDouble? { media.sessions.last }

    func tell(_ happen: (SessionDouble) -> [MediaEvent]) {
        guard let session else { return }
        switchboard.handle(happen(session), at: now)
        settle()
    }

    func press(_ keys: String) {
        for key in keys { tell { [.digit($0.id, key)] } }
    }

    func finishPlaying() {
        tell { session in
            session.finishPlaying()
            return []
        }
    }

    /// Moves the clock, timer by timer.
    func pass(_ duration: Duration) {
        let end = now + duration
        var rounds = 0
        while let next = switchboard.nextDeadline(), next <= end {
            now = max(now, next)
            switchboard.fire(at: now)
            settle()
            rounds += 1
            guard rounds < 100_000 else {
                Issue.record("a deadline that fires for ever")
                break
            }
        }
        now = end
    }

    /// Carries out what the double and the background have to tell, until all is quiet.
    private func settle() {
        while true {
            let events = media.takeEvents()
            if !events.isEmpty {
                switchboard.handle(events, at: now)
            } else if let work = mailbox.take() {
                switchboard.wake(at: now)
                work()
            } else {
                return
            }
        }
    }

    /// Waits for work that another thread brings back (the recording writer's). False after 30 s without.
    func awaitBackground() -> Bool {
        guard let work = mailbox.wait() else { return false }
        switchboard.wake(at: now)
        work()
        settle()
        return true
    }

    /// Nothing of any call may be left once the timers of its transactions have run out (64*T1 and T2).
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) {
        _ = takeOutputs()
        pass(.seconds(40))
        #expect(takeOutputs().isEmpty, "something is still sent", sourceLocation: sourceLocation)
        #expect(switchboard.callCount == 0 && switchboard.callsBySession.isEmpty, sourceLocation: sourceLocation)
        #expect(switchboard.rooms.isEmpty, "a room is still open", sourceLocation: sourceLocation)
        #expect(switchboard.lamps.tableCount == 0, sourceLocation: sourceLocation)
        #expect(switchboard.legs.isEmpty && switchboard.referrals.isEmpty && switchboard.dialOut.isIdle, sourceLocation: sourceLocation)
        #expect(switchboard.userAgent.tableCounts.isEmpty, "\(switchboard.userAgent.tableCounts)", sourceLocation: sourceLocation)
        #expect(switchboard.deadlines.isEmpty && switchboard.nextDeadline() == nil, sourceLocation: sourceLocation)
        #expect(media.released.count == media.sessions.count, "each session is released, once", sourceLocation: sourceLocation)
        #expect(Set(media.released).count == media.sessions.count, sourceLocation: sourceLocation)
    }
}

/// The states that scenarios enter, as the switchboard logs them, and what they log themselves.
final class StateTrace: LogHandler, @unchecked Sendable {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.debug
    private(set) var states: [String] = []
    private(set) var messages: [String] = []
    /// Why something went wrong.
    private(set) var reasons: [String] = []
    /// The records of calls.
    private(set) var records: [Logger.Metadata] = []

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        messages.append("\(event.message)")
        if event.message == "call ended" { records.append(event.metadata ?? [:]) }
        if let reason = event.metadata?["reason"] { reasons.append("\(reason)") }
        if let state = event.metadata?["state"] { states.append("\(state)") }
    }
}

/// Work on its way back to the test's thread.
private final class Mailbox: @unchecked Sendable {
    private let condition = NSCondition()
    /// Brought back by work that ran at once, on the test's own thread.
    private var ours: [@Sendable () -> Void] = []
    /// Brought back by other threads: the test says when it waits for them, so that how fast they are changes nothing.
    private var others: [@Sendable () -> Void] = []
    private var running: pthread_t?

    func run(_ work: () -> Void) {
        condition.withLock { running = pthread_self() }
        work()
        condition.withLock { running = nil }
    }

    func put(_ work: @escaping @Sendable () -> Void) {
        condition.withLock {
            if let running, pthread_equal(running, pthread_self()) != 0 {
                ours.append(work)
            } else {
                others.append(work)
                condition.signal()
            }
        }
    }

    func take() -> (@Sendable () -> Void)? {
        condition.withLock { ours.isEmpty ? nil : ours.removeFirst() }
    }

    func wait() -> (@Sendable () -> Void)? {
        condition.withLock {
            let limit = Date(timeIntervalSinceNow: 300)
            while others.isEmpty {
                guard condition.wait(until: limit) else { return nil }
            }
            return others.removeFirst()
        }
    }
}
