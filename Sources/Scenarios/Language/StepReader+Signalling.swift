import Findings

/// answer, ring, early_media, reject, redirect, hangup
extension StepReader {
    mutating func signalling(_ form: StepForm) -> StepAction? {
        // `reject: 486` may stand for `reject: {status: 486}`.
        if form.name == "reject", form.value.scalar != nil, !form.value.isNull {
            var fields = fieldsBeside(form)
            let status = form.value.int("status", in: 400...699, into: &findings)
            let reason = fields.take("reason").flatMap { text($0, "reason") }
            fields.finish(into: &findings)
            return status.map { .reject(status: $0, reason: reason) }
        }
        var fields = nestedFields(form)
        defer { fields.finish(into: &findings) }
        switch form.name {
        case "reject":
            let status = fields.int("status", in: 400...699, into: &findings)
            let reason = fields.take("reason").flatMap { text($0, "reason") }
            if status == nil {
                findings.append(
                    .error("missing-field", at: form.location, "`reject` needs a status from 400 to 699", mend: "reject: {status: 486}"))
            }
            return status.map { .reject(status: $0, reason: reason) }
        case "redirect":
            let status = fields.int("status", in: 300...399, into: &findings) ?? 302
            let contacts = (fields.take("contacts")?.itemsOrSelf ?? []).compactMap { node -> Expression? in
                let contact = text(node, "contacts")
                if let contact { uses.contacts.append((contact, form.location, node.location)) }
                return contact
            }
            if contacts.isEmpty {
                findings.append(
                    .error("missing-field", at: form.location, "`redirect` needs contacts", mend: "redirect: {contacts: [\"sip:…\"]}"))
            }
            return .redirect(status: status, contacts: contacts)
        case "hangup":
            return .hangUp(cause: fields.int("cause", in: 1...127, into: &findings))
        default:
            let after = fields.duration("after", into: &findings) ?? .zero
            return form.name == "answer" ? .answer(after: after) : form.name == "ring" ? .ring(after: after) : .earlyMedia(after: after)
        }
    }
}
