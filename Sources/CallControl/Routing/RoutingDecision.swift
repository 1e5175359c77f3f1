/// Where a call goes, and why: made once for the server and for `antiphon explain`.
package struct RoutingDecision: Sendable {
    package enum Outcome: Sendable {
        case routed(RoutingTable.Match)
        /// No pattern matches what was dialled: 404.
        case noRoute
        /// The route is for mailboxes and no rule named one: 404.
        case noMailbox(Route)
    }

    package var dialled: DialledIdentity
    package var outcome: Outcome
    /// What the rules for a mailbox had to say; nil when the route has none.
    package var search: MailboxSearch?

    /// The route and its inputs; nil when the call is refused with 404.
    package var match: RoutingTable.Match? {
        if case .routed(let match) = outcome { match } else { nil }
    }

    /// Why the call is refused, for the log.
    package var refusal: String {
        switch outcome {
        case .routed: ""
        case .noRoute: "no pattern matches"
        case .noMailbox:
            "no rule names a mailbox: " + (search?.steps.map { "\($0.rule.rawValue): \($0.why)" }.joined(separator: "; ") ?? "")
        }
    }
}
