/// A Subscription-State value (RFC 6665 §8.2.3).
package struct SubscriptionState: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        case active, pending, terminated
        /// An extension, which a subscriber treats like `active` (§4.1.3 knows no other that ends it).
        case other(String)

        package init(_ name: String) {
            switch name.lowercasedASCII {
            case "active": self = .active
            case "pending": self = .pending
            case "terminated": self = .terminated
            default: self = .other(name)
            }
        }

        package var name: String {
            switch self {
            case .active: "active"
            case .pending: "pending"
            case .terminated: "terminated"
            case .other(let name): name
            }
        }
    }

    /// Why a subscription ended, which says whether to ask again (§4.1.3).
    package enum Reason: Hashable, Sendable {
        case deactivated, probation, rejected, timeout, giveup, noresource, invariant
        case other(String)

        package init(_ name: String) {
            switch name.lowercasedASCII {
            case "deactivated": self = .deactivated
            case "probation": self = .probation
            case "rejected": self = .rejected
            case "timeout": self = .timeout
            case "giveup": self = .giveup
            case "noresource": self = .noresource
            case "invariant": self = .invariant
            default: self = .other(name)
            }
        }

        package var name: String {
            switch self {
            case .deactivated: "deactivated"
            case .probation: "probation"
            case .rejected: "rejected"
            case .timeout: "timeout"
            case .giveup: "giveup"
            case .noresource: "noresource"
            case .invariant: "invariant"
            case .other(let name): name
            }
        }
    }

    package var phase: Phase
    package var reason: Reason?
    /// Seconds that are left; nil when absent or no number.
    package var expires: UInt32?
    /// Seconds to wait before asking again; nil when absent or no number.
    package var retryAfter: UInt32?

    package init(_ phase: Phase, reason: Reason? = nil, expires: UInt32? = nil, retryAfter: UInt32? = nil) {
        self.phase = phase
        self.reason = reason
        self.expires = expires
        self.retryAfter = retryAfter
    }

    package var text: String {
        var text = phase.name
        if let reason { text += ";reason=\(reason.name)" }
        if let expires { text += ";expires=\(expires)" }
        if let retryAfter { text += ";retry-after=\(retryAfter)" }
        return text
    }

    /// Reads a whole header value.
    package static func parse(_ text: String) throws(SIPParseError) -> SubscriptionState {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> SubscriptionState in
            reader.skipWhitespace()
            let phase = Phase(reader.text(try reader.token("subscription state")))
            let parameters = try reader.parameters()
            try reader.expectEnd("Subscription-State")
            func seconds(_ name: String) -> UInt32? {
                parameters.plain(name).flatMap { $0.utf8.allSatisfy(\.isDigit) ? UInt32($0) : nil }
            }
            return SubscriptionState(
                phase, reason: parameters.plain("reason").map { Reason($0) }, expires: seconds("expires"),
                retryAfter: seconds("retry-after"))
        }
    }
}

extension SIPMessage {
    /// What Subscription-State says; nil when there is none.
    package func subscriptionState() throws(SIPParseError) -> SubscriptionState? {
        guard let text = value(of: .subscriptionState) else { return nil }
        return try SubscriptionState.parse(text)
    }
}
