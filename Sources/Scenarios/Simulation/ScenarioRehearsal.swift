import Timing

/// A call without a telephone: it drives a run with a virtual clock, answers at once, lets each thing that is played
/// last one second, and ends recordings when they are told to end or are full.
package struct ScenarioRehearsal {
    package private(set) var run: ScenarioRun
    package private(set) var now = MonotonicTime.zero
    /// Everything that was commanded, in order.
    package private(set) var log: [ScenarioCommand] = []
    /// What is being recorded.
    package private(set) var recording: RecordingOrder?
    private var playing: RehearsedPlayback?
    private var recordingEnds: MonotonicTime?
    private var services = RehearsedServices()
    private var others = RehearsedOthers()
    private let identity: String

    /// Starts the call. `dials` and `transfers` say what comes of each, in their order; when they are used up nobody answers, and
    /// transfers succeed.
    package init(
        scenario: Scenario, in set: ScenarioSet, inputs: [String: ScenarioValue] = [:], call: CallFacts, dials: [DialEnd] = [],
        transfers: [MockedTransfer] = []
    ) {
        identity = call.identity
        (others.dials, others.transfers) = (dials, transfers)
        run = ScenarioRun(scenario: scenario, in: set, inputs: inputs, call: call)
        var commands: [ScenarioCommand] = []
        run.start(at: now, into: &commands)
        carryOut(commands)
    }

    /// The states that were entered, those of called scenarios included.
    package var path: [String] { path(of: nil) }

    /// The states of one scenario that were entered.
    package func path(of scenario: String?) -> [String] {
        log.compactMap { command in
            if case .entered(let state, let name) = command, scenario == nil || scenario == name { state } else { nil }
        }
    }

    /// Everything that was played, whole or in part.
    package var heard: [PromptItem] {
        log.flatMap { command -> [PromptItem] in if case .play(let playback) = command { playback.items } else { [] } }
    }

    package mutating func send(_ event: ScenarioEvent) {
        var commands: [ScenarioCommand] = []
        run.handle(event, at: now, into: &commands)
        carryOut(commands)
    }

    package mutating func press(_ keys: String) {
        for key in keys { send(.digit(key)) }
    }

    /// Lets time pass, with the prompts, recordings and deadlines that end in it.
    package mutating func wait(_ duration: Duration) {
        let end = now + duration
        while step(until: end) {}
        now = max(now, end)
    }

    /// Lets time pass until the run would take a key, the call has ended, or an hour is over.
    package mutating func waitUntilListening() {
        let end = now + .seconds(3600)
        while !run.isListening, !run.isFinished, step(until: end) {}
    }

    /// Ends what is being recorded.
    package mutating func finishRecording(_ end: RecordingEnd = .stopped, length: Duration = .seconds(5), heardSpeech: Bool = true) {
        guard let order = recording else { return }
        recording = nil
        recordingEnds = nil
        let name = "recording-\(order.id.number)"
        let result = RecordingResult(id: name, duration: length, path: "/recordings/\(name).wav", heardSpeech: heardSpeech)
        send(.recordingFinished(order.id, result, end: end))
    }

    /// Goes to the next thing that happens; false when nothing does before `end`.
    private mutating func step(until end: MonotonicTime) -> Bool {
        guard let next = [playing?.end, recordingEnds, others.next, run.nextDeadline].compactMap({ $0 }).min(), next <= end else {
            return false
        }
        now = max(now, next)
        if let playing, let end = playing.end, end <= now {
            self.playing = nil
            send(.playFinished(playing.id))
        } else if let recordingEnds, recordingEnds <= now, let order = recording {
            finishRecording(.maximum, length: order.max)
        } else if let event = others.take(at: now) {
            send(event)
        } else {
            var commands: [ScenarioCommand] = []
            run.fire(at: now, into: &commands)
            carryOut(commands)
        }
        return true
    }

    private mutating func carryOut(_ commands: [ScenarioCommand]) {
        log += commands
        for command in commands {
            switch command {
            case .answer: send(.answered)
            case .play(let playback): playing = RehearsedPlayback(playback, at: now)
            case .stopPlay: playing = nil
            case .control(_, let control): playing?.obey(control, at: now)
            case .record(let order):
                recording = order
                recordingEnds = now + order.max
            case .stopRecording: finishRecording()
            case .order(let id, let order): send(.serviceAnswered(id, services.answer(order, identity: identity)))
            case .dial(let id, let order): others.dial(id, order, at: now)
            case .cancelDial(let id), .endBridge(let id): others.forget(id)
            case .transfer(let id, _): others.transfer(id, at: now)
            case .enterRoom(let id, let entry):
                send(services.refusal(of: entry).map { .roomRefused(id, $0) } ?? .roomEntered(id))
            default: break
            }
        }
    }
}

extension ScenarioRun {
    /// A key would have an effect now, not only be kept for later.
    package var isListening: Bool {
        switch waiting {
        case .collecting, .recording: true
        case .playing(_, let step): step.bargeIn || !step.controls.isEmpty
        case .holding(_, let step, _): step.end != .none
        case .conferring: true
        case .bridged(let bridging): bridging.dialling.step.stopBy != nil
        case .nothing, .answer, .delay, .endingRecording, .service, .greeting, .entering, .dialling, .transferring: false
        }
    }
}
