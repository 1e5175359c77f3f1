import Findings

/// menu, gather, record, echo, moh
extension StepReader {
    mutating func menu(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let long = fields.take("long").map { prompt($0) } ?? []
        let short = fields.take("short").map { prompt($0) }
        let before = findings.count
        var entries: [MenuEntry] = []
        for (name, isPattern) in [("keys", false), ("patterns", true)] {
            guard let node = fields.take(name) else { continue }
            entries += self.entries(node, name: name, isPattern: isPattern, at: form.location)
        }
        if entries.isEmpty, findings.count == before {
            findings.append(.error("missing-field", at: form.location, "`menu` has no keys", mend: "menu: {long: […], keys: {1: …}}"))
        }
        checkDigits(entries)
        let step = collect(&fields, kind: .menu(entries), prompt: long, short: short ?? long)
        fields.finish(into: &findings)
        return .collect(step)
    }

    /// Keys or patterns and what they lead to.
    mutating func entries(_ node: YAMLNode, name: String, isPattern: Bool, at location: SourceLocation) -> [MenuEntry] {
        var entries: [MenuEntry] = []
        var keys = YAMLFields(node, what: "`\(name)`", at: location, into: &findings)
        for pair in keys.takeRest() {
            guard let pattern = isPattern ? DigitPattern(pattern: pair.key) : DigitPattern(keys: pair.key) else {
                let mend =
                    isPattern
                    ? "keys, X, Z, N, [45], and a . at the end" : "keys are 0-9, star, pound and A-D; X and [45] go under patterns"
                findings.append(
                    .error(
                        "wrong-key", at: pair.keyLocation, "`\(pair.key)` is no telephone key\(isPattern ? " pattern" : "")", mend: mend))
                continue
            }
            entries.append(MenuEntry(pattern: pattern, steps: steps(pair.value), location: pair.keyLocation))
        }
        return entries
    }

    mutating func gather(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let prompt = fields.take("prompt").map { self.prompt($0) } ?? []
        let minimum = fields.int("min", in: 0...64, into: &findings) ?? 1
        let maximum = fields.int("max", in: 1...64, into: &findings) ?? 64
        if minimum > maximum {
            findings.append(.error("out-of-range", at: form.location, "`min` (\(minimum)) is more than `max` (\(maximum))"))
        }
        let end = keySet(&fields, default: KeySet(keys: ["#"]))
        let variable = into(&fields, .digits)
        let mask = fields.bool("mask", into: &findings) ?? false
        if let variable { uses.gathered.insert(variable) }
        if mask, let variable { uses.masked.insert(variable) }
        let ok = outcome(&fields, "ok") ?? []
        let kind = CollectStep.Kind.gather(min: minimum, max: maximum, end: end, into: variable, mask: mask, ok: ok)
        let step = collect(&fields, kind: kind, prompt: prompt, short: prompt)
        fields.finish(into: &findings)
        return .collect(step)
    }

    private mutating func collect(_ fields: inout YAMLFields, kind: CollectStep.Kind, prompt: [PromptPart], short: [PromptPart])
        -> CollectStep
    {
        let first = fields.duration("first", into: &findings) ?? .seconds(6)
        let between = fields.duration("between", into: &findings) ?? min(.seconds(3), first)
        if between > first {
            findings.append(
                .warning(
                    "between-longer", at: fields.location, "`between` (\(between.written)) is longer than `first` (\(first.written))",
                    mend: nil))
        }
        var bargeIn = true
        if case .gather = kind { bargeIn = fields.bool("barge_in", into: &findings) ?? true }
        let noInput = outcome(&fields, "no_input")
        let invalid = outcome(&fields, "invalid")
        return CollectStep(
            kind: kind, prompt: prompt, shortPrompt: short, first: first, between: between,
            retries: fields.int("retries", in: 0...100, into: &findings) ?? 2, bargeIn: bargeIn,
            typeAhead: fields.word("type_ahead", of: CollectStep.TypeAhead.self, into: &findings) ?? .keep, noInput: noInput,
            invalid: invalid,
            exhausted: failures(&fields, ["exhausted"])[0])
    }

    /// Keys and patterns that one typed string would fit both, and those that only waiting can tell apart.
    mutating func checkDigits(_ entries: [MenuEntry]) {
        for (index, entry) in entries.enumerated() {
            for earlier in entries[..<index] {
                let (one, other) = (earlier.pattern, entry.pattern)
                if one.overlaps(other) {
                    findings.append(
                        .error(
                            "digits-overlap", at: entry.location,
                            "`\(other.written)` and `\(one.written)` in line \(earlier.location.line) fit the same keys",
                            mend: "make one of them narrower"))
                } else if one.isPrefix(of: other) || other.isPrefix(of: one) {
                    let (short, long) = one.isPrefix(of: other) ? (one, other) : (other, one)
                    findings.append(
                        .warning(
                            "digits-prefix", at: entry.location,
                            "after `\(short.written)` the menu must wait whether `\(long.written)` follows",
                            mend: "choose keys that do not begin alike"))
                }
            }
        }
    }

    mutating func record(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let variable = into(&fields, .recording)
        var silence: Duration?
        if let node = fields.take("silence"), node.scalar != "none" { silence = node.duration("silence", into: &findings) }
        let maximum = fields.duration("max", into: &findings) ?? .seconds(120)
        if maximum <= .zero { findings.append(.error("out-of-range", at: form.location, "`max` must be longer than nothing")) }
        let minimum = fields.duration("min", into: &findings) ?? .seconds(1)
        let beep = fields.bool("beep", into: &findings) ?? true
        let end = keySet(&fields, default: KeySet(keys: ["#"]))
        let trim = fields.bool("trim", into: &findings) ?? false
        let channels = fields.int("channels", in: 1...2, into: &findings) ?? 1
        let mask = fields.bool("mask", into: &findings) ?? false
        let purpose = recordingPurpose(&fields)
        let ok = outcome(&fields, "ok") ?? []
        let failed = failures(&fields, ["short", "silent", "full"])
        fields.finish(into: &findings)
        return .record(
            RecordStep(
                into: variable, max: maximum, silence: silence, beep: beep, end: end, min: minimum, trim: trim, channels: channels,
                mask: mask, purpose: purpose, ok: ok,
                short: failed[0], silent: failed[1], full: failed[2]))
    }

    mutating func hold(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let duration = fields.duration("for", into: &findings)
        let end = keySet(&fields, default: .none)
        let isMusic = form.name == "moh"
        let classNode = isMusic ? fields.take("class") : nil
        let musicClass = classNode.flatMap { $0.text("class", into: &findings) } ?? "default"
        if isMusic { music.append((musicClass, classNode?.location ?? form.location)) }
        let step = HoldStep(duration: duration, end: end, done: outcome(&fields, "done") ?? [])
        fields.finish(into: &findings)
        return isMusic ? .music(musicClass: musicClass, step) : .echo(step)
    }
}
