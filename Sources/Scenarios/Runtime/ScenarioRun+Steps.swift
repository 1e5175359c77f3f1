import Timing

extension ScenarioRun {
    /// Runs steps until one waits or the call ends.
    mutating func advance(at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        var budget = 1000
        while case .nothing = waiting, phase != .finished {
            budget -= 1
            if budget < 0 {
                // Whatever the handlers do, this ends: after one more budget the call is cut.
                commands.append(.log("1000 steps without a wait"))
                if phase == .running {
                    finish(.hangUp(cause: 41), into: &commands)
                    budget = 1000
                } else {
                    phase = .finished
                }
                continue
            }
            guard let step = nextStep(at: now, into: &commands) else { continue }
            usesLeft.steps -= 1
            if usesLeft.steps < 0, phase == .running {
                usesLeft.steps = 1000
                limitPassed("more steps than limits.steps", into: &commands)
                continue
            }
            perform(step, at: now, into: &commands)
        }
    }

    /// The next step, or nil after something else has changed.
    private mutating func nextStep(at now: MonotonicTime, into commands: inout [ScenarioCommand]) -> Step? {
        guard let frame = frames.indices.last else {
            phase = .finished
            return nil
        }
        guard let block = frames[frame].blocks.indices.last else {
            if phase == .leaving {
                // The outermost stays, so that what its variables held can still be asked.
                if frames.count > 1 { frames.removeLast() } else { phase = .finished }
            } else {
                // The checker refuses states that fall off their end; handlers may.
                finish(.hangUp(cause: nil), into: &commands)
            }
            return nil
        }
        let index = frames[frame].blocks[block].next
        if index < frames[frame].blocks[block].steps.count {
            frames[frame].blocks[block].next += 1
            return frames[frame].blocks[block].steps[index]
        }
        let ended = frames[frame].blocks.removeLast()
        if let collecting = ended.asksAgain, phase == .running { ask(collecting, at: now, into: &commands) }
        if ended.isOfRoomKey, phase == .running { listenToRoom(at: now) }
        return nil
    }

    /// Runs these steps before the rest of the block that is running.
    mutating func push(_ steps: [Step], asksAgain: Collecting? = nil) {
        guard !frames.isEmpty, !steps.isEmpty || asksAgain != nil else { return }
        frames[frames.count - 1].blocks.append(StepBlock(steps: steps, asksAgain: asksAgain))
    }

    func evaluate(_ expression: Expression) -> ScenarioValue {
        expression.evaluate { value(of: $0) }
    }

    mutating func store(_ value: ScenarioValue, in name: String?) {
        guard let name, !frames.isEmpty else { return }
        frames[frames.count - 1].variables[name] = value
    }

    mutating func enter(_ state: String, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        // A call of another scenario from a key stays in the room.
        if frames.count <= presence?.frames ?? 0 { leaveRoom(at: now, into: &commands) }
        guard let frame = frames.indices.last, let found = frames[frame].scenario.states[state] else {
            finish(.hangUp(cause: 41), into: &commands)
            return
        }
        let scenario = frames[frame].scenario
        let visits = usesLeft.revisits["\(scenario.name)/\(state)", default: 0] + 1
        usesLeft.revisits["\(scenario.name)/\(state)"] = visits
        guard visits <= scenario.limits.revisits + 1 else {
            limitPassed("the state `\(state)` was entered \(visits) times without a key", into: &commands)
            return
        }
        frames[frame].state = state
        frames[frame].blocks = [StepBlock(steps: found.steps)]
        commands.append(.entered(state: state, scenario: scenario.name))
    }

