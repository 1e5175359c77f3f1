import SIP

/// What is wanted of session timers.
package struct SessionTimerPolicy: Hashable, Sendable {
    /// The interval asked for and agreed to at most, in seconds; RFC 4028 §4 recommends 1800.
    package var interval: Int
    /// The least that is agreed to, in seconds: 90 or more (RFC 4028 §5).
    package var minimum: Int

    package init(interval: Int = 1_800, minimum: Int = Self.leastMinimum) {
        self.minimum = max(minimum, Self.leastMinimum)
        self.interval = max(interval, self.minimum)
    }

    /// RFC 4028 §5: Min-SE counts as 90 when it is absent, and may not be less.
    package static let leastMinimum = 90
}

/// What one request to open or refresh a session says of timers.
struct SessionTimerRequest: Hashable, Sendable {
    var expires: SessionExpires?
    var minimum: Int?
    /// The sender understands timers; without this it was a proxy that asked for one.
    var isSupported: Bool

    init(expires: SessionExpires?, minimum: Int?, isSupported: Bool) {
        self.expires = expires
        self.minimum = minimum
        self.isSupported = isSupported
    }

    init(_ message: SIPMessage) throws(SIPParseError) {
        expires = try message.sessionExpires()
        minimum = try message.minimumSessionExpires()
        isSupported = message.lists("timer", in: .supported) || message.lists("timer", in: .require)
    }
}

/// The callee's part of the bargain (RFC 4028 §9).
enum SessionTimerAnswer: Hashable, Sendable {
    /// The session stands without an end.
    case unlimited
    /// 422 with this Min-SE.
    case tooSmall(Int)
    /// The 2xx says so. `isRequired`: Require: timer goes with it.
    case agreed(interval: Int, refresher: SessionTimer.Refresher, isRequired: Bool)

    init(to request: SessionTimerRequest, policy: SessionTimerPolicy?) {
        guard let policy else {
            self = .unlimited
            return
        }
        let floor = max(request.minimum ?? SessionTimerPolicy.leastMinimum, policy.minimum)
        guard let expires = request.expires else {
            // Without a wish of the caller's a timer is ours to add, and is added where the caller can do its part. It may not be
            // less than the caller's Min-SE.
            self = request.isSupported ? .agreed(interval: max(policy.interval, floor), refresher: .peer, isRequired: true) : .unlimited
            return
        }
        guard expires.seconds >= policy.minimum else {
            // §9: only who understands timers may get 422. Below what any proxy may ask for there is nothing to keep to.
            if request.isSupported {
                self = .tooSmall(policy.minimum)
            } else if expires.seconds >= SessionTimerPolicy.leastMinimum {
                self = .agreed(interval: expires.seconds, refresher: .us, isRequired: false)
            } else {
                self = .unlimited
            }
            return
        }
        // The interval may be made less, not below Min-SE, and never more.
        let interval = min(expires.seconds, max(policy.interval, floor))
        // Table 2: who does not know timers does not refresh; else the request decides, and where it does not, the caller refreshes,
        // as that shows that it is there.
        let refresher: SessionTimer.Refresher = request.isSupported && expires.refresher != .uas ? .peer : .us
        self = .agreed(interval: interval, refresher: refresher, isRequired: request.isSupported)
    }

    /// What the 2xx carries. The peer is the transaction's client.
    var headers: [(String, String)] {
        guard case .agreed(let interval, let refresher, let isRequired) = self else { return [] }
        let expires = SessionExpires(seconds: interval, refresher: refresher == .us ? .uas : .uac)
        return [("Session-Expires", expires.text)] + (isRequired ? [("Require", "timer")] : [])
    }
}
