import SIP
import SIPDialogs
import Timing

extension Registration {
    /// The outcome of a REGISTER, as the user agent tells it.
    package mutating func receive(_ outcome: RequestOutcome, at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        receive(
            outcome.status, outcome.message, sequence: outcome.sequence, reason: outcome.reason, at: now, into: &outputs)
    }

    /// `message` is nil when no answer came. `sequence` is the number that the request went under at last: the tries with credentials
    /// have counted on, and the next REGISTER must be one more (RFC 3261 §10.2).
    package mutating func receive(
        _ status: StatusCode, _ message: SIPMessage?, sequence answered: UInt32, reason: String, at now: MonotonicTime,
        into outputs: inout [RegistrationOutput]
    ) {
        guard status.isFinal, answered >= sequence else { return }
        switch phase {
        case .idle, .waiting, .stopped: return
        case .removing:
            // Whatever the answer: the binding is gone or runs out.
            sequence = answered
            end()
        case .asking:
            sequence = answered
            if status.isSuccess, let message {
                succeed(message, at: now, into: &outputs)
            } else {
                refuse(status, message, reason: reason, at: now, into: &outputs)
            }
        }
        tell(into: &outputs)
    }

    private mutating func succeed(_ message: SIPMessage, at now: MonotonicTime, into outputs: inout [RegistrationOutput]) {
        let granted = GrantedBinding(message, contact: contact, outbound: configuration.outbound, asked: expires)
        guard granted.expires > 0 else {
            return fail(message.status, "The registrar keeps no binding", wait: nil, at: now, into: &outputs)
        }
        failures = 0
        outdatedContact = nil
        otherBindings = granted.otherBindings
        serviceRoute = routes(message, .serviceRoute)
        path = routes(message, .path)
        keepAlive = message.value(named: "Flow-Timer").flatMap(GrantedBinding.leadingSeconds).flatMap { $0 > 0 ? .seconds(Int64($0)) : nil }
        let until = now + .seconds(Int64(granted.expires))
        registeredUntil = until
        boundUntil = until
        if isStopping { return remove(at: now, into: &outputs) }
        if followSeenAddress(message) { return ask(at: now, into: &outputs) }
        phase = .waiting(until: now + configuration.policy.refresh(granted: Int64(granted.expires), random: random))
    }

    /// Whether the Contact is to be that of the other side of a NAT from now on. Once for each refresh: a NAT that gives each packet a
    /// new port must not make a storm.
    private mutating func followSeenAddress(_ message: SIPMessage) -> Bool {
        guard configuration.followsSeenAddress, !hasFollowedAddress, let via = try? message.topVia() else { return false }
        var seen = contact
        if let host = via.parameters["received"], host.isIPLiteral { seen.host = Self.bare(host) }
        if let port = via.parameters["rport"].flatMap({ UInt16($0) }), port > 0 {
            // A Contact on the default port may leave it out.
            if (seen.port ?? 5060) != port { seen.port = port }
        }
        guard seen != contact else { return false }
        hasFollowedAddress = true
        outdatedContact = contact
        contact = seen
        return true
    }

    private static func bare(_ host: String) -> String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

    /// Values that can be used as Routes; a list that cannot be read is none. Nobody needs more than ten hops.
    private func routes(_ message: SIPMessage, _ id: HeaderID) -> [String] {
        guard let texts = try? message.elements(of: id), texts.count <= 10 else { return [] }
        return texts.allSatisfy { $0.utf8.count <= 500 && (try? NameAddress.parse($0))?.uri.isSIP ?? false } ? texts : []
    }

    private mutating func refuse(
        _ status: StatusCode, _ message: SIPMessage?, reason: String, at now: MonotonicTime, into outputs: inout [RegistrationOutput]
    ) {
        if !isStopping, let message {
            if status.code == 423, raiseExpiry(message) { return ask(at: now, into: &outputs) }
            if status.code == 301 || status.code == 302, redirect(message) { return ask(at: now, into: &outputs) }
        }
        let retryAfter = message?.retryAfter.map { Duration.seconds(Int64($0)) }
        let isTransient = status == .requestTimeout || status.code / 100 == 5 || status == .temporarilyUnavailable
        let policy = configuration.policy
        let wait =
            isTransient || retryAfter != nil
            ? retryAfter.map { policy.spread(max(.seconds(1), min($0, policy.longestRetryAfter)), random: random) }
            : policy.refusal(random: random)
        fail(message == nil ? nil : status, reason.isEmpty ? status.reason : reason, wait: wait, at: now, into: &outputs)
    }

    /// 423: asks for as long as the registrar wants at least (RFC 3261 §10.2.8), once in a try.
    private mutating func raiseExpiry(_ message: SIPMessage) -> Bool {
        guard !hasRaisedExpiry, let least = message.value(of: .minExpires).flatMap(GrantedBinding.seconds), least > expires,
            least <= RegistrationConfiguration.longestExpiry
        else { return false }
        hasRaisedExpiry = true
        expires = least
        return true
    }

    /// 301 and 302: the first Contact that this try has not been to (RFC 3261 §8.1.3.4). Never from sips down to sip.
    private mutating func redirect(_ message: SIPMessage) -> Bool {
        guard visited.count < 5, let contacts = try? message.addresses(of: .contact) else { return false }
        let candidate = contacts.map(\.uri).first { uri in
            uri.isSIP && (configuration.registrar.scheme == .sip || uri.scheme == .sips)
                && !visited.contains { $0.isEquivalent(to: uri) }
        }
        guard let candidate else { return false }
        registrar = candidate
        return true
    }

    /// Waits `wait`, or as long as the number of failures says when that is more or nothing was said. The first two times the
    /// registrar's own word is good enough even when it is shorter.
    mutating func fail(
        _ status: StatusCode?, _ reason: String, wait: Duration?, at now: MonotonicTime, into outputs: inout [RegistrationOutput]
    ) {
        failures += 1
        // A phrase of the peer's, for an operator's terminal: short and without control characters.
        let phrase = String(
            String.UnicodeScalarView(reason.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(120)))
        lastFailure = RegistrationReport.Failure(status: status, reason: phrase, at: now)
        // Without an answer the registrar may have made the binding all the same.
        if status == nil { boundUntil = max(boundUntil ?? now, now + .seconds(Int64(expires))) }
        if isStopping { return remove(at: now, into: &outputs) }
        let backOff = configuration.policy.backOff(failures: failures, random: random)
        let pause = wait.map { failures <= 2 ? $0 : max($0, backOff) } ?? backOff
        phase = .waiting(until: now + pause)
    }
}
