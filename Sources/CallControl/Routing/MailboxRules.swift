/// By what a route finds out whose mailbox a call is for. The first rule that names a mailbox of ours wins.
package struct MailboxRules: Hashable, Sendable {
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        /// The part `{box:…}` of the route's pattern: `vm-1001`, `1001`.
        case number
        /// `target` in the Request-URI (RFC 4458).
        case target
        /// History-Info (RFC 7044, RFC 4244).
        case historyInfo = "history-info"
        /// Diversion (RFC 5806).
        case diversion
        /// The To header: what the caller dialled first, when no proxy has touched it.
        case to
        /// A header of the peer's own, named by `header`: a user or an address.
        case header
    }

    /// Which of several people who sent a call on is the one whose mailbox it is for.
    package enum Diverter: String, Hashable, Sendable, CaseIterable {
        /// Who was called first, as in a company: a call for A, sent on to B, is A's.
        case first
        /// Who sent the call here, as with a carrier: B would not want his callers to reach A.
        case last
    }

    /// What is in force where nobody says anything else. Not `to`, which callers write, nor `header`, which has no name yet.
    package static let usualOrder: [Rule] = [.number, .target, .historyInfo, .diversion]

    /// A rule that is not in the list is not looked at, neither for the mailbox nor for the greeting.
    package var order: [Rule] { didSet { hasOwnOrder = true } }
    package var diverter: Diverter { didSet { hasOwnDiverter = true } }
    /// The header that the rule `header` reads.
    package var header: String?
    /// Whether the order is written here, or is the usual one, which a peer may change.
    private(set) var hasOwnOrder: Bool
    private(set) var hasOwnDiverter: Bool

    /// What is nil is left open.
    package init(order: [Rule]? = nil, diverter: Diverter? = nil, header: String? = nil) {
        self.order = order ?? Self.usualOrder
        self.diverter = diverter ?? .first
        self.header = header
        hasOwnOrder = order != nil
        hasOwnDiverter = diverter != nil
    }

    /// The rules of a route, with what it leaves open filled in by those of the peer.
    package func completed(by peer: MailboxRules) -> MailboxRules {
        var rules = self
        if !hasOwnOrder, peer.hasOwnOrder { rules.order = peer.order }
        if !hasOwnDiverter, peer.hasOwnDiverter { rules.diverter = peer.diverter }
        if header == nil { rules.header = peer.header }
        return rules
    }

    /// The part of a pattern that names a mailbox.
    package static let part = "box"
}

/// What a caller is told: why he hears a mailbox instead of the person.
package enum GreetingReason: String, Hashable, Sendable, CaseIterable {
    /// No answer, not registered, deflected, or nobody said why.
    case unavailable
    case busy
    /// All calls are sent to the mailbox.
    case unconditional

    /// By a `cause` of RFC 4458 §2.2.
    package init(cause: UInt16?) {
        switch cause {
        case 302: self = .unconditional
        case 486, 600: self = .busy
        // 404, 408, 480, 487, 503: not available, no reply, deflected, not reachable. 380 (RFC 8119): a service number was
        // translated, which says nothing about the person.
        default: self = .unavailable
        }
    }

    /// What a `cause` means, in the words of the table of RFC 4458 §2.2 and of RFC 8119 §2; nil for one that neither has.
    package static func meaning(of cause: UInt16) -> String? {
        switch cause {
        case 302: "unconditional"
        case 380: "service number translation"
        case 404: "unknown or not available"
        case 408: "no reply"
        case 480: "deflected at once"
        case 486: "user busy"
        case 487: "deflected while ringing"
        case 503: "not reachable"
        default: nil
        }
    }
}