    private mutating func perform(_ step: Step, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        if phase == .leaving, !step.action.isSilent {
            commands.append(.log("\(step.location): left out, the call has ended"))
            return
        }
        if step.action.needsMedia, !isAnswered, !hasEarlyMedia {
            commands.append(.log("\(step.location): answered, since nothing could be heard otherwise"))
            frames[frames.count - 1].blocks[frames[frames.count - 1].blocks.count - 1].next -= 1
            answer(at: now, into: &commands)
            return
        }
        switch step.action {
        case .answer(let after, let written): signal(.answer(headers: headers(written)), after: after, at: now, into: &commands)
        case .ring(let after, let written): signal(.ring(headers: headers(written)), after: after, at: now, into: &commands)
        case .earlyMedia(let after, let written): signal(.earlyMedia(headers: headers(written)), after: after, at: now, into: &commands)
        case .reject(let status, let reason, let written):
            let (reason, headers) = (reason.map { evaluate($0).asText.onOneLine }, headers(written))
            finish(
                isAnswered ? .hangUp(cause: nil, headers: headers) : .reject(status: status, reason: reason, headers: headers),
                into: &commands)
        case .redirect(let status, let contacts, let headers):
            redirect(status: status, contacts, headers, at: step.location, into: &commands)
        case .dial(let dial): start(dial, at: now, into: &commands)
        case .transfer(let transfer): perform(transfer, at: step.location, now, into: &commands)
        case .lookup(let lookup): perform(lookup, into: &commands)
        case .during(let schedule, let then, let otherwise): push(isOpen(schedule) ? then : otherwise)
        case .locale(let name): speak(name)
        case .hangUp(let cause, let written): finish(.hangUp(cause: cause, headers: headers(written)), into: &commands)
        case .play(let play): start(play, into: &commands)
        case .collect(let collect): ask(Collecting(step: collect), at: now, into: &commands)
        case .record(let record): start(record, into: &commands)
        case .echo(let hold):
            commands.append(.echo(true))
            waiting = .holding(nil, hold, until: hold.duration.map { now + $0 })
        case .music(let musicClass, let hold):
            let id = PlayID(nextID())
            commands.append(.music(id, musicClass: musicClass))
            waiting = .holding(id, hold, until: hold.duration.map { now + $0 })
        case .set(let assignments):
            for assignment in assignments { store(evaluate(assignment.value), in: assignment.name) }
        case .if(let condition, let then, let otherwise):
            push(evaluate(condition) == .bool(true) ? then : otherwise)
        case .switch(let subject, let cases, let otherwise):
            let value = evaluate(subject)
            push(cases.first { $0.value == value }?.steps ?? otherwise)
        case .goto(let name): enter(name, at: now, into: &commands)
        case .call(let call): self.call(call, at: now, into: &commands)
        case .return(let fields): giveBack(fields, into: &commands)
        case .wait(let duration): waiting = .delay(until: now + duration, then: nil)
        case .log(let text): commands.append(.log(evaluate(text).asText.onOneLine))
        case .emit(let event, let fields):
            let data = fields.map { ($0.name, evaluate($0.value).asText) }
            commands.append(.emit(event: event, data: Dictionary(data) { $1 }))
        case .service(let service): start(service, into: &commands)
        case .mailboxPlay(let play): start(play, into: &commands)
        case .conference(let conference): start(conference, into: &commands)
        case .room(let action): perform(action, at: now, into: &commands)
        case .unreadable: break
        case .sendDigits(let digits):
            let keys = evaluate(digits).asText.filter { "0123456789*#ABCD".contains($0) }
            if !keys.isEmpty { commands.append(.sendDigits(keys)) }
        }
    }

    private mutating func signal(_ command: ScenarioCommand, after: Duration, at now: MonotonicTime, into commands: inout [ScenarioCommand])
    {
        guard after > .zero, !isAnswered else {
            signal(command, at: now, into: &commands)
            return
        }
        waiting = .delay(until: now + after, then: command)
    }

    /// Gives a signal that an answered call does not need any more.
    mutating func signal(_ command: ScenarioCommand, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard !isAnswered else { return }
        switch command {
        case .answer(let headers): answer(headers: headers, at: now, into: &commands)
        case .earlyMedia:
            if !hasEarlyMedia { commands.append(command) }
            hasEarlyMedia = true
        default: commands.append(command)
        }
    }

    private mutating func answer(headers: [ScenarioHeader] = [], at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        commands.append(.answer(headers: headers))
        waiting = .answer(until: now + Self.answerPatience)
    }

    private mutating func call(_ call: CallStep, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard let callee = set[call.scenario], frames.count < Self.callDepthLimit else {
            errorHappened("the scenario `\(call.scenario)` cannot be called", into: &commands)
            return
        }
        var inputs: [String: ScenarioValue] = [:]
        for argument in call.with {
            switch argument.value {
            case .written(let text): inputs[argument.name] = callee.inputs[argument.name]?.type.value(written: text)
            case .expression(let expression, _): inputs[argument.name] = evaluate(expression)
            }
        }
        frames.append(ScenarioFrame(scenario: callee, inputs: inputs, into: call.into))
        enter(callee.entry, at: now, into: &commands)
    }

    private mutating func giveBack(_ fields: [Assignment], into commands: inout [ScenarioCommand]) {
        // A scenario that a route entered has nobody to return to.
        guard frames.count > 1, let frame = frames.last else {
            finish(.hangUp(cause: nil), into: &commands)
            return
        }
        if frames.count <= presence?.frames ?? 0 { leaveRoom(at: nil, into: &commands) }
        var result = frame.scenario.result.mapValues(\.empty)
        for field in fields { result[field.name] = evaluate(field.value) }
        frames.removeLast()
        store(.record(result), in: frame.into)
    }
}

extension StepAction {
    /// Steps that go on after the caller has left.
    fileprivate var isSilent: Bool {
        switch self {
        case .set, .if, .switch, .log, .emit, .lookup, .during, .locale: true
        case .service(let service): if case .mailboxDeliver = service.request { true } else { false }
        default: false
        }
    }

    fileprivate var needsMedia: Bool {
        switch self {
        case .play, .collect, .record, .echo, .music, .sendDigits, .mailboxPlay, .conference: true
        default: false
        }
    }
}
