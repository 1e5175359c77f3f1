import SIP

extension MailboxRules {
    /// Applies the rules to an INVITE. `box` is what the part `{box:…}` of the route's pattern matched.
    ///
    /// A function of its arguments alone: whether the mailbox exists is for the caller to find out.
    package func search(in message: SIPMessage, requestURI: SIPURI, box: String?, domains: LocalDomains) -> MailboxSearch {
        let call = RetargetedCall(message, requestURI: requestURI, box: box, domains: domains)
        var search = MailboxSearch()
        for rule in order {
            if let winner = search.mailbox {
                search.steps.append(.init(rule: rule, won: false, why: "not needed, \(winner.rule.rawValue) came first"))
                continue
            }
            do {
                let party = try call.party(by: rule, self)
                let (cause, why) = cause(for: party, by: rule, call)
                search.mailbox = CalledMailbox(identity: party.identity, greeting: GreetingReason(cause: cause), rule: rule)
                search.greetingWhy = why
                search.steps.append(.init(rule: rule, won: true, why: party.why))
            } catch {
                search.steps.append(.init(rule: rule, won: false, why: error.why))
            }
        }
        for rule in Rule.allCases where !order.contains(rule) {
            search.steps.append(.init(rule: rule, won: false, why: "not among the rules of this route"))
        }
        return search
    }

    /// Why the call came to this mailbox: said by the rule that named it, else by the first other source that speaks of the
    /// same mailbox. A proxy that rewrites to the extension often tells the reason only in a header.
    private func cause(for party: RetargetedCall.Party, by rule: Rule, _ call: RetargetedCall) -> (UInt16?, String) {
        func words(_ cause: UInt16) -> String { "cause \(cause)" + (GreetingReason.meaning(of: cause).map { " (\($0))" } ?? "") }
        if let cause = party.cause { return (cause, "\(words(cause)) by \(rule.rawValue)") }
        for source in order where source != rule {
            var others: [RetargetedCall.Party] = []
            switch source {
            case .number, .to, .header: break
            case .target:
                // `1001;cause=486`: without a `target` the cause is about the user of the Request-URI.
                let names = (try? call.requestURI.retargetingTarget()) ?? nil
                if let cause = call.requestURI.retargetingCause, names.map({ call.domains.identity(of: $0) == party.identity }) ?? true {
                    return (cause, "\(words(cause)) in the Request-URI")
                }
            case .historyInfo: others = (try? call.history(diverter)) ?? []
            case .diversion: others = (try? call.diversions()) ?? []
            }
            if let cause = others.first(where: { $0.identity == party.identity && $0.cause != nil })?.cause {
                return (cause, "\(words(cause)) by \(source.rawValue)")
            }
        }
        return (nil, "nobody says why")
    }
}
