import Findings

/// mailbox.*, conference and what stands in its keys
extension StepReader {
    mutating func service(_ form: StepForm) -> StepAction? {
        switch form.name {
        case "mailbox.play", "mailbox.envelope", "mailbox.greeting": mailboxPlay(form)
        case "conference": conference(form)
        case "conference.mute", "conference.unmute", "conference.leave": roomAction(form)
        default: request(form)
        }
    }

    private mutating func request(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let before = findings.count
        let request = self.request(named: form.name, &fields)
        let into = request.flatMap { self.into(&fields, of: $0) }
        let done = outcome(&fields, "done") ?? []
        let names = ServiceFailure.of(step: form.name)
        let failed = failures(&fields, names.map(\.rawValue))
        fields.finish(into: &findings)
        guard let request, findings.count == before || !findings[before...].hasErrors else { return nil }
        return .service(
            ServiceStep(request: request, into: into, done: done, failures: Dictionary(uniqueKeysWithValues: zip(names, failed))))
    }

    private mutating func request(named name: String, _ fields: inout YAMLFields) -> ServiceRequest? {
        switch name {
        case "mailbox.status": return required("box", &fields).map { .mailboxStatus(box: $0) }
        case "mailbox.open":
            let pin = fields.take("pin").flatMap { secret($0, "pin") }
            return required("box", &fields).map { .mailboxOpen(box: $0, pin: pin) }
        case "mailbox.count": return .mailboxCount
        case "mailbox.first", "mailbox.next", "mailbox.previous":
            let folder = fields.word("folder", of: MessageFolder.self, into: &findings)
            return MessageMove(rawValue: String(name.dropFirst(8))).map { .mailboxMove($0, folder) }
        case "mailbox.delete", "mailbox.undelete", "mailbox.save":
            return MessageMark(rawValue: String(name.dropFirst(8))).map { .mailboxMark($0) }
        case "mailbox.deliver":
            let box = required("box", &fields)
            let recording = recordingVariable("recording", &fields)
            var urgent: Expression?
            if let node = fields.take("urgent"), let (value, type) = expression(node, "urgent") {
                if type == .bool { urgent = value } else { mismatch("urgent", .bool, type, at: node.location) }
            }
            guard let box, let recording else { return nil }
            return .mailboxDeliver(box: box, recording: recording, urgent: urgent)
        case "mailbox.set_greeting":
            let kind = greetingKind(&fields)
            let recording = recordingVariable("recording", &fields)
            guard let kind, let recording else { return nil }
            return .mailboxSetGreeting(kind: kind, recording: recording)
        case "mailbox.set_pin":
            guard let node = fields.take("pin") else { return missing("pin", &fields) }
            return secret(node, "pin").map { .mailboxSetPIN($0) }
        case "conference.status": return required("room", &fields).map { .roomStatus(room: $0) }
        default: return .roomCount
        }
    }

    private mutating func mailboxPlay(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let sound: MailboxPlayStep.Sound?
        switch form.name {
        case "mailbox.play": sound = .message
        case "mailbox.envelope":
            sound = .envelope
            clips += ScenarioRun.envelopeClips.map { ($0, form.location) }
            says += ScenarioRun.envelopeSays.map { ($0, form.location) }
        default:
            let box = fields.take("box").flatMap { text($0, "box") }
            sound = greetingKind(&fields).map { .greeting(box: box, kind: $0) }
        }
        let play = PlayStep(
            prompt: [], bargeIn: fields.bool("barge_in", into: &findings) ?? true, repeatCount: 1, gain: 0, startAt: .zero,
            controls: controls(&fields),
            done: outcome(&fields, "done") ?? [], key: outcome(&fields, "key") ?? [])
        let absent = failures(&fields, [form.name == "mailbox.greeting" ? "missing" : "empty"])[0]
        fields.finish(into: &findings)
        return sound.map { .mailboxPlay(MailboxPlayStep(sound: $0, play: play, absent: absent)) }
    }

    private mutating func conference(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let room = required("room", &fields)
        let pin = fields.take("pin").flatMap { secret($0, "pin") }
        let announces = fields.bool("announce", into: &findings) ?? true
        let between = fields.duration("between", into: &findings) ?? .seconds(2)
        let wasInRoom = isInRoom
        let fieldsOfKeys = fields.take("keys")
        isInRoom = true
        let keys = fieldsOfKeys.map { entries($0, name: "keys", isPattern: false, at: form.location) } ?? []
        isInRoom = wasInRoom
        checkDigits(keys)
        let left = outcome(&fields, "left") ?? []
        let ended = outcome(&fields, "ended") ?? []
        let failed = failures(&fields, ["kicked", "full", "locked", "denied", "no_room"])
        fields.finish(into: &findings)
        return room.map {
            .conference(
                ConferenceStep(
                    room: $0, pin: pin, announces: announces, keys: keys, between: between, left: left, ended: ended, kicked: failed[0],
                    full: failed[1], locked: failed[2], denied: failed[3], noRoom: failed[4]))
        }
    }

