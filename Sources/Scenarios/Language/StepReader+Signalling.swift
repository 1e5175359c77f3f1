import Findings

/// answer, ring, early_media, reject, redirect, hangup
extension StepReader {
    mutating func signalling(_ form: StepForm) -> StepAction? {
        // `reject: 486` may stand for `reject: {status: 486}`.
        if form.name == "reject", form.value.scalar != nil, !form.value.isNull {
            var fields = fieldsBeside(form)
            // 6xx would end the other branches of a fork too: no scenario can speak for all of the callee's devices.
            let status = form.value.int("status", in: 400...599, into: &findings)
            let reason = fields.take("reason").flatMap { text($0, "reason") }
            let headers = headers(&fields)
            fields.finish(into: &findings)
            return status.map { .reject(status: $0, reason: reason, headers: headers) }
        }
        var fields = nestedFields(form)
        defer { fields.finish(into: &findings) }
        let headers = headers(&fields)
        switch form.name {
        case "reject":
            let status = fields.int("status", in: 400...599, into: &findings)
            let reason = fields.take("reason").flatMap { text($0, "reason") }
            if status == nil {
                findings.append(
                    .error("missing-field", at: form.location, "`reject` needs a status from 400 to 599", mend: "reject: {status: 486}"))
            }
            return status.map { .reject(status: $0, reason: reason, headers: headers) }
        case "redirect":
            let status = fields.int("status", in: 300...399, into: &findings) ?? 302
            let nodes = fields.take("contacts")?.itemsOrSelf ?? []
            if nodes.isEmpty {
                findings.append(
                    .error("missing-field", at: form.location, "`redirect` needs contacts", mend: "redirect: {contacts: [\"sip:…\"]}"))
            }
            return .redirect(status: status, contacts: nodes.compactMap { contact($0, of: form) }, headers: headers)
        case "hangup":
            return .hangUp(cause: fields.int("cause", in: 1...127, into: &findings), headers: headers)
        default:
            let after = fields.duration("after", into: &findings) ?? .zero
            switch form.name {
            case "answer": return .answer(after: after, headers: headers)
            case "ring": return .ring(after: after, headers: headers)
            default: return .earlyMedia(after: after, headers: headers)
            }
        }
    }

    /// An address, or `{uri, q}`.
    private mutating func contact(_ node: YAMLNode, of form: StepForm) -> ContactTemplate? {
        guard node.pairs != nil else { return address(node, "contacts", of: form).map { ContactTemplate(uri: $0) } }
        var fields = YAMLFields(node, what: "a contact", at: node.location, into: &findings)
        let uriNode = fields.take("uri")
        let uri = uriNode.flatMap { address($0, "uri", of: form) }
        let q = fields.decimal("q", in: 0...1, into: &findings).map { Int(($0 * 1_000).rounded()) }
        fields.finish(into: &findings)
        if uriNode == nil {
            findings.append(.error("missing-field", at: node.location, "a contact needs its address", mend: "{uri: \"sip:…\", q: 0.5}"))
        }
        return uri.map { ContactTemplate(uri: $0, q: q) }
    }

    /// Text that says where a call goes.
    private mutating func address(_ node: YAMLNode, _ name: String, of form: StepForm) -> Expression? {
        let address = text(node, name)
        if let address { uses.contacts.append((address, form.location, node.location)) }
        return address
    }
}
