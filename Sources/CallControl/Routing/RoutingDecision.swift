import SIP

/// Where a call goes, and why: made once for the server and for `antiphon explain`.
package struct RoutingDecision: Sendable {
    package enum Outcome: Sendable {
        case routed(RoutingTable.Match)
        /// No pattern matches what was dialled: 404.
        case noRoute
        /// The route is for mailboxes and no rule named one: 404.
        case noMailbox(Route)
        /// A service of RFC 4240 that is not given.
        case refused(MediaService.Refusal)
    }

    package var dialled: DialledIdentity
    package var outcome: Outcome
    /// What the rules for a mailbox had to say; nil when the route has none.
    package var search: MailboxSearch?
    /// The listed peer that the call came from, and what it was known by.
    package var peer: PeerBook.Match?

    package init(dialled: DialledIdentity, outcome: Outcome, search: MailboxSearch? = nil, peer: PeerBook.Match? = nil) {
        self.dialled = dialled
        self.outcome = outcome
        self.search = search
        self.peer = peer
    }

    /// The route and its inputs; nil when the call is refused.
    package var match: RoutingTable.Match? {
        if case .routed(let match) = outcome { match } else { nil }
    }

    /// What the call is refused with; nil when it is taken. Never 503, which would take the whole node out of a proxy's list, nor 6xx.
    package var status: StatusCode? {
        switch outcome {
        case .routed: nil
        case .noRoute, .noMailbox: .notFound
        case .refused(let refusal): refusal.status
        }
    }

    /// What goes with the refusal. `agent` is the host that speaks in a Warning.
    package func refusalHeaders(agent: String) -> [(String, String)] {
        if case .refused(let refusal) = outcome { refusal.headers(agent: agent) } else { [] }
    }

    /// Why the call is refused, for the log.
    package var refusal: String {
        switch outcome {
        case .routed: ""
        case .noRoute: "no pattern matches"
        case .noMailbox:
            "no rule names a mailbox: " + (search?.steps.map { "\($0.rule.rawValue): \($0.why)" }.joined(separator: "; ") ?? "")
        case .refused(let refusal): refusal.why
        }
    }
}