    private mutating func roomAction(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let toggles = form.name == "conference.mute" ? fields.bool("toggle", into: &findings) ?? false : false
        let muted = toggles ? outcome(&fields, "muted") ?? [] : []
        let unmuted = toggles ? outcome(&fields, "unmuted") ?? [] : []
        fields.finish(into: &findings)
        guard isInRoom else {
            findings.append(
                .error(
                    "not-in-room", at: form.location, "`\(form.name)` means something only while the caller is in a room",
                    mend: "put it under `keys` of a conference step"))
            return nil
        }
        switch form.name {
        case "conference.mute": return .room(toggles ? .toggleMute(muted: muted, unmuted: unmuted) : .mute)
        case "conference.unmute": return .room(.unmute)
        default: return .room(.leave)
        }
    }

    // MARK: Fields

    private mutating func required(_ name: String, _ fields: inout YAMLFields) -> Expression? {
        guard let node = fields.take(name) else { return missing(name, &fields) }
        return text(node, name)
    }

    private mutating func missing<Value>(_ name: String, _ fields: inout YAMLFields) -> Value? {
        findings.append(.error("missing-field", at: fields.location, "\(fields.what) needs `\(name)`", mend: nil))
        return nil
    }

    /// A PIN: whatever variable it comes from must have been gathered unseen.
    private mutating func secret(_ node: YAMLNode, _ name: String) -> Expression? {
        guard let value = text(node, name) else { return nil }
        uses.secrets.append((value.variables, node.location))
        return value
    }

    private mutating func greetingKind(_ fields: inout YAMLFields) -> Expression? {
        guard let node = fields.take("kind") else { return .literal(.text(GreetingName.unavailable.rawValue)) }
        guard let value = text(node, "kind") else { return nil }
        if case .literal(.text(let written)) = value, GreetingName(rawValue: written) == nil {
            let names = GreetingName.allCases.map(\.rawValue)
            let nearest = NearestName.of(written, among: names)
            findings.append(
                .error(
                    "wrong-word", at: node.location, "there is no greeting `\(written)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? "write one of: \(names.joined(separator: ", "))"))
            return nil
        }
        return value
    }

    /// `record` with `mailbox` is a message, with `greeting` a greeting of the mailbox that is open.
    mutating func recordingPurpose(_ fields: inout YAMLFields) -> RecordingPurpose<Expression> {
        let box = fields.take("mailbox")
        guard let greeting = fields.take("greeting") else {
            return box.flatMap { text($0, "mailbox") }.map { .message(box: $0) } ?? .recording
        }
        if let box {
            findings.append(
                .error("two-purposes", at: box.location, "a recording is for a mailbox's callers or for its owner, not for both"))
        }
        return text(greeting, "greeting").map { .greeting(kind: $0) } ?? .recording
    }

    /// The name of a variable of type recording.
    mutating func recordingVariable(_ name: String, _ fields: inout YAMLFields) -> String? {
        guard let node = fields.take(name) else { return missing(name, &fields) }
        guard let variable = node.text(name, into: &findings) else { return nil }
        guard types[variable] == .recording else {
            findings.append(
                .error(
                    "type-mismatch", at: node.location, "`\(name)` must name a variable of type recording, not `\(variable)`",
                    mend: "declare it under vars as {type: recording}, and fill it by record"))
            return nil
        }
        uses.reads[variable, default: []].append(node.location)
        return variable
    }

    private mutating func into(_ fields: inout YAMLFields, of request: ServiceRequest) -> String? {
        let offered: [String: ScenarioType]
        switch request {
        case .roomCount: return into(&fields, .int)
        case .mailboxCount: offered = ["new": .int, "saved": .int, "deleted": .int]
        case .mailboxMove: offered = MessageFacts.fields
        default: return nil
        }
        return into(&fields, recordOf: offered)
    }

    private mutating func mismatch(_ name: String, _ wanted: ScenarioType, _ found: ScenarioType, at location: SourceLocation) {
        findings.append(.error("type-mismatch", at: location, "`\(name)` must be \(wanted.name), not \(found.name)"))
    }
}

extension ServiceFailure {
    /// The failures that a step names.
    static func of(step name: String) -> [ServiceFailure] {
        switch name {
        case "mailbox.status": [.noBox, .disabled, .full]
        case "mailbox.open": [.denied, .locked]
        case "mailbox.first", "mailbox.next", "mailbox.previous", "mailbox.delete", "mailbox.undelete", "mailbox.save": [.empty]
        case "mailbox.deliver": [.noBox, .full, .failed]
        case "mailbox.set_greeting": [.failed]
        case "mailbox.set_pin": [.refused, .failed]
        case "conference.status": [.noRoom, .full, .locked]
        default: []
        }
    }
}
