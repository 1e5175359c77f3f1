import SIP

/// What an INVITE says about who was called before it came here.
struct RetargetedCall {
    let requestURI: SIPURI
    let message: SIPMessage
    let domains: LocalDomains
    /// What the pattern's `{box:…}` matched.
    let box: String?
    /// The user of the Request-URI, when it stands for the service and not for a mailbox.
    let service: DialledIdentity?

    init(_ message: SIPMessage, requestURI: SIPURI, box: String?, domains: LocalDomains) {
        self.message = message
        self.requestURI = requestURI
        self.box = box
        self.domains = domains
        service = box == nil ? domains.identity(of: requestURI) : nil
    }

    /// Somebody who sent the call on, and why (nil when nobody says).
    struct Party {
        var identity: DialledIdentity
        var cause: UInt16?
        var why: String
    }

    /// Why a rule names no mailbox.
    struct Miss: Error {
        var why: String
        init(_ why: String) { self.why = why }
    }

    func party(by rule: MailboxRules.Rule, _ rules: MailboxRules) throws(Miss) -> Party {
        switch rule {
        case .number: try number()
        case .target: try target()
        case .historyInfo: try Self.pick(history(rules.diverter), rules.diverter, of: "History-Info")
        case .diversion: try Self.pick(diversions(), rules.diverter, of: "Diversion")
        case .to: try to()
        case .header: try header(rules.header)
        }
    }

    private func number() throws(Miss) -> Party {
        guard let box, !box.isEmpty else { throw Miss("the route's pattern has no part {\(MailboxRules.part):…}") }
        // Any address in the Request-URI is this machine, or the call would not have come here.
        guard domains.contains(requestURI.host) || requestURI.host.isIPLiteral else { throw Miss(elsewhere(requestURI)) }
        return Party(
            identity: DialledIdentity(name: box, domain: domains.defaultDomain), cause: nil, why: "the Request-URI's user names it")
    }

    private func target() throws(Miss) -> Party {
        let uri: SIPURI?
        do { uri = try requestURI.retargetingTarget() } catch { throw Miss("`target` cannot be read: \(error.reason)") }
        guard let uri else { throw Miss("the Request-URI has no `target`") }
        guard let identity = domains.identity(of: uri) else { throw Miss(elsewhere(uri)) }
        return Party(identity: identity, cause: requestURI.retargetingCause, why: "`target` is \(uri)")
    }

    private func to() throws(Miss) -> Party {
        guard let address = try? message.address(of: .to) else { throw Miss("there is no To that can be read") }
        guard let identity = domains.identity(of: address.uri) else { throw Miss(elsewhere(address.uri)) }
        guard identity != service else { throw Miss("To names the service itself") }
        return Party(identity: identity, cause: nil, why: "To is \(address.uri)")
    }

    /// A user, `user@domain`, or an address as in From.
    private func header(_ name: String?) throws(Miss) -> Party {
        guard let name else { throw Miss("no header is named for it") }
        guard let text = message.value(named: name) else { throw Miss("there is no \(name)") }
        guard let uri = Self.address(text) else { throw Miss("\(name) cannot be read") }
        guard let identity = domains.identity(of: uri) else { throw Miss(elsewhere(uri)) }
        guard identity != service else { throw Miss("\(name) names the service itself") }
        return Party(identity: identity, cause: nil, why: "\(name) is \(text.prefix(80))")
    }

    private static func address(_ text: String) -> SIPURI? {
        if let address = try? NameAddress.parse(text) { return address.uri }
        if text.contains("@") { return try? SIPURI.parse("sip:" + text) }
        // The rest is no address of any kind: a lone user.
        return text.isSIPToken ? SIPURI(user: text, host: "") : nil
    }

    /// `parties` with the latest first.
    private static func pick(_ parties: [Party], _ diverter: MailboxRules.Diverter, of header: String) throws(Miss) -> Party {
        guard let party = diverter == .first ? parties.last : parties.first else { throw Miss("\(header) names nobody of ours") }
        return party
    }

    private func elsewhere(_ uri: SIPURI) -> String {
        uri.isSIP && uri.user == nil ? "\(uri) names no user" : "\(uri) is not of a domain of ours"
    }
}

