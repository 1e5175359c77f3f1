import AudioFiles
import Credentials
import Logging
import MediaPlane
import Prompts
import SIP
import SIPDialogs
import Scenarios
import Timing
import Voicemail

/// What a switchboard is set up with.
package struct SwitchboardSettings: Sendable {
    package var userAgent: UserAgentConfiguration
    package var routing: RoutingTable
    /// The media address that stands in our descriptions.
    package var mediaAddress: String
    /// Where `record` puts its files.
    package var recordings: String
    package var callLimit: Int
    package var rooms: RoomBook
    /// Whether a peer of this address is believed when it says who the caller is.
    package var trusts: @Sendable (String) -> Bool

    package init(
        userAgent: UserAgentConfiguration, routing: RoutingTable, mediaAddress: String, recordings: String, callLimit: Int,
        rooms: RoomBook = RoomBook(), trusts: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.userAgent = userAgent
        self.routing = routing
        self.mediaAddress = mediaAddress
        self.recordings = recordings
        self.callLimit = callLimit
        self.rooms = rooms
        self.trusts = trusts
    }
}

/// Work that waits for a disk, and the way back to the event loop.
package struct Background: Sendable {
    /// Runs its argument on some other thread (or at once, in a test).
    package var run: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// Runs its argument on the switchboard's event loop.
    package var comeBack: @Sendable (@escaping @Sendable () -> Void) -> Void

    package init(
        run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        comeBack: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        self.run = run
        self.comeBack = comeBack
    }
}

