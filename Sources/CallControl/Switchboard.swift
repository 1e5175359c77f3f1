import Audio
import AudioFiles
import Codecs
import Credentials
import Logging
import MediaPlane
import Prompts
import SDP
import SIP
import SIPDialogs
import SIPEvents
import SIPTracing
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
    /// What is made of a finished recording there; messages and greetings stay WAV.
    package var recordingsFormat = KeptFormat.wav
    package var callLimit: Int
    package var callsPerSecond = 2_000.0
    /// What is offered and answered where a peer has no rules of his own.
    package var capabilities = AudioCapabilities()
    /// How we encode, where a codec leaves a choice and the peer has no other wishes.
    package var encoding = AudioEncoder.Settings()
    package var trunks: [TrunkSettings] = []
    /// Who may call, and what proves who we are.
    package var gate: (any RequestGate)?
    package var credentials: (any RequestCredentials)?
    package var rooms: RoomBook
    /// Whom the state of a mailbox that nobody subscribes to is told through; nil: nobody is told unasked.
    package var lampProxy: NameAddress?
    package var dialOut: DialOutSettings
    /// Finds the ways to an address, best first (RFC 3263), and tells them on the event loop; none when there is no such place.
    package var locate: @Sendable (SIPURI, @escaping ([Flow]) -> Void) -> Void
    /// Told how a way fared: false when nobody answered there, or with 503, for the time of its Retry-After (RFC 3263 §4.3).
    package var noteWay: @Sendable (Flow, Bool, Duration?) -> Void = { _, _, _ in }
    /// Whether a peer of this address is believed when it says who the caller is.
    package var trusts: @Sendable (String) -> Bool
    /// Whether a source of this address is a listed peer, and may have media sent elsewhere than to itself. Where nobody else is heard,
    /// everybody is.
    package var isListed: @Sendable (String) -> Bool = { _ in true }
    /// Whether a folder's disk has room for a message. Asked on background threads.
    package var hasRoom: @Sendable (String) -> Bool = { DiskSpace.hasRoom(in: $0) }
    /// A caller is not answered to hear that a mailbox is full, but refused.
    package var refusesFullMailboxes = false
    /// Whose dial, busy, reorder and ring-back tones are played.
    package var tones = CallTone.Plan.european

    package init(
        userAgent: UserAgentConfiguration, routing: RoutingTable, mediaAddress: String, recordings: String, callLimit: Int,
        rooms: RoomBook = RoomBook(), dialOut: DialOutSettings = DialOutSettings(),
        locate: @escaping @Sendable (SIPURI, @escaping ([Flow]) -> Void) -> Void = { $1([]) },
        trusts: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.userAgent = userAgent
        self.routing = routing
        self.mediaAddress = mediaAddress
        self.recordings = recordings
        self.callLimit = callLimit
        self.rooms = rooms
        self.dialOut = dialOut
        self.locate = locate
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
    /// Where it is waited for a program that speaks.
    let speaking: Background
    let log: Logger
    var userAgent: UserAgent
    var calls: [CallHandle: Call] = [:]
    var callsBySession: [MediaSessionID: Call] = [:]
    /// Calls that the server placed and that have no scenario of their own (yet).
    var legs: [CallHandle: OutboundLeg] = [:]
    var legsBySession: [MediaSessionID: OutboundLeg] = [:]
    /// REFERs to us whose senders are still to be told something.
    var referrals: [UInt64: Referral] = [:]
    var lastReferral: UInt64 = 0
    /// REFERs of ours and the calls that they are about.
    var transfers: [RequestHandle: CallHandle] = [:]
    var dialOut: DialOutPolicy
    var trunks: [Trunk] = []
    /// REGISTERs under way and the trunks that they are of.
    var trunkRequests: [RequestHandle: Int] = [:]
    var notifier = Notifier(random: { UInt64.random(in: .min ... .max) })
    var savedRevision: UInt64 = 0
    var lamps = UnsolicitedNotices()
    /// Takes the subscriptions that should outlive the process. Set by the server.
    package var saveSubscriptions: ([SubscriptionRecord]) -> Void = { _ in }
    let gate: CallGate
    /// The last messages of the last calls.
    package private(set) var trace = MessageLog()
    var deadlines = DeadlineQueue<Deadline>()
    var rooms: [DialledIdentity: OpenRoom] = [:]
    var lastParticipant: UInt64 = 0
    var roomGuesses = GuessLimiter()
    var random = SystemRandomNumberGenerator()
    var now = MonotonicTime.zero
    private var outputs: [UserAgentOutput] = []

    enum Deadline: Hashable {
        /// Of the call's scenario.
        case run(CallHandle)
        /// Of its `dial` step.
        case dial(CallHandle)
        /// Of its `transfer` step.
        case transfer(CallHandle)
        /// Of what the sender of a REFER is told.
        case referral(UInt64)
        /// The longest that a call out may ring.
        case ringing(CallHandle)
        /// The longest that a call out may stand.
        case longest(CallHandle)
        /// Of the trunk of this index.
        case trunk(Int)
    }
    private let metrics = CallMetrics()

    package private(set) var totals = CallTotals()

    package init(
        settings: SwitchboardSettings, scenarios: ScenarioSet, prompts: PromptLibrary, media: any MediaSessionSource,
        recorder: RecordingWriter, messages: MessageStore? = nil, background: Background, speaking: Background? = nil,
        log: Logger
    ) {
        self.settings = settings
        self.scenarios = scenarios
        self.composer = PlaybackComposer(prompts: prompts, tones: settings.tones)
        self.media = media
        self.recorder = recorder
        self.messages = messages
        self.background = background
        self.speaking = speaking ?? background
        self.log = log
        dialOut = settings.dialOut.policy
        gate = CallGate(admission: AdmissionControl(callLimit: settings.callLimit, callsPerSecond: settings.callsPerSecond))
        userAgent = UserAgent(configuration: settings.userAgent, random: { UInt64.random(in: .min ... .max) })
        userAgent.gate = gate
        userAgent.credentials = settings.credentials
        gate.identity = settings.gate
        gate.isExempt = { [unowned self] uri in
            settings.routing.room(of: uri).map { rooms.keys.contains(identity(ofRoom: $0)) } ?? false
        }
        gate.refused = { [unowned self] reason, method, flow in
            if method == .invite { count { $0.refused += 1 } }
            log.debug("refused", metadata: ["from": "\(flow.remote)", "reason": "\(reason.rawValue)"])
        }
    }

    package var callCount: Int { calls.count }

    // MARK: The transport's side

    package func receive(_ bytes: [UInt8], from flow: Flow, at now: MonotonicTime) {
        self.now = now
        note(bytes, .received, flow)
        signal { $0.receive(bytes, from: flow, at: now, into: &$1) }
    }

    package func connectionClosed(_ connection: UInt64, at now: MonotonicTime) {
        self.now = now
        signal { $0.connectionClosed(connection, at: now, into: &$1) }
    }

    package func unreachable(_ flow: Flow, at now: MonotonicTime) {
        self.now = now
        signal { $0.unreachable(flow, at: now, into: &$1) }
    }

    package func needs(connection: UInt64) -> Bool {
        userAgent.needs(connection: connection) || notifier.subscriptionCount > 0 || !trunks.isEmpty
    }

    package func fire(at now: MonotonicTime) {
        self.now = now
        if let due = nextDeadline() { gate.admission.observe(lag: now - due, at: now) }
        signal { $0.fire(at: now, into: &$1) }
        if let due = notifier.nextDeadline(), due <= now {
            signal { notifier.fire(at: now, through: &$0, into: &$1) }
            followNotices()
        }
        if let due = lamps.nextDeadline(), due <= now { signal { lamps.fire(at: now, through: &$0, into: &$1) } }
        while let deadline = deadlines.popDue(at: now) {
            switch deadline {
            case .run(let handle):
                guard let call = calls[handle] else { continue }
                enter(call) { run, commands in run.fire(at: now, into: &commands) }
            case .trunk(let index): fireTrunk(index)
            case .referral(let id): fireReferral(id)
            case .ringing(let handle): if let leg = legs[handle] { endRinging(leg) }
            case .longest(let handle): if let call = calls[handle] { endLongest(call) }
            case .transfer(let handle): if let call = calls[handle] { fireTransfer(of: call) }
            case .dial(let handle): if let call = calls[handle] { fireDialling(of: call) }
            }
        }
    }

    package func nextDeadline() -> MonotonicTime? {
        Self.soonest(
            Self.soonest(deadlines.next(), userAgent.nextDeadline()), Self.soonest(notifier.nextDeadline(), lamps.nextDeadline()))
    }

    /// Asked after every message, so without an array.
    private static func soonest(_ first: MonotonicTime?, _ second: MonotonicTime?) -> MonotonicTime? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
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
            case .send(let bytes, let flow):
                note(bytes, .sent, flow)
                transmit(bytes, flow)
            case .event(let event): handle(event)
            }
        }
        outputs.removeAll(keepingCapacity: true)
    }

    private func note(_ bytes: [UInt8], _ direction: TracedMessage.Direction, _ flow: Flow) {
        trace.note(
            bytes, direction, transport: flow.transport.rawValue, host: flow.remote.host, port: flow.remote.port,
            time: UnixTime.microseconds())
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
        joinIfDue(call)
        deadlines.set(call.run.isFinished ? nil : call.run.nextDeadline, for: .run(call.handle))
        settle(call)
    }

    // MARK: Ends

    /// Ends all calls (the server stops): each caller gets a BYE, each recording is kept.
    package func hangUpAll(at now: MonotonicTime) {
        self.now = now
        gate.admission.isDraining = true
        gate.isExempt = { _ in false }
        for call in Array(calls.values) where !call.isOver {
            call.endReason = "server stops"
            leave(call, headers: [("Reason", "Q.850;cause=41;text=\"Temporary failure\"")], refusal: .serviceUnavailable)
            tell(call, .hungUp)
        }
        for leg in Array(legs.values) {
            drop(leg)
            if case .originate(let origination) = leg.purpose, leg.answeredAt == nil { origination.whenSettled(.serviceUnavailable) }
        }
        stopTrunks()
        tellWhenIdle()
    }

    private func endLongest(_ call: Call) {
        guard !call.isOver else { return }
        log.info("ended: the longest call out", metadata: ["id": "\(call.callID)"])
        call.endReason = "longest call out"
        leave(call, headers: [], refusal: .temporarilyUnavailable)
        tell(call, .hungUp)
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
        takePlaceIfDue(call)
        guard calls[call.handle] != nil, call.isOver, call.run.isFinished, call.recording == nil, call.errands == 0 else {
            return
        }
        leaveRoom(call)
        endDialling(of: call)
        endTransfer(of: call)
        endReferral(call.referral)
        guard !closeMailbox(of: call) else { return }
        calls[call.handle] = nil
        deadlines.set(nil, for: .run(call.handle))
        deadlines.set(nil, for: .longest(call.handle))
        if let placedAt = call.placedAt { dialOut.release(talk: now - placedAt) }
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
        if calls.isEmpty, callsBySession.isEmpty, legsBySession.isEmpty, trunksAreQuiet { whenIdle?() }
    }

    func limitCalls() {
        metrics.report(active: calls.count)
        gate.calls = calls.count
    }

    /// Takes new calls no more, or again; tells how many stand.
    package func drain(_ isDraining: Bool, at now: MonotonicTime) -> Int {
        self.now = now
        if gate.admission.isDraining != isDraining { log.notice(isDraining ? "draining" : "calls are taken again") }
        gate.admission.isDraining = isDraining
        return calls.count
    }

    func count(_ change: (inout CallTotals) -> Void) {
        let old = totals
        change(&totals)
        metrics.report(totals, since: old)
    }
}
