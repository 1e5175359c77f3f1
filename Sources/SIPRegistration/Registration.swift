import SIP
import Timing

/// Keeps one address of record bound to our Contact (RFC 3261 §10.2), with the Service-Route (RFC 3608), Path (RFC 3327) and, as an
/// option, the flow registration of RFC 5626.
///
/// ```
///  idle -- start --> waiting -- due --> asking -- 2xx --> waiting for the refresh, registered
///                       ^                  |  423: asks for longer at once     3xx: asks there at once
///                       +-- back-off ------+  silence, 5xx: 30 s to 30 min     403, 404...: long
///  waiting -- stop --> removing (Expires: 0) -- answered or not --> stopped
///  asking  -- stop --> asking until answered (§10.2: one REGISTER at a time), then as above
/// ```
/// Other bindings of the address are never touched. Challenges are answered below, by the user agent: a 401 that comes up here means
/// that the password was refused. Inputs that fit no state are harmless races and ignored.
package struct Registration: Sendable {
    enum Phase: Hashable, Sendable {
        case idle
        case waiting(until: MonotonicTime)
        case asking(giveUp: MonotonicTime)
        case removing(giveUp: MonotonicTime)
        case stopped
    }

    let configuration: RegistrationConfiguration
    let random: @Sendable () -> UInt64
    private let callID: String
    private let from: NameAddress

    var phase = Phase.idle
    /// Our end was stopped while a REGISTER was under way.
    var isStopping = false
    /// Number of the REGISTER under way or of the last one.
    var sequence: UInt32 = 0
    /// Calls reach us until then.
    var registeredUntil: MonotonicTime?
    /// The registrar may hold a binding until then, whether we can be reached under it or not.
    var boundUntil: MonotonicTime?

    /// Where the next REGISTER goes, and for how long it asks.
    var registrar: SIPURI
    var expires: UInt32
    var contact: SIPURI
    /// A Contact of ours that the next REGISTER takes back.
    var outdatedContact: SIPURI?
    var hasFollowedAddress = false
    /// The registrars that this try went to, and whether a 423 was obeyed in it.
    var visited: [SIPURI] = []
    var hasRaisedExpiry = false

    var failures = 0
    var lastFailure: RegistrationReport.Failure?
    var serviceRoute: [String] = []
    var path: [String] = []
    var otherBindings = 0
    var keepAlive: Duration?
    private var reported = RegistrationState.idle

    /// `random` gives the Call-ID, the tag and the jitter.
    package init(_ configuration: RegistrationConfiguration, random: @escaping @Sendable () -> UInt64) {
        self.configuration = configuration
        self.random = random
        callID = "\(String(random(), radix: 36))\(String(random(), radix: 36))@\(configuration.contact.host)"
        var from = configuration.addressOfRecord
        from.parameters = Parameters([("tag", String(random(), radix: 36))])
        self.from = from
        registrar = configuration.registrar
        expires = min(max(1, configuration.expires), RegistrationConfiguration.longestExpiry)
        contact = configuration.contact
    }

    /// The Call-ID of all its requests.
    package var identifier: String { callID }

    package var nextDeadline: MonotonicTime? {
        let due: MonotonicTime? =
            switch phase {
            case .waiting(let time), .asking(let time), .removing(let time): time
            case .idle, .stopped: nil
            }
        guard let due, let registeredUntil else { return due }
        return min(due, registeredUntil)
    }

    package var state: RegistrationState {
        switch phase {
        case .idle: return .idle
        case .stopped: return .stopped
        case .removing: return .unregistering
        case .waiting, .asking: break
        }
        if let registeredUntil { return .registered(until: registeredUntil) }
        if case .waiting(let time) = phase, failures > 0 { return .failed(retryAt: time) }
        return .registering
    }

    package var report: RegistrationReport {
        var next: MonotonicTime?
        if case .waiting(let time) = phase { next = time }
        return RegistrationReport(
            registrar: registrar, addressOfRecord: configuration.addressOfRecord, contact: contact, state: state,
            registeredUntil: registeredUntil, nextRequest: next, failures: failures, lastFailure: lastFailure, serviceRoute: serviceRoute,
            path: path, otherBindings: otherBindings, keepAlive: keepAlive)
    }

    // MARK: Inputs

    /// Begins to register, after a delay of `TrunkPolicy.startDelays`. Ignored unless idle or stopped.
    package mutating func start(after delay: Duration = .zero, at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        guard phase == .idle || phase == .stopped else { return }
        isStopping = false
        failures = 0
        phase = .waiting(until: now + delay)
        fire(at: now, into: &outputs)
    }

    /// Takes our binding back and ends; it waits for the answer to a REGISTER that is under way.
    package mutating func stop(at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        switch phase {
        case .idle, .waiting: remove(at: now, into: &outputs)
        case .asking: isStopping = true
        case .removing, .stopped: break
        }
        tell(into: &outputs)
    }

    /// The connection over which calls were to come is gone: registers anew at once, or when the back-off that is running allows.
    /// What happens to a REGISTER that was under way, its own outcome tells.
    package mutating func connectionLost(at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        registeredUntil = nil
        // RFC 5626 §4.5: no wait after the first loss of a flow.
        if case .waiting(let time) = phase, failures == 0 { phase = .waiting(until: min(time, now)) }
        fire(at: now, into: &outputs)
    }

    /// Does what is due.
    package mutating func fire(at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        if let until = registeredUntil, until <= now { registeredUntil = nil }
        switch phase {
        case .waiting(let time) where time <= now:
            // Each try begins where the configuration says; a redirection is good for one (RFC 3261 §21.3.3).
            registrar = configuration.registrar
            visited = []
            hasRaisedExpiry = false
            hasFollowedAddress = false
            ask(at: now, into: &outputs)
        case .asking(let time) where time <= now:
            // The user agent reports silence after 64*T1, so this comes only if an outcome got lost. Its tries took up numbers.
            sequence &+= 3
            fail(nil, "No answer", wait: nil, at: now, into: &outputs)
        case .removing(let time) where time <= now: end()
        default: break
        }
        tell(into: &outputs)
    }

    // MARK: Requests

    /// The time after which an outcome counts as lost: three tries of 64*T1 and some.
    private static let patience = Duration.seconds(120)

    mutating func ask(at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        visited.append(registrar)
        phase = .asking(giveUp: now + Self.patience)
        outputs.append(.send(request(expires: expires)))
    }

    /// RFC 3261 §10.2.2: our own Contact with an expiry of 0, never `*`, which would take everybody's.
    mutating func remove(at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        guard let boundUntil, now < boundUntil else { return end() }
        registeredUntil = nil
        phase = .removing(giveUp: now + Self.patience)
        outputs.append(.send(request(expires: 0)))
    }

    mutating func end() {
        phase = .stopped
        isStopping = false
        registeredUntil = nil
        boundUntil = nil
        serviceRoute = []
        path = []
    }

    private mutating func request(expires: UInt32) -> RegisterRequest {
        sequence = sequence >= UInt32(Int32.max) - 8 ? 1 : sequence + 1
        var contacts = [address(contact, expires: expires)]
        if let outdatedContact { contacts.append(address(outdatedContact, expires: 0)) }
        var target = registrar
        // §10.2: the Request-URI of a REGISTER names a domain, no user.
        target.escapedUser = nil
        target.password = nil
        target.headers = []
        var to = configuration.addressOfRecord
        to.parameters = Parameters()
        let headers =
            contacts.map { ("Contact", $0.text) } + [
                ("Expires", String(expires)),
                // RFC 3327 §5.1: without it proxies that need to stay on the way may not say so.
                ("Supported", configuration.outbound == nil ? "path" : "path, outbound"),
            ]
        return RegisterRequest(
            target: target, from: from, to: to, callID: callID, sequence: sequence, routes: configuration.routes, headers: headers)
    }

    private func address(_ uri: SIPURI, expires: UInt32) -> NameAddress {
        var address = NameAddress(uri: uri)
        if let outbound = configuration.outbound {
            address.parameters["reg-id"] = String(outbound.flow)
            address.parameters["+sip.instance"] = "\"<\(outbound.instance)>\""
        }
        address.parameters["expires"] = String(expires)
        return address
    }

    /// Puts out a state that differs from the one told before.
    mutating func tell(into outputs: inout [RegistrationOutput]) {
        guard state != reported else { return }
        reported = state
        outputs.append(.state(state))
    }
}