/// Joins the three sides of every call: the SIP user agent, the scenario run and the media session.
///
/// ```
///  bytes ─► UserAgent ─events─► Switchboard ─events─► ScenarioRun
///                 ▲                │   ▲                  │
///                 └──── commands ──┘   └──── commands ────┘
///                                  │ ▲
///                          orders  ▼ │ events
///                               MediaSession
/// ```
/// Confined to one event loop, hence `@unchecked Sendable`: whoever holds it from another thread only carries it back there.
/// No clock of its own, so a test drives whole calls by hand.
package final class Switchboard: @unchecked Sendable {
    /// Takes bytes that are to leave. Set by the transport.
    package var transmit: ([UInt8], Flow) -> Void = { _, _ in }
    /// Called when the last call has ended; for an orderly stop.
    package var whenIdle: (() -> Void)?

    let settings: SwitchboardSettings
    let scenarios: ScenarioSet
    let composer: PlaybackComposer
    let media: any MediaSessionSource
    let recorder: RecordingWriter
    /// Nil where there are no mailboxes.
    let messages: MessageStore?
    let background: Background
    let log: Logger
    var userAgent: UserAgent
    var calls: [CallHandle: Call] = [:]
    var callsBySession: [MediaSessionID: Call] = [:]
    var deadlines = DeadlineQueue<CallHandle>()
    var rooms: [DialledIdentity: OpenRoom] = [:]
    var lastParticipant: UInt64 = 0
    var roomGuesses = GuessLimiter()
    var random = SystemRandomNumberGenerator()
    var now = MonotonicTime.zero
    private var outputs: [UserAgentOutput] = []
    private let metrics = CallMetrics()

    package private(set) var totals = CallTotals()

    package init(
        settings: SwitchboardSettings, scenarios: ScenarioSet, prompts: PromptLibrary, media: any MediaSessionSource,
        recorder: RecordingWriter, messages: MessageStore? = nil, background: Background, log: Logger
    ) {
        self.settings = settings
        self.scenarios = scenarios
        self.composer = PlaybackComposer(prompts: prompts)
        self.media = media
        self.recorder = recorder
        self.messages = messages
        self.background = background
        self.log = log
        userAgent = UserAgent(configuration: settings.userAgent, random: { UInt64.random(in: .min ... .max) })
    }

    package var callCount: Int { calls.count }

    // MARK: The transport's side

    package func receive(_ bytes: [UInt8], from flow: Flow, at now: MonotonicTime) {
        self.now = now
        signal { $0.receive(bytes, from: flow, at: now, into: &$1) }
    }

    package func connectionClosed(_ connection: UInt64, at now: MonotonicTime) {
        self.now = now
        signal { $0.connectionClosed(connection, at: now, into: &$1) }
    }

    package func fire(at now: MonotonicTime) {
        self.now = now
        signal { $0.fire(at: now, into: &$1) }
        while let handle = deadlines.popDue(at: now) {
            guard let call = calls[handle] else { continue }
            enter(call) { run, commands in run.fire(at: now, into: &commands) }
        }
    }

    package func nextDeadline() -> MonotonicTime? {
        let ours = deadlines.next()
        guard let theirs = userAgent.nextDeadline() else { return ours }
        return ours.map { min($0, theirs) } ?? theirs
    }

    /// The time of what is about to come in (finished background work).
    package func wake(at now: MonotonicTime) { self.now = now }

    /// Runs a command of the user agent and carries out what it asks for. Events may lead to further commands: those append to the
    /// same list, which is walked to its end by the outermost call.
    func signal(_ command: (inout UserAgent, inout [UserAgentOutput]) -> Void) {
        let isOutermost = outputs.isEmpty
        command(&userAgent, &outputs)
        guard isOutermost else { return }
        var index = 0
        while index < outputs.count {
            let output = outputs[index]
            index += 1
            switch output {
            case .send(let bytes, let flow): transmit(bytes, flow)
            case .event(let event): handle(event)
            }
        }
        outputs.removeAll(keepingCapacity: true)
    }

    // MARK: The scenario's side

    /// Hands the run something that happened and carries out what it wants, until it is quiet. Never enters a run twice at once:
    /// what happens meanwhile waits its turn.
    func tell(_ call: Call, _ event: ScenarioEvent) {
        call.pendingEvents.append(event)
        drain(call)
    }

    /// A step of the run that is no event: its start, its timers.
    func enter(_ call: Call, _ step: (inout ScenarioRun, inout [ScenarioCommand]) -> Void) {
        var commands: [ScenarioCommand] = []
        step(&call.run, &commands)
        call.isDraining = true
        perform(commands, on: call)
        call.isDraining = false
        drain(call)
    }

    /// Hands over the events that wait.
    func drain(_ call: Call) {
        guard !call.isDraining else { return }
        call.isDraining = true
        var commands: [ScenarioCommand] = []
        while !call.pendingEvents.isEmpty {
            let event = call.pendingEvents.removeFirst()
            commands.removeAll(keepingCapacity: true)
            call.run.handle(event, at: now, into: &commands)
            perform(commands, on: call)
        }
        call.isDraining = false
        deadlines.set(call.run.isFinished ? nil : call.run.nextDeadline, for: call.handle)
        settle(call)
    }

    // MARK: Ends

    /// Ends all calls (the server stops): each caller gets a BYE, each recording is kept.
    package func hangUpAll(at now: MonotonicTime) {
        self.now = now
        userAgent.availability = .unavailable(retryAfter: 30)
        for call in Array(calls.values) where !call.isOver {
            call.endReason = "server stops"
            leave(call, headers: [("Reason", "Q.850;cause=41;text=\"Temporary failure\"")], refusal: .serviceUnavailable)
            tell(call, .hungUp)
        }
        tellWhenIdle()
    }

    /// Says good-bye on the SIP side, in whatever way the phase asks for.
    func leave(_ call: Call, headers: [(String, String)], refusal: StatusCode) {
        let handle = call.handle
        switch call.phase {
        case .invited: signal { [now] in $0.reject(handle, status: refusal, headers: headers, at: now, into: &$1) }
        case .answered: signal { [now] in $0.hangUp(handle, headers: headers, at: now, into: &$1) }
        case .over: return
        }
        call.phase = .over
    }

    /// Lets go of a call once SIP, scenario and recording are all done with it.
    func settle(_ call: Call) {
        guard calls[call.handle] != nil, call.isOver, call.run.isFinished, call.recording == nil, call.errands == 0 else {
            return
        }
        leaveRoom(call)
        guard !closeMailbox(of: call) else { return }
        calls[call.handle] = nil
        deadlines.set(nil, for: call.handle)
        count { $0.ended += 1 }
        if let session = call.media?.session {
            session.close()  // `.closed` brings the figures and releases the ports
        } else {
            report(call, statistics: nil)
        }
        limitCalls()
        tellWhenIdle()
    }

    /// The last figures of a call come with the end of its session.
    func tellWhenIdle() {
        if calls.isEmpty, callsBySession.isEmpty { whenIdle?() }
    }

    /// Admission: at the limit new calls and OPTIONS get 503 before any state is made, so that a proxy goes elsewhere.
    func limitCalls() {
        metrics.report(active: calls.count)
        let isFull = calls.count >= settings.callLimit
        if isFull, case .ready = userAgent.availability { userAgent.availability = .unavailable(retryAfter: 5) }
        if !isFull, case .unavailable(retryAfter: 5) = userAgent.availability { userAgent.availability = .ready }
    }

    func count(_ change: (inout CallTotals) -> Void) {
        let old = totals
        change(&totals)
        metrics.report(totals, since: old)
    }
}
