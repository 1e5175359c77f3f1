import SIP
import SIPTransactions
import Timing

/// Requests within a dialog (RFC 3261 §12.2.2).
extension UserAgent {
    mutating func receive(
        inDialogOf call: CallHandle, _ matching: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, _ form: ResponseForm,
        from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        let tag = envelope.fromTag
        guard let localTag = sessions[call]?[tag]?.dialog.identifier.localTag else { return refuse(form, .noSuchCall, into: &outputs) }
        let (sequence, method) = (envelope.cseq.number, envelope.cseq.method)
        let foreign = try foreignOptions(message)
        // Read before there is a transaction: one that nobody answers would stand for ever.
        let uri =
            configuration.handedOver.contains(method)
            ? try checked(message) { message throws(SIPParseError) in try message.requestURI() } : nil
        guard let key = openServer(matching, message, form, toTag: localTag, user: sessions[call]?.contactUser, call: call, at: now) else {
            return refuse(form, .serviceUnavailable, headers: [("Retry-After", "10")], into: &outputs)
        }
        // A lower number is out of order: 500. An INVITE with a number used before is no new one either.
        if let last = sessions[call]?[tag]?.dialog.remoteSequence, sequence < last || (sequence == last && method == .invite) {
            respond(key, .serverError, reason: "CSeq out of order", at: now, into: &outputs)
            return
        }
        sessions[call]?[tag]?.dialog.remoteSequence = sequence
        sessions[call]?[tag]?.note(message)
        follow(flow, in: call, tag: tag)
        if let foreign {
            respond(key, .badExtension, headers: [("Unsupported", foreign)], at: now, into: &outputs)
            return
        }
        switch method {
        case .bye: receiveBye(call, tag, key, at: now, into: &outputs)
        case .options:
            respond(key, .ok, formsDialog: true, headers: [("Accept", UserAgentConfiguration.acceptedBody)], at: now, into: &outputs)
        case .invite: receiveReinvite(call, key, message, envelope, at: now, into: &outputs)
        case .prack: receiveProvisionalAcknowledgement(call, tag, key, message, at: now, into: &outputs)
        case .update: receiveUpdate(call, tag, key, message, at: now, into: &outputs)
        default:
            guard let uri else {
                respond(key, .methodNotAllowed, headers: [("Allow", configuration.allow)], at: now, into: &outputs)
                return
            }
            present(
                key, message, envelope, uri: uri, call: call, usage: nil, localTag: localTag, identity: nil, from: flow, into: &outputs)
        }
    }

    /// The way of the newest request is the way of ours, as a peer may come back on another connection or port.
    mutating func follow(_ flow: Flow, in call: CallHandle, tag: String) {
        sessions[call]?[tag]?.dialog.flow = flow
        sessions[call]?[tag]?.dialog.isFlowLost = false
    }

    /// RFC 3261 §15.1.2: the BYE gets 200, an INVITE that waits for our answer 487.
    private mutating func receiveBye(
        _ call: CallHandle, _ tag: String, _ transaction: ServerHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        respond(transaction, .ok, at: now, into: &outputs)
        guard let session = sessions[call] else { return }
        // A callee may not end an early dialog so (§15), but one that does has gone: the other branches go on.
        if session.phase == .calling { return drop(tag, of: call, at: now, into: &outputs) }
        // Both hung up at once: our own BYE ends the call.
        if session.phase == .ending { return }
        if let pending = session.pendingInvite { respond(pending, .requestTerminated, at: now, into: &outputs) }
        forget(call, at: now, into: &outputs)
        outputs.append(.event(session.phase == .offered ? .cancelled(call) : .ended(call, .remoteBye)))
    }

    private mutating func receiveReinvite(
        _ call: CallHandle, _ transaction: ServerHandle, _ message: SIPMessage, _ envelope: Envelope, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase != .ending else {
            respond(transaction, .noSuchCall, at: now, into: &outputs)
            return
        }
        // RFC 3261 §14.2: a second INVITE before the first has its final response: 500 with a Retry-After of 0 to 10 s. So too
        // while an offer in an UPDATE is open (RFC 3311 §5.2).
        if session.pendingInvite != nil || session.main?.offers == .theirs {
            respond(transaction, .serverError, headers: [("Retry-After", String(random() % 11))], at: now, into: &outputs)
            return
        }
        // §14.2: while our own re-INVITE is under way, 491. So too while the answer to our offer is missing, which the lost
        // ACK carries (RFC 5407 §3.1.5); with the answer given, the new INVITE itself shows that our 2xx arrived.
        if session.outgoingInvite != nil || session.unacknowledgedSequence != nil || session.main?.offers == .ours
            || session.delayedBye != nil
        {
            respond(transaction, .requestPending, at: now, into: &outputs)
            return
        }
        do throws(SIPParseError) {
            if let (status, headers) = try bodyObjection(message) {
                respond(transaction, status, headers: headers, at: now, into: &outputs)
                return
            }
            let timer = try timerAnswer(to: message)
            if case .tooSmall(let minimum) = timer {
                respond(transaction, .sessionIntervalTooSmall, headers: [("Min-SE", String(minimum))], at: now, into: &outputs)
                return
            }
            sessions[call]?.pendingTarget = try message.addresses(of: .contact).first?.uri
            sessions[call]?.pendingTimer = timer
            noteLeastInterval(call, message)
        } catch {
            respond(transaction, .badRequest, reason: error.reason, at: now, into: &outputs)
            return
        }
        if session.unacknowledged != nil { acknowledged(call, body: nil, at: now, into: &outputs) }
        sessions[call]?.pendingInvite = transaction
        sessions[call]?.pendingSequence = envelope.cseq.number
        sessions[call]?.pendingIsLateOffer = message.body == nil
        if message.body != nil { sessions[call]?.main?.offers = .theirs }
        outputs.append(.event(.reinvited(call, body: message.body)))
    }

    /// Answers a re-INVITE: 2xx with its body, or 300 to 599, after which the call goes on as it was (RFC 3261 §14.2).
    package mutating func answerReinvite(
        _ call: CallHandle, status: StatusCode, body: Body? = nil, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase == .established, let key = session.pendingInvite else { return }
        guard status.isSuccess else {
            let status = (300...599).contains(status.code) ? status : .notAcceptableHere
            respond(key, status, headers: headers, body: body, at: now, into: &outputs)
            return closeReinvite(call)
        }
        // §12.2.2: the target is refreshed once the re-INVITE is accepted (RFC 6141 §4.4).
        if let target = session.pendingTarget, target.isSIP { sessions[call]?.dialog?.remoteTarget = target }
        sendAnswer(call, key, body: body, headers: headers, at: now, into: &outputs)
    }

    /// A re-INVITE was refused or taken back: the session stays as it was.
    mutating func closeReinvite(_ call: CallHandle) {
        sessions[call]?.pendingInvite = nil
        if sessions[call]?.main?.offers == .theirs { sessions[call]?.main?.offers = .settled }
    }
}
