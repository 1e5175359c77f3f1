import Timing

/// Menus and gathers: prompt, keys, and asking again.
extension ScenarioRun {
    /// Begins a round. Keys that were typed ahead are taken first, and spare the prompt.
    mutating func ask(_ start: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        var collecting = start
        collecting.typed = ""
        collecting.deadline = nil
        collecting.prompt = nil
        let step = collecting.step
        if step.typeAhead != .keep, collecting.round == 0 { typedAhead = [] }
        let prompt = collecting.round == 0 ? step.prompt : step.shortPrompt
        if !prompt.isEmpty, typedAhead.isEmpty || !step.bargeIn {
            collecting.prompt = playback(prompt, into: &commands)
            waiting = .collecting(collecting)
        } else {
            listen(collecting, at: now, into: &commands)
        }
    }

    /// The prompt is over: takes the keys that are there, or waits for the first.
    mutating func listen(_ start: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        var collecting = start
        collecting.deadline = now + collecting.step.first
        waiting = .collecting(collecting)
        while case .collecting(let current) = waiting, current.prompt == nil, !typedAhead.isEmpty {
            feed(typedAhead.removeFirst(), current, at: now, into: &commands)
        }
    }

    mutating func feed(_ key: Character, _ start: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        var collecting = start
        if let prompt = collecting.prompt {
            guard collecting.step.bargeIn else {
                if collecting.step.typeAhead != .ignore, typedAhead.count < Self.typeAheadLimit { typedAhead.append(key) }
                return
            }
            commands.append(.stopPlay(prompt))
            collecting.prompt = nil
        }
        switch collecting.step.kind {
        case .menu(let entries):
            collecting.typed.append(key)
            let full = entries.first { $0.pattern.match(collecting.typed) == .full }
            let canGrow = collecting.typed.count < Self.typeAheadLimit && entries.contains { $0.pattern.canGrow(beyond: collecting.typed) }
            if let full, !canGrow {
                choose(full.steps, collecting.typed)
            } else if canGrow {
                collecting.deadline = now + collecting.step.between
                waiting = .collecting(collecting)
            } else {
                miss(collecting, at: now, into: &commands)
            }
        case .gather(_, let maximum, let end, _, _, _):
            if end.contains(key) {
                complete(collecting, at: now, into: &commands)
                return
            }
            collecting.typed.append(key)
            if collecting.typed.count >= maximum {
                complete(collecting, at: now, into: &commands)
            } else {
                collecting.deadline = now + collecting.step.between
                waiting = .collecting(collecting)
            }
        }
    }

    mutating func timeOut(_ collecting: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        switch collecting.step.kind {
        case .menu(let entries):
            // `between` has decided that nothing longer follows.
            if let full = entries.first(where: { $0.pattern.match(collecting.typed) == .full }) {
                choose(full.steps, collecting.typed)
            } else {
                miss(collecting, at: now, into: &commands)
            }
        case .gather:
            if collecting.typed.isEmpty {
                miss(collecting, at: now, into: &commands)
            } else {
                complete(collecting, at: now, into: &commands)
            }
        }
    }

    private mutating func complete(_ collecting: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard case .gather(let minimum, _, _, let into, _, let ok) = collecting.step.kind, collecting.typed.count >= minimum else {
            miss(collecting, at: now, into: &commands)
            return
        }
        store(.digits(collecting.typed), in: into)
        choose(ok, collecting.typed)
    }

    private mutating func choose(_ steps: [Step], _ typed: String) {
        lastTyped = typed
        waiting = .nothing
        push(steps)
    }

    /// Nothing was typed, or nothing that fits.
    private mutating func miss(_ start: Collecting, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        var collecting = start
        let step = collecting.step
        let outcome = collecting.typed.isEmpty ? step.noInput : step.invalid
        // The rest of a mistyped number is no answer to the next question.
        typedAhead = []
        waiting = .nothing
        collecting.round += 1
        if collecting.round > step.retries {
            push(step.exhausted)
        } else if let outcome {
            push(outcome, asksAgain: collecting)
        } else {
            ask(collecting, at: now, into: &commands)
        }
    }
}
