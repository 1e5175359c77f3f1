import Findings

/// play, say, and the prompts of menus and gathers
extension StepReader {
    mutating func play(_ form: StepForm) -> StepAction? {
        var fields: YAMLFields
        let prompt: [PromptPart]
        let before = findings.count
        if form.name == "say" {
            fields = fieldsBeside(form)
            prompt = say(form.value, at: form.location).map { [$0] } ?? []
        } else if form.value.pairs != nil {
            fields = nestedFields(form)
            prompt = fields.take("prompt").map { self.prompt($0) } ?? []
        } else {
            fields = fieldsBeside(form)
            prompt = self.prompt(form.value)
        }
        if prompt.isEmpty, findings.count == before {
            findings.append(
                .error("missing-field", at: form.location, "`\(form.name)` has nothing to play", mend: "play: [name-of-a-clip]"))
        }
        let repeatCount = repeats(&fields)
        let controls = controls(&fields)
        let bargeIn = fields.bool("barge_in", into: &findings) ?? false
        let step = PlayStep(
            prompt: prompt, bargeIn: bargeIn, repeatCount: repeatCount,
            gain: fields.decimal("gain", in: -60...20, into: &findings) ?? 0,
            startAt: fields.duration("start_at", into: &findings) ?? .zero, controls: controls,
            done: outcome(&fields, "done") ?? [], key: outcome(&fields, "key") ?? [])
        fields.finish(into: &findings)
        if !bargeIn, !step.key.isEmpty {
            findings.append(
                .warning(
                    "key-without-barge-in", at: form.location, "no key ends what `\(form.name)` plays here, so `key` is never taken",
                    mend: "add barge_in: true"))
        }
        return .play(step)
    }

    /// A mapping of verb to key.
    mutating func controls(_ fields: inout YAMLFields) -> [Character: PlaybackControl] {
        guard let node = fields.take("controls") else { return [:] }
        var verbs = YAMLFields(node, what: "`controls`", at: node.location, into: &findings)
        defer { verbs.finish(into: &findings) }
        var controls: [Character: PlaybackControl] = [:]
        for verb in PlaybackControl.allCases {
            guard let value = verbs.take(verb.rawValue), let keys = value.digits(verb.rawValue, into: &findings) else { continue }
            guard let key = keys.first, keys.count == 1 else {
                findings.append(.error("wrong-key", at: value.location, "`\(verb.rawValue)` needs one key", mend: "\(verb.rawValue): 5"))
                continue
            }
            if let other = controls[key] {
                findings.append(
                    .error("digits-overlap", at: value.location, "the key \(key) is bound to `\(other.rawValue)` already"))
            }
            controls[key] = verb
        }
        return controls
    }

    private mutating func repeats(_ fields: inout YAMLFields) -> Int? {
        guard let node = fields.take("repeat") else { return 1 }
        if node.scalar == "forever" { return nil }
        return node.int("repeat", in: 1...10_000, into: &findings) ?? 1
    }

    mutating func prompt(_ node: YAMLNode) -> [PromptPart] {
        var parts: [PromptPart] = []
        for item in node.itemsOrSelf {
            if let part = part(item) { parts.append(part) }
        }
        return parts
    }

    private mutating func part(_ node: YAMLNode) -> PromptPart? {
        if let name = node.scalar {
            guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_/.".contains($0) }), !name.hasPrefix("/"), !name.contains(".."),
                !node.isNull
            else {
                findings.append(
                    .error(
                        "wrong-clip", at: node.location, "\(node.kindName) cannot be the name of a clip",
                        mend: "for a path with variables write {file: …}"))
                return nil
            }
            clips.append((name, node.location))
            return .clip(name)
        }
        guard let pairs = node.pairs,
            let first = pairs.first(where: { ["file", "url", "say", "speak", "tone", "silence"].contains($0.key) }) ?? pairs.first
        else {
            findings.append(.error("wrong-type", at: node.location, "a prompt must be a clip or a mapping, not \(node.kindName)"))
            return nil
        }
        var fields = YAMLFields(pairs: pairs.filter { $0.key != first.key }, what: "`\(first.key)`", at: node.location)
        defer { fields.finish(into: &findings) }
        switch first.key {
        case "file": return file(first.value)
        case "say": return say(first.value, at: first.keyLocation)
        case "speak": return speech(first.value)
        case "silence": return first.value.duration("silence", into: &findings).map { .silence($0) }
        case "tone":
            var tone = YAMLFields(pairs: [first], what: "`tone`", at: node.location)
            let name = tone.word("tone", of: ToneName.self, into: &findings)
            let duration = fields.duration("for", into: &findings) ?? .seconds(1)
            return name.map { .tone($0, duration) }
        case "url": return url(first.value)
        default:
            _ = fields.takeRest()
            findings.append(
                .error(
                    "unknown-field", at: first.keyLocation, "a prompt cannot be `\(first.key)`",
                    mend: "it is the name of a clip, or one of: file, url, say, speak, tone, silence"))
            return nil
        }
    }

