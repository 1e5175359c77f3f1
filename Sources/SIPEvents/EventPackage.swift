import SIP

/// The event packages that are served to subscribers. `refer` is none of them: only a REFER begins such a subscription.
package enum EventPackage: String, CaseIterable, Codable, Hashable, Sendable {
    /// Message waiting (RFC 3842).
    case messageSummary = "message-summary"
    /// Who is in a room (RFC 4575).
    case conference

    /// The media type of its NOTIFYs (RFC 3842 §3.5, RFC 4575 §3.5).
    package var contentType: String {
        switch self {
        case .messageSummary: MessageSummary.contentType
        case .conference: ConferenceState.contentType
        }
    }

    /// The least time between two NOTIFYs of one subscription that no SUBSCRIBE asked for (RFC 3842 §3.9, RFC 4575 §3.9).
    package var interval: Duration {
        switch self {
        case .messageSummary: .seconds(1)
        case .conference: .seconds(5)
        }
    }

    /// An Allow-Events value (RFC 6665 §8.2.2).
    package static let allowEvents = allCases.map(\.rawValue).joined(separator: ", ")
}

/// What is subscribed to: a mailbox or a room, by the name that its owner gives it (`1001@example.com`).
package struct EventResource: Hashable, Codable, Sendable, CustomStringConvertible {
    package var package: EventPackage
    package var name: String

    package init(_ package: EventPackage, _ name: String) {
        self.package = package
        self.name = name
    }

    package var description: String { "\(package.rawValue) of \(name)" }
}

/// What a resource's subscribers are told.
package enum EventState: Hashable, Sendable {
    case messageSummary(MessageSummary)
    case conference(ConferenceState)

    /// The body that tells this to somebody who knows `previous` (nil: nothing), and what he knows then: less than everything where
    /// one message does not hold it.
    func body(since previous: EventState?, version: UInt32) -> (body: Body, shown: EventState) {
        switch self {
        case .messageSummary(let summary): return (summary.body, self)
        case .conference(let state):
            var known: ConferenceState?
            if case .conference(let state)? = previous { known = state }
            let document = ConferenceDocument(state, since: known, version: version)
            return (document.body, .conference(document.shown))
        }
    }
}
