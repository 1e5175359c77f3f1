import SIP
import SIPDialogs

/// What the answer to a NOTIFY means to its subscription (RFC 6665 §4.2.2).
enum NotifyVerdict: Hashable, Sendable {
    case accepted
    /// Refused for now: another one after this time.
    case later(Duration)
    /// The subscription is over.
    case failed

    /// The longest pause that a subscriber gets, in seconds.
    private static let longestPause: UInt32 = 300

    init(_ status: StatusCode, retryAfter: UInt32?) {
        switch status.code {
        case 200...299: self = .accepted
        // These end the dialog or its use, whatever else the answer says (RFC 5057 §5.1); 408 is silence too.
        case 404, 405, 408, 410, 416, 480...485, 489, 501, 604: self = .failed
        default:
            // An error with Retry-After is a passing one; without, the subscription is removed.
            self = retryAfter.map { .later(.seconds(Int(min(max($0, 1), Self.longestPause)))) } ?? .failed
        }
    }

    init(_ outcome: RequestOutcome) {
        self.init(outcome.status, retryAfter: outcome.message?.retryAfter)
    }
}
