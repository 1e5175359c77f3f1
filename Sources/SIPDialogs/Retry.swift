import SIP
import Timing

/// Who wants a re-INVITE or UPDATE of ours.
enum ChangeOrigin: Hashable, Sendable {
    /// The application, which is told the outcome.
    case application
    /// The session timer (RFC 4028 §10).
    case refresh
}

/// A re-INVITE or UPDATE of ours that met another request and is tried again (RFC 3261 §14.1).
struct Retry: Sendable {
    let method: SIPMethod
    /// The dialog it belongs to, by the peer's tag.
    let tag: String
    let body: Body?
    let headers: [(String, String)]
    let origin: ChangeOrigin
    /// The description that counted then. With another one meanwhile the offer is out of date.
    let description: Body?
    var time: MonotonicTime

    static let mostAttempts = 5

    /// How long to wait after 491, in ms: who made the Call-ID waits longer, so that both do not meet again (RFC 3261 §14.1).
    static func glarePause(ownsCallID: Bool, random: UInt64) -> Duration {
        // Units of 10 ms.
        ownsCallID ? .milliseconds(2_100 + 10 * Int(random % 191)) : .milliseconds(10 * Int(random % 201))
    }

    /// The Retry-After of a response, 0 to 60 s; nil for none, and for one that nobody waits for during a call.
    static func pause(_ message: SIPMessage) -> Duration? {
        guard let seconds = message.retryAfter, seconds <= 60 else { return nil }
        return .seconds(seconds)
    }
}