    /// Text with `{name}`, which is spoken as it stands.
    private mutating func speech(_ node: YAMLNode) -> PromptPart? {
        guard let text = text(node, "speak") else { return nil }
        guard node.scalar?.contains(where: { !$0.isWhitespace }) == true else {
            findings.append(.error("missing-field", at: node.location, "`speak` has nothing to say", mend: "speak: \"Hello, {name}\""))
            return nil
        }
        uses.printed.append((text.variables, node.location))
        spoken.append(node.location)
        return .speak(text)
    }

    /// An address with `{name}`.
    private mutating func url(_ node: YAMLNode) -> PromptPart? {
        guard let address = text(node, "url") else { return nil }
        uses.printed.append((address.variables, node.location))
        uses.fetched.append((address, node.location))
        return .url(address)
    }

    /// A path, or the name of a variable of type recording.
    private mutating func file(_ node: YAMLNode) -> PromptPart? {
        if let name = node.scalar, types[name] == .recording {
            uses.reads[name, default: []].append(node.location)
            return .file(.variable(name))
        }
        guard let (path, type) = template(node, "file") else { return nil }
        guard type == .text || type == .recording else {
            findings.append(.error("type-mismatch", at: node.location, "`file` must be text or a recording, not \(type.name)"))
            return nil
        }
        if type == .text { uses.filePaths.append((Self.texts(in: path), node.location)) }
        return .file(path)
    }

    /// The variables of a path, without those that name a recording's own path, which the server chose.
    private static func texts(in expression: Expression) -> Set<String> {
        switch expression {
        case .field: []
        case .joined(let parts): parts.reduce(into: []) { $0.formUnion(texts(in: $1)) }
        default: expression.variables
        }
    }

    private mutating func say(_ node: YAMLNode, at location: SourceLocation) -> PromptPart? {
        let later = ["ordinal", "money", "gender", "case"]
        var fields = YAMLFields(node, what: "`say`", at: location, into: &findings)
        let before = findings.count
        var part: PromptPart?
        for kind in SayKind.allCases {
            guard let value = fields.take(kind.rawValue) else { continue }
            if part != nil { findings.append(.error("two-values", at: value.location, "`say` says one thing", mend: "write a second say")) }
            part = self.value(value, said: kind).map { .say(kind, $0) }
            if part != nil { says.append((kind, value.location)) }
        }
        for name in later {
            guard let pair = fields.takePair(name) else { continue }
            findings.append(.error("not-yet", at: pair.keyLocation, "`say: {\(name): …}` is not available in this version"))
        }
        if part == nil, findings.count == before {
            findings.append(
                .error("missing-field", at: location, "`say` has nothing to say", mend: "say: {digits: …}, {number: …} or {spell: …}"))
        }
        fields.finish(into: &findings)
        return part
    }

    /// What is said: written keys, text with `{name}`, or an expression.
    private mutating func value(_ node: YAMLNode, said kind: SayKind) -> Expression? {
        if kind == .digits || kind == .phone, let text = node.scalar, !text.isEmpty, let keys = TelephoneKeys.read(text) {
            return .literal(.text(keys))
        }
        if kind == .nextOpening { return schedule(node, kind.rawValue).map { .literal(.text($0)) } }
        // A day or a time that is written out.
        if kind == .date || kind == .time, let text = node.scalar {
            if let value = (kind == .date ? ScenarioType.date : .time).value(written: text) { return .literal(value) }
        }
        let isTemplate = node.scalar?.contains("{") ?? false
        guard let (expression, type) = isTemplate ? template(node, kind.rawValue) : self.expression(node, kind.rawValue) else { return nil }
        let allowed: [ScenarioType] =
            switch kind {
            case .number, .count: [.int]
            case .digits, .phone: [.digits, .text]
            case .spell, .nextOpening: [.text, .digits, .int]
            case .date: [.date]
            case .time: [.time]
            case .duration: [.duration]
            }
        guard allowed.contains(type) else {
            let mend =
                switch kind {
                case .number, .count: "convert with int(x)"
                case .digits, .phone, .spell, .nextOpening: "convert with text(x)"
                case .date, .time, .duration: "it must be a \(kind.rawValue)"
                }
            findings.append(.error("type-mismatch", at: node.location, "`\(kind.rawValue)` cannot say a \(type.name)", mend: mend))
            return nil
        }
        uses.printed.append((expression.variables, node.location))
        return expression
    }
}
