import SIP
import SIPTransactions
import Timing

/// Provisional responses of the callee, reliable ones among them (RFC 3261 §13.3.1.1, RFC 3262 §3).
extension UserAgent {
    /// Sends 101 to 199, for a new call that is not answered yet.
    ///
    /// It goes reliably when the INVITE requires that, and when the caller supports it and there is a body or the configuration
    /// asks for it always. `body` is the answer to the INVITE's offer, or our offer when it had none: the latter goes reliably or
    /// not at all. Once the session is settled so, further bodies are left out.
    package mutating func provisional(
        _ call: CallHandle, status: StatusCode, body: Body? = nil, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase == .offered, session.delayedAnswer == nil, let key = session.pendingInvite,
            let offers = session.main?.offers, status.isProvisional, status.code > 100
        else { return }
        // RFC 3261 §13.2.1: one answer, or one offer, for an INVITE.
        var body = offers == .theirs || offers == .none ? body : nil
        let isReliable =
            session.reliability == .required
            || session.reliability == .supported && (body != nil || configuration.reliableProvisionals == .always && offers != .none)
        if !isReliable {
            // An offer belongs into a reliable message (§13.2.1).
            if offers == .none { body = nil }
            guard let bytes = respond(key, status, formsDialog: true, headers: headers, body: body, at: now, into: &outputs) else { return }
            let next = now + configuration.timers.provisionalInterval
            sessions[call]?.provisional = .init(status: status, bytes: bytes, next: next)
            return arm(call)
        }
        // RFC 3262 §5: the first reliable response to an INVITE without an offer must carry one. Without it there is none that
        // may be sent.
        if offers == .none, body == nil { return }
        if session.reliable == nil {
            let invite = CSeq(number: session.pendingSequence, method: .invite)
            let reliable = ReliableProvisional(invite: invite, timers: configuration.timers, random: random())
            sessions[call]?.reliable = reliable
        }
        // A new one each 2.5 minutes keeps proxies waiting (RFC 3262 §3).
        sessions[call]?.provisional = .init(status: status, bytes: nil, next: now + .seconds(150))
        let next = sessions[call]?.reliable?.submit(.init(status: status, headers: headers, body: body), at: now)
        if let next { transmit(next, key, of: call, at: now, into: &outputs) }
        arm(call)
    }

    private mutating func transmit(
        _ numbered: ReliableProvisional.Numbered, _ transaction: ServerHandle, of call: CallHandle, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        let response = numbered.response
        let headers = response.headers + [("Require", "100rel"), ("RSeq", String(numbered.number))]
        let bytes = respond(transaction, response.status, formsDialog: true, headers: headers, body: response.body, at: now, into: &outputs)
        sessions[call]?.reliableBytes = bytes ?? []
        guard let body = response.body else { return }
        sessions[call]?.description = body
        let isOffer = sessions[call]?.main?.offers == OfferState.none
        sessions[call]?.main?.offers = isOffer ? .ours : .settled
    }

    /// What the caller says of reliable provisional responses (RFC 3262 §3).
    func reliability(of invite: SIPMessage) -> InviteSession.Reliability {
        if configuration.reliableProvisionals == .never { return .unknown }
        if invite.lists("100rel", in: .require) { return .required }
        return invite.lists("100rel", in: .supported) ? .supported : .unknown
    }

    // MARK: PRACK

    mutating func receiveProvisionalAcknowledgement(
        _ call: CallHandle, _ tag: String, _ transaction: ServerHandle, _ message: SIPMessage, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        let acknowledgement: ProvisionalAcknowledgement
        do throws(SIPParseError) {
            guard let value = try message.provisionalAcknowledgement() else {
                throw SIPParseError("Missing RAck header", at: 0, partial: message)
            }
            acknowledgement = value
        } catch {
            respond(transaction, .badRequest, reason: error.reason, at: now, into: &outputs)
            return
        }
        guard let next = sessions[call]?.reliable?.acknowledge(acknowledgement, at: now), let offers = sessions[call]?[tag]?.offers else {
            respond(transaction, .noSuchCall, at: now, into: &outputs)
            return
        }
        // RFC 3262 §5: an answer to the offer of the response, or, once that is settled, a new offer.
        if offers == .settled, let offer = message.body {
            sessions[call]?[tag]?.offers = .theirs
            sessions[call]?[tag]?.pendingUpdate = PendingUpdate(transaction: transaction, target: nil, timer: nil)
            outputs.append(.event(.provisionalAcknowledged(call, body: nil)))
            outputs.append(.event(.updated(call, body: offer)))
        } else {
            respond(transaction, .ok, at: now, into: &outputs)
            if offers == .ours { sessions[call]?[tag]?.offers = .settled }
            outputs.append(.event(.provisionalAcknowledged(call, body: offers == .ours ? message.body : nil)))
        }
        if let next, let invite = sessions[call]?.pendingInvite { transmit(next, invite, of: call, at: now, into: &outputs) }
        sendDelayedAnswer(call, at: now, into: &outputs)
        arm(call)
    }

    /// A call is over whose last reliable provisional has no PRACK yet: that one is still matched (RFC 3262 §3), as long as the
    /// INVITE's transaction lives.
    mutating func keepUnacknowledged(_ session: InviteSession) {
        guard let reliable = session.reliable, reliable.isWaiting, let key = session.pendingInvite, let dialog = session.dialog?.identifier,
            serverTransactions[key] != nil
        else { return }
        serverTransactions[key]?.unacknowledged = (dialog, reliable)
        formerDialogs[dialog] = key
    }

    /// Whether a PRACK is one of a call that was refused meanwhile.
    mutating func acceptsLate(_ message: SIPMessage, _ dialog: DialogIdentifier, at now: MonotonicTime) -> Bool {
        guard let key = formerDialogs[dialog], var reliable = serverTransactions[key]?.unacknowledged?.reliable,
            let acknowledgement = try? message.provisionalAcknowledgement()
        else { return false }
        // Not marked as acknowledged: this answer has no transaction that would answer a copy.
        return reliable.acknowledge(acknowledgement, at: now) != nil
    }

    // MARK: Timers

    /// Gives the last provisional response again, so that proxies go on waiting.
    mutating func extendProvisional(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions[call], let provisional = session.provisional, provisional.next <= now else { return }
        let next = now + configuration.timers.provisionalInterval
        sessions[call]?.provisional?.next = next
        guard let key = session.pendingInvite else { return }
        guard let bytes = provisional.bytes else {
            return self.provisional(call, status: provisional.status, at: now, into: &outputs)
        }
        // Through the transaction, which keeps it as its latest response anyway.
        drive(key, at: now, into: &outputs) { machine, results in
            machine.respond(.ringing, bytes, at: now, into: &results)
        }
    }

    /// Repeats a reliable provisional response; false when nobody acknowledged it and the call is over (RFC 3262 §3).
    mutating func repeatReliable(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) -> Bool {
        guard let key = sessions[call]?.pendingInvite, let due = sessions[call]?.reliable?.fire(at: now) else { return true }
        switch due {
        case .sendAgain:
            let bytes = sessions[call]?.reliableBytes ?? []
            drive(key, at: now, into: &outputs) { machine, results in
                machine.respond(.ringing, bytes, at: now, into: &results)
            }
            return true
        case .giveUp:
            respond(key, .serverTimeout, at: now, into: &outputs)
            end(call, .acknowledgementMissing, at: now, into: &outputs)
            return false
        }
    }
}
