import Findings
import Timing

extension ScenarioRun {
    package mutating func handle(_ event: ScenarioEvent, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        clock = max(clock, now)
        guard phase == .running else {
            handleLast(event, at: now, into: &commands)
            return
        }
        switch event {
        case .answered:
            isAnswered = true
            switch waiting {
            case .answer: waiting = .nothing
            case .bridged(var bridging):
                bridging.answerBy = nil
                waiting = .bridged(bridging)
            default: break
            }
        case .digit(let key):
            guard TelephoneKeys.isKey(key) else { return }
            // The caller is there, so loops that pass here are no runaways.
            usesLeft.revisits = [:]
            pressed(key, at: now, into: &commands)
        case .playFinished(let id):
            playEnded(id, failure: nil, at: now, into: &commands)
        case .playFailed(let id, let reason):
            playEnded(id, failure: reason, at: now, into: &commands)
        case .recordingFinished(let id, let result, let end):
            recordingEnded(id, result, end)
        case .serviceAnswered(let id, let answer):
            serviceAnswered(id, answer, into: &commands)
        case .roomEntered(let id):
            roomEntered(id, at: now)
        case .roomRefused(let id, let refusal):
            roomRefused(id, refusal)
        case .roomLeft(let id, let end):
            roomLeft(id, end, at: now, into: &commands)
        case .dialProgress(let id, _):
            dialProgressed(id, into: &commands)
        case .dialSound(let id, let isHeard):
            dialSounds(id, isHeard, at: now, into: &commands)
        case .dialBridged(let id, let target):
            dialBridged(id, target: target, at: now, into: &commands)
        case .dialEnded(let id, let outcome, let target):
            dialEnded(id, outcome, target: target, at: now, into: &commands)
        case .transferEnded(let id, let outcome):
            transferEnded(id, outcome, at: now, into: &commands)
        case .hungUp:
            callerLeft(at: now, into: &commands)
        }
        advance(at: now, into: &commands)
    }

    package mutating func fire(at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        clock = max(clock, now)
        // Each round settles one deadline; a step may set another that is already due.
        for _ in 0..<16 {
            guard let deadline = nextDeadline, deadline <= now else { return }
            if phase == .running, let end = menusEnd, end <= now {
                // Half a minute for handlers.limit to say goodbye, then the next limit ends the call.
                menusEnd = now + .seconds(30)
                limitPassed("the call is longer than limits.menus", into: &commands)
            } else {
                expire(at: now, into: &commands)
            }
            advance(at: now, into: &commands)
        }
    }

