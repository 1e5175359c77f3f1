import Timing

/// Mailboxes: orders to the service, and what it answers.
extension ScenarioRun {
    mutating func start(_ step: ServiceStep, into commands: inout [ScenarioCommand]) {
        let id = OrderID(nextID())
        commands.append(.order(id, order(step.request)))
        // A step of handlers.hangup has nobody to wait for; the order is carried out all the same.
        guard phase == .running else { return }
        waiting = .service(id, step)
    }

    private func order(_ request: ServiceRequest) -> ServiceOrder {
        func text(_ expression: Expression) -> String { evaluate(expression).asText }
        func recording(_ name: String) -> RecordingResult {
            if case .recording(let result) = value(of: name) { result } else { .none }
        }
        switch request {
        case .mailboxStatus(let box): return .mailboxStatus(box: text(box))
        case .mailboxOpen(let box, let pin): return .mailboxOpen(box: text(box), pin: pin.map(text))
        case .mailboxCount: return .mailboxCount
        case .mailboxMove(let move, let folder): return .mailboxMove(move, folder)
        case .mailboxMark(let mark): return .mailboxMark(mark)
        case .mailboxDeliver(let box, let name, let urgent):
            return .mailboxDeliver(box: text(box), recording: recording(name), urgent: urgent.map { evaluate($0) == .bool(true) } ?? false)
        case .mailboxSetGreeting(let kind, let name):
            return .mailboxSetGreeting(kind: GreetingName(rawValue: text(kind)) ?? .unavailable, recording: recording(name))
        case .mailboxSetPIN(let pin): return .mailboxSetPIN(text(pin))
        case .roomStatus(let room): return .roomStatus(room: text(room))
        case .roomCount: return .roomCount
        }
    }

    mutating func serviceAnswered(_ id: OrderID, _ answer: ServiceAnswer, into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .service(id, let step):
            waiting = .nothing
            take(answer, of: step)
        case .greeting(id, let step):
            waiting = .nothing
            guard case .sound(let path) = answer else { return push(step.absent) }
            play([.file(path)], step.play, into: &commands)
        default:
            break
        }
    }

    private mutating func take(_ answer: ServiceAnswer, of step: ServiceStep) {
        switch answer {
        case .failed(let failure):
            // Beyond the last and before the first message he stays where he is.
            if case .mailboxMove(.first, _) = step.request { message = nil }
            // A failure that the step does not name is the nearest that it does: the last one, `failed` where there is one.
            push(step.failures[failure] ?? step.failures[.failed] ?? step.failures.values.first ?? step.done)
            return
        case .message(let facts):
            message = facts
            store(facts, in: step.into)
        case .counts(let new, let saved, let deleted):
            if let into = step.into, case .record(let fields) = frames.last?.scenario.types[into] {
                let all: [String: ScenarioValue] = ["new": .int(new), "saved": .int(saved), "deleted": .int(deleted)]
                store(.record(all.filter { fields[$0.key] != nil }), in: into)
            }
        case .count(let count):
            store(.int(count), in: step.into)
        case .done, .sound:
            break
        }
        push(step.done)
    }

    private mutating func store(_ facts: MessageFacts, in name: String?) {
        guard let name, case .record(let fields) = frames.last?.scenario.types[name] else { return }
        store(facts.value(fields: fields), in: name)
    }

    // MARK: Playing what a mailbox holds

    mutating func start(_ step: MailboxPlayStep, into commands: inout [ScenarioCommand]) {
        switch step.sound {
        case .message:
            guard let message else { return push(step.absent) }
            play([.file(message.path)], step.play, into: &commands)
        case .envelope:
            guard let message else { return push(step.absent) }
            play(envelope(of: message), step.play, into: &commands)
        case .greeting(let box, let kind):
            let id = OrderID(nextID())
            let kind = GreetingName(rawValue: evaluate(kind).asText) ?? .unavailable
            commands.append(.order(id, .mailboxGreeting(box: box.map { evaluate($0).asText }, kind: kind)))
            waiting = .greeting(id, step)
        }
    }

    /// The clips that an envelope is spoken with.
    static let envelopeClips = ["vm-message", "vm-urgent-message", "vm-from", "vm-from-unknown", "vm-received", "vm-length"]
    static let envelopeSays: [SayKind] = [.number, .digits, .date, .time, .duration]

    private func envelope(of message: MessageFacts) -> [PromptItem] {
        var items: [PromptItem] = [.clip("vm-message"), .say(.number, String(message.number))]
        if message.isUrgent { items.append(.clip("vm-urgent-message")) }
        if message.caller.isEmpty {
            items.append(.clip("vm-from-unknown"))
        } else {
            items += [.clip("vm-from"), .say(.digits, message.caller)]
        }
        let received = (frames.last?.scenario.zone ?? .utc).moment(at: message.receivedAt)
        items += [.clip("vm-received"), .say(.date, spoken(received.date)), .say(.time, spoken(.time, .time(received.time)))]
        return items + [.clip("vm-length"), .say(.duration, spoken(.duration, .duration(message.duration)))]
    }
}