extension RetargetedCall {
    /// Who of ours diverted the call, the latest first.
    func diversions() throws(Miss) -> [Party] {
        guard message.has(.diversion) else { throw Miss("there is no Diversion") }
        let values: [Diversion]
        do { values = try message.diversions() } catch { throw Miss("Diversion cannot be read: \(error.reason)") }
        return try served(values.map { ($0.address.uri, $0.cause, "Diversion by \($0.address.uri), \($0.reason)") }, "Diversion")
    }

    /// Who of ours the call was sent on from, the latest first.
    func history(_ diverter: MailboxRules.Diverter) throws(Miss) -> [Party] {
        guard message.has(.historyInfo) else { throw Miss("there is no History-Info") }
        let entries: [HistoryInfo]
        do { entries = try message.history() } catch { throw Miss("History-Info cannot be read: \(error.reason)") }
        // RFC 7044 §11: `mp` marks each step from one user to another and says which entry it left. An RFC 4244 proxy marks
        // nothing; there everybody of ours but the service itself was called before.
        let steps = entries.filter { if case .mapped = $0.retargeting { true } else { false } }
        let left: [(SIPURI, UInt16?, String)]
        if steps.isEmpty {
            left = entries.indices.compactMap { index in
                let entry = entries[index]
                guard domains.identity(of: entry.address.uri) != service else { return nil }
                let next = entries[(index + 1)...].first { $0.cause != nil }
                return (entry.address.uri, departure(from: entry, in: entries) ?? next?.cause, "History-Info has \(entry.address.uri)")
            }
        } else {
            left = steps.compactMap { step in
                guard case .mapped(let index) = step.retargeting, let left = entries.first(where: { $0.index == index }) else {
                    return nil
                }
                let entry = Self.user(of: left, in: entries)
                return (
                    entry.address.uri, step.cause ?? left.departure?.status ?? departure(from: entry, in: entries),
                    "History-Info: entry \(entry.index.map { "\($0)" } ?? "?") is \(entry.address.uri), "
                        + "left by entry \(step.index.map { "\($0)" } ?? "?")"
                )
            }
        }
        return try served(left.reversed(), "History-Info")
    }

    /// The entry of the user whom `entry` is a contact (`rc`) or a hop (`np`) of: those two change where a call goes, not whom it is for
    /// (RFC 7044 §10.4).
    private static func user(of entry: HistoryInfo, in entries: [HistoryInfo]) -> HistoryInfo {
        var entry = entry
        // Each step goes up in the message; indices that run in a ring end with the number of entries.
        for _ in entries.indices {
            let above: HistoryInfo.Index
            switch entry.retargeting {
            case .contact(let index), .unchanged(let index): above = index
            case .mapped, nil: return entry
            }
            guard let next = entries.first(where: { $0.index == above }) else { return entry }
            entry = next
        }
        return entry
    }

    /// Why `entry`, or the last contact that was tried for it, was left.
    private func departure(from entry: HistoryInfo, in entries: [HistoryInfo]) -> UInt16? {
        if let status = entry.departure?.status { return status }
        guard let index = entry.index else { return nil }
        let contacts = entries.filter { contact in
            switch contact.retargeting {
            case .contact, .unchanged: contact.index.map(index.isAncestor) ?? false
            case .mapped, nil: false
            }
        }
        return contacts.last { $0.departure?.status != nil }?.departure?.status
    }

    /// Only people of ours have a mailbox here.
    private func served(_ left: [(uri: SIPURI, cause: UInt16?, why: String)], _ header: String) throws(Miss) -> [Party] {
        guard !left.isEmpty else { throw Miss("\(header) tells of nobody who sent the call on") }
        let parties = left.compactMap { entry in
            domains.identity(of: entry.uri).map { Party(identity: $0, cause: entry.cause, why: entry.why) }
        }.filter { $0.identity != service }
        if parties.isEmpty, let foreign = left.first(where: { domains.identity(of: $0.uri) == nil }) { throw Miss(elsewhere(foreign.uri)) }
        guard !parties.isEmpty else { throw Miss("\(header) names only the service itself") }
        return parties
    }
}
