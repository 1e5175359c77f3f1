import SIP
import Timing

/// What has become of a registration.
package enum RegistrationState: Hashable, Sendable {
    case idle
    /// Asked, or about to ask.
    case registering
    /// Calls come in until then, also while a refresh fails.
    case registered(until: MonotonicTime)
    /// Not registered; the next try is due then.
    case failed(retryAt: MonotonicTime)
    case unregistering
    case stopped

    package var isRegistered: Bool { if case .registered = self { true } else { false } }
}

/// A registration as an operator wants to see it.
package struct RegistrationReport: Hashable, Sendable {
    package struct Failure: Hashable, Sendable {
        /// nil without an answer.
        package var status: StatusCode?
        package var reason: String
        package var at: MonotonicTime
    }

    package var registrar: SIPURI
    package var addressOfRecord: NameAddress
    /// As registered: the address seen from outside, where that is followed.
    package var contact: SIPURI
    package var state: RegistrationState
    package var registeredUntil: MonotonicTime?
    /// When the next REGISTER goes out; nil while one is under way or none will.
    package var nextRequest: MonotonicTime?
    /// Failures since the last success.
    package var failures: Int
    /// The last one; it stays after a success, with its time.
    package var lastFailure: Failure?
    /// Route values for requests over this trunk, in order (RFC 3608 §5).
    package var serviceRoute: [String]
    /// The way that calls come to us (RFC 3327 §5.1), for the eye.
    package var path: [String]
    /// Bindings of others to the same address.
    package var otherBindings: Int
    /// How often the registrar's side wants to see a keep-alive (RFC 5626 §5.4: Flow-Timer).
    package var keepAlive: Duration?
}
