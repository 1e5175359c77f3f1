import SIP
import SIPTransactions
import Timing

/// Session timers of answered calls (RFC 4028).
extension UserAgent {
    /// What our 2xx will say of timers; `.tooSmall` is a 422 at once.
    func timerAnswer(to message: SIPMessage) throws(SIPParseError) -> SessionTimerAnswer {
        guard let policy = configuration.sessionTimer else { return .unlimited }
        let request = try checked(message) { message throws(SIPParseError) in try SessionTimerRequest(message) }
        return request.map { SessionTimerAnswer(to: $0, policy: policy) } ?? .unlimited
    }

    /// As callee: our 2xx goes out.
    mutating func startTimer(_ call: CallHandle, _ answer: SessionTimerAnswer, at now: MonotonicTime) {
        if case .agreed(let interval, let refresher, _) = answer {
            sessions[call]?.timer = SessionTimer(interval: interval, refresher: refresher, at: now)
        } else {
            sessions[call]?.timer = nil
        }
        arm(call)
    }

    /// As caller, or after a refresh of ours: a 2xx came in (RFC 4028 §7.2). Without Session-Expires the session has no end.
    mutating func adoptTimer(_ call: CallHandle, from message: SIPMessage, at now: MonotonicTime) {
        guard sessions[call]?.phase == .established else { return }
        sessions[call]?.attempts = 0
        let expires = configuration.sessionTimer == nil ? nil : try? message.sessionExpires()
        sessions[call]?.timer = expires.map { expires in
            // Who does not say who refreshes leaves it to us. Less than 90 s is against §4, and would be a flood.
            SessionTimer(
                interval: max(expires.seconds, SessionTimerPolicy.leastMinimum), refresher: expires.refresher == .uas ? .peer : .us, at: now
            )
        }
        arm(call)
    }

    /// The timer headers of a new INVITE (RFC 4028 §7.1); `least` is the Min-SE of a 422 to the last try (§7.3).
    func timerHeaders(least: Int? = nil) -> [(HeaderID, String)] {
        guard let policy = configuration.sessionTimer else { return [] }
        let least = least ?? (policy.minimum > SessionTimerPolicy.leastMinimum ? policy.minimum : nil)
        let expires = SessionExpires(seconds: max(policy.interval, least ?? 0))
        return [(.sessionExpires, expires.text)] + (least.map { [(.minSE, String($0))] } ?? [])
    }

    /// The timer headers of a re-INVITE or UPDATE (RFC 4028 §7.4): the roles stay as they are.
    func refreshHeaders(_ call: CallHandle) -> [(HeaderID, String)] {
        guard let session = sessions[call], session.phase == .established, let timer = session.timer else { return [] }
        let least = session.leastInterval
        let expires = SessionExpires(seconds: max(timer.interval, least ?? 0), refresher: timer.refresher == .us ? .uac : .uas)
        return [(.sessionExpires, expires.text)] + (least.map { [(.minSE, String($0))] } ?? [])
    }

    /// A Min-SE that the peer asked for goes with our own refreshes from here on (RFC 4028 §7.4).
    mutating func noteLeastInterval(_ call: CallHandle, _ message: SIPMessage) {
        guard message.has(.minSE), let asked = try? message.minimumSessionExpires() else { return }
        let least = max(sessions[call]?.leastInterval ?? 0, asked)
        sessions[call]?.leastInterval = least
    }

    /// What the timer of a call asks for; false when the call is over.
    mutating func runTimer(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) -> Bool {
        guard sessions[call]?.phase == .established, let due = sessions[call]?.timer?.fire(at: now) else { return true }
        switch due {
        case .refresh:
            refresh(call, at: now, into: &outputs)
            return sessions[call] != nil
        case .expire:
            abandon(call, .sessionExpired, at: now, into: &outputs)
            return false
        }
    }

    /// Refreshes by UPDATE, which changes nothing; where the peer does not know it by a re-INVITE with the description that counts
    /// already (RFC 4028 §7.4).
    mutating func refresh(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions[call], session.phase == .established, let main = session.main else { return }
        var sent = false
        if session.isQuiet, session.retry == nil {
            sent =
                main.peerAllowsUpdate || session.description == nil
                ? sendUpdate(call, main.dialog.identifier.remoteTag, body: nil, for: .refresh, at: now, into: &outputs)
                : sendReinvite(call, body: session.description, for: .refresh, at: now, into: &outputs)
        }
        if !sent { sessions[call]?.timer?.postpone(at: now) }
        arm(call)
    }

    /// Ends an answered call that cannot go on: BYE, and nobody waits for its answer.
    mutating func abandon(
        _ call: CallHandle, _ cause: EndCause, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call] else { return }
        acknowledge(call, at: now, into: &outputs)
        if let pending = session.pendingInvite { respond(pending, .requestTerminated, at: now, into: &outputs) }
        _ = send(.bye, in: call, extra: session.delayedBye ?? [], for: .unattended, at: now, into: &outputs)
        end(call, cause, at: now, into: &outputs)
    }
}
