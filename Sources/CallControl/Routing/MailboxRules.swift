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
    }

    /// Which of several people who sent a call on is the one whose mailbox it is for.
    package enum Diverter: String, Hashable, Sendable, CaseIterable {
        /// Who was called first, as in a company: a call for A, sent on to B, is A's.
        case first
        /// Who sent the call here, as with a carrier: B would not want his callers to reach A.
        case last
    }

    /// A rule that is not in the list is not looked at, neither for the mailbox nor for the greeting.
    package var order: [Rule]
    package var diverter: Diverter

    package init(order: [Rule] = [.number, .target, .historyInfo, .diversion], diverter: Diverter = .first) {
        self.order = order
        self.diverter = diverter
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
}