    private mutating func expire(at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .answer, .bridged:
            quieten(into: &commands)
            commands.append(.log("the answer was never acknowledged"))
            finish(.hangUp(cause: nil), into: &commands)
        case .dialling(let dialling):
            commands.append(.log("nothing was heard of dial \(dialling.id.number)"))
            commands.append(.cancelDial(dialling.id))
            dialEnded(dialling.id, .noAnswer(nil), target: "", at: now, into: &commands)
        case .transferring(let id, _, _):
            commands.append(.log("nothing was heard of transfer \(id.number)"))
            transferEnded(id, .failed(status: 408), at: now, into: &commands)
        case .delay(_, let then):
            waiting = .nothing
            if let then { signal(then, at: now, into: &commands) }
        case .collecting(let collecting):
            timeOut(collecting, at: now, into: &commands)
        case .endingRecording(let id, let step, _):
            commands.append(.log("recording \(id.number) did not end in time"))
            waiting = .nothing
            if phase == .running { push(step.full) } else { leave(into: &commands) }
        case .holding(let id, let step, _):
            waiting = .nothing
            commands.append(id.map { .stopPlay($0) } ?? .echo(false))
            push(step.done)
        case .conferring(let typed, _):
            roomKeysEnd(typed: typed)
        case .nothing, .playing, .recording, .service, .greeting, .entering:
            break
        }
    }

    private mutating func pressed(_ key: Character, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .collecting(let collecting):
            feed(key, collecting, at: now, into: &commands)
        case .playing(let id, let step) where step.controls[key] != nil:
            if let control = step.controls[key] { commands.append(.control(id, control)) }
        case .playing(let id, let step) where step.bargeIn:
            // The key that stops a prompt stays for the menu that may follow.
            typeAhead(key)
            lastTyped = String(key)
            commands.append(.stopPlay(id))
            waiting = .nothing
            push(step.key)
        case .recording(let id, let step):
            guard step.end.contains(key) else { return }
            commands.append(.stopRecording(id))
            waiting = .endingRecording(id, step, until: now + .seconds(10))
        case .holding(let id, let step, _):
            guard step.end.contains(key) else { return }
            lastTyped = String(key)
            waiting = .nothing
            commands.append(id.map { .stopPlay($0) } ?? .echo(false))
            push(step.done)
        case .endingRecording(_, let step, _):
            // The file is being finished: what is typed now is for the menu that follows, a doubled end key is not.
            if !step.end.contains(key) { typeAhead(key) }
        case .conferring(let typed, _):
            feedRoom(key, typed: typed, at: now)
        case .bridged(let bridging):
            feedBridge(key, bridging, at: now, into: &commands)
        case .nothing, .answer, .delay, .playing, .service, .greeting, .entering, .dialling, .transferring:
            typeAhead(key)
        }
    }

    private mutating func typeAhead(_ key: Character) {
        if typedAhead.count < Self.typeAheadLimit { typedAhead.append(key) }
    }

    private mutating func playEnded(_ id: PlayID, failure: String?, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .playing(id, let step):
            waiting = .nothing
            if let failure {
                // A prompt that cannot be played need not end the call, unless the author says what else shall happen.
                errorHappened("a prompt failed: \(failure)", into: &commands)
            } else {
                push(step.done)
            }
        case .collecting(var collecting) where collecting.prompt == id:
            // A menu whose prompt fails still takes keys.
            if let failure { commands.append(.log("a prompt failed: \(failure)")) }
            collecting.prompt = nil
            listen(collecting, at: now, into: &commands)
        case .dialling(var dialling) where dialling.sound == id:
            // Those who are called ring all the same.
            if let failure { commands.append(.log("the music failed: \(failure)")) }
            dialling.sound = nil
            waiting = .dialling(dialling)
        case .holding(.some(id), let step, _):
            waiting = .nothing
            if let failure { commands.append(.log("the music failed: \(failure)")) }
            push(step.done)
        default:
            break
        }
    }

    private mutating func recordingEnded(_ id: RecordingID, _ result: RecordingResult, _ end: RecordingEnd) {
        let step: RecordStep
        switch waiting {
        case .recording(id, let found), .endingRecording(id, let found, _): step = found
        default: return
        }
        waiting = .nothing
        if case .failed = end {
            push(step.full)
            return
        }
        store(.recording(result), in: step.into)
        if !result.heardSpeech {
            push(step.silent)
        } else if result.duration < step.min {
            push(step.short)
        } else {
            push(step.ok)
        }
    }

    private mutating func callerLeft(at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .recording(let id, let step):
            // What was said is kept: the handlers run when the recording is whole.
            commands.append(.stopRecording(id))
            waiting = .endingRecording(id, step, until: now + .seconds(10))
            phase = .leaving
        case .endingRecording:
            phase = .leaving
        default:
            leave(into: &commands)
        }
    }

    /// After the end of the call only a recording may still be waited for.
    private mutating func handleLast(_ event: ScenarioEvent, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard phase == .leaving, case .recordingFinished(let id, let result, let end) = event,
            case .endingRecording(id, let step, _) = waiting
        else { return }
        if case .failed(let reason) = end {
            commands.append(.log("the recording failed: \(reason)"))
        } else {
            store(.recording(result), in: step.into)
        }
        leave(into: &commands)
        advance(at: now, into: &commands)
    }
}
