import Findings

/// dial, transfer
extension StepReader {
    mutating func dialling(_ form: StepForm) -> StepAction? {
        if isInRoom {
            findings.append(
                .error(
                    "not-while-in-room", at: form.location, "`\(form.name)` cannot be begun by a key of a room",
                    mend: "leave the room first: a goto leads out of it"))
        }
        return form.name == "dial" ? dial(form) : transfer(form)
    }

    private mutating func dial(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let to = targets(&fields, form)
        let strategy = fields.word("strategy", of: DialStrategy.self, into: &findings) ?? .all
        let timeout = timeout(&fields)
        let musicNode = fields.take("music")
        let musicClass = musicNode.flatMap { $0.text("music", into: &findings) }
        if let musicNode, let musicClass { music.append((musicClass, musicNode.location)) }
        let confirmation = fields.take("confirm").flatMap { self.confirmation($0) }
        let headers = headers(&fields)
        let callerID = fields.take("caller_id").flatMap { node -> Expression? in
            let text = text(node, "caller_id")
            if let text { uses.printed.append((text.variables, node.location)) }
            return text
        }
        let passesDigits = fields.bool("pass_digits", into: &findings) ?? true
        let stopNode = fields.take("stop_by")
        let stopBy = stopNode.flatMap { $0.digits("stop_by", into: &findings) }
        if let stopNode, let stopBy, stopBy.count > 8 {
            findings.append(.error("out-of-range", at: stopNode.location, "`stop_by` may have 8 keys at most, not \(stopBy.count)"))
        }
        let variable = into(&fields, recordOf: DialOutcome.fields)
        let ended = outcome(&fields, DialEnd.ended.rawValue) ?? []
        let failed = failures(&fields, DialEnd.failures.map(\.rawValue))
        fields.finish(into: &findings)
        guard !to.isEmpty else { return nil }
        return .dial(
            DialStep(
                to: to, strategy: strategy, timeout: timeout, musicClass: musicClass, confirmation: confirmation, headers: headers,
                callerID: callerID, passesDigits: passesDigits, stopBy: stopBy, into: variable, ended: ended,
                failures: Dictionary(uniqueKeysWithValues: zip(DialEnd.failures, failed))))
    }

    private mutating func targets(_ fields: inout YAMLFields, _ form: StepForm) -> [Expression] {
        let node = fields.take("to")
        let nodes = node?.itemsOrSelf ?? []
        if nodes.isEmpty {
            findings.append(
                .error(
                    "missing-field", at: node?.location ?? form.location, "`dial` does not say whom to call",
                    mend: "dial: {to: [\"sip:…\"], else: …}"))
        }
        if nodes.count > DialStep.targetLimit {
            findings.append(
                .error(
                    "out-of-range", at: nodes[DialStep.targetLimit].location,
                    "`to` may have \(DialStep.targetLimit) targets at most, not \(nodes.count)"))
        }
        return nodes.compactMap { node in
            let to = target(node, form)
            if let to { uses.dialled.append((to, node.location)) }
            return to
        }
    }

    /// An address that this server calls or names to others as a goal of calls.
    private mutating func target(_ node: YAMLNode, _ form: StepForm) -> Expression? {
        guard let to = text(node, "to") else { return nil }
        let schemes = ["sip:", "sips:", "tel:"]
        var written = ""
        for case .literal(let character) in to.addressPieces.prefix(while: { $0 != .anything }) { written.append(character) }
        written = written.lowercased()
        // What begins with a variable is known when it comes to it.
        let isWhole = to.variables.isEmpty
        guard schemes.contains(where: { written.hasPrefix($0) || (!isWhole && $0.hasPrefix(written)) }) else {
            findings.append(
                .error(
                    "wrong-target", at: node.location, "an address begins with sip:, sips: or tel:, not with `\(written.prefix(20))`",
                    mend: "sip:NUMBER@HOST"))
            return nil
        }
        uses.contacts.append((to, form.location, node.location))
        return to
    }

    private mutating func timeout(_ fields: inout YAMLFields) -> Duration {
        guard let node = fields.take("timeout"), let duration = node.duration("timeout", into: &findings) else {
            return DialStep.defaultTimeout
        }
        if duration < .seconds(1) || duration > .seconds(600) {
            findings.append(.error("out-of-range", at: node.location, "`timeout` must be from 1s to 10m, not \(duration.written)"))
        }
        return duration
    }

    private mutating func confirmation(_ node: YAMLNode) -> ConfirmationStep? {
        var fields = YAMLFields(node, what: "`confirm`", at: node.location, into: &findings)
        let before = findings.count
        let keys = keySet(&fields, "key", default: .none)
        let prompt = fields.take("prompt").map { self.prompt($0) } ?? []
        fields.finish(into: &findings)
        guard findings.count == before else { return nil }
        for (name, isMissing) in [("key", keys == .none), ("prompt", prompt.isEmpty)] where isMissing {
            findings.append(
                .error("missing-field", at: node.location, "`confirm` needs a \(name)", mend: "confirm: {key: 1, prompt: [name-of-a-clip]}")
            )
        }
        // Whoever was called would wait for the program, and so would all calls: this prompt is put together on the event loop.
        if prompt.contains(where: { if case .speak = $0 { true } else { false } }) {
            findings.append(.error("not-yet", at: node.location, "`speak` is not available in `confirm` in this version"))
        }
        if prompt.contains(where: { if case .url = $0 { true } else { false } }) {
            findings.append(.error("not-yet", at: node.location, "`url` is not available in `confirm` in this version"))
        }
        return ConfirmationStep(keys: keys, prompt: prompt)
    }

    private mutating func transfer(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let toNode = fields.take("to")
        let to = toNode.flatMap { target($0, form) }
        let isModeWritten = fields.remaining.contains("mode")
        let mode = fields.word("mode", of: TransferStep.Mode.self, into: &findings) ?? (isModeWritten ? nil : .auto)
        let headers = headers(&fields)
        let variable = into(&fields, .int)
        // When the caller was sent on there is nobody left to hear anything.
        let here = isLeaving
        isLeaving = mode?.leaves ?? false
        let done = outcome(&fields, "done") ?? []
        isLeaving = here
        let failed = failures(&fields, ["failed"])[0]
        fields.finish(into: &findings)
        if toNode == nil {
            findings.append(
                .error(
                    "missing-field", at: form.location, "`transfer` does not say where to", mend: "transfer: {to: \"sip:…\", failed: …}"))
        }
        guard let toNode, let to, let mode else { return nil }
        if mode == .bridge || mode == .auto { uses.dialled.append((to, toNode.location)) }
        return .transfer(TransferStep(to: to, mode: mode, headers: headers, into: variable, done: done, failed: failed))
    }
}
