import SIP
import SIPTransactions
import Timing

/// The callee's side: a new INVITE, its answers, its CANCEL and ACK.
extension UserAgent {
    /// A new INVITE that passed the checks becomes a call.
    mutating func open(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, _ form: ResponseForm, _ uri: SIPURI,
        _ merge: MergeKey, identity: String?, from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        // RFC 3261 §8.1.1.8: an INVITE MUST have exactly one Contact, a SIP URI. RFC 2543 asked for none, and such a peer,
        // which its branch shows, is reached by its From.
        let contacts = try checked(message) { message throws(SIPParseError) in try message.addresses(of: .contact) } ?? []
        let isClassic = contacts.isEmpty && envelope.via.uniqueBranch == nil
        guard let contact = isClassic ? envelope.from.uri : contacts.first?.uri, contacts.count <= 1, contact.isSIP else {
            throw SIPParseError("INVITE needs one Contact that is a SIP URI", at: 0, partial: message)
        }
        let localTag = makeTag()
        let dialog = try checked(message) { message throws(SIPParseError) in
            try Dialog(answering: message, envelope, localTag: localTag, contact: contact, from: flow)
        }
        guard let dialog else { return }
        let timer = try timerAnswer(to: message)
        if case .tooSmall(let minimum) = timer {
            return refuse(form, .sessionIntervalTooSmall, headers: [("Min-SE", String(minimum))], into: &outputs)
        }
        guard sessions.count < configuration.maximumCalls,
            let transaction = openServer(key, message, form, toTag: localTag, user: uri.escapedUser, merge: merge, at: now)
        else { return refuse(form, .serviceUnavailable, headers: [("Retry-After", "10")], into: &outputs) }

        var branch = CallDialog(dialog, offers: message.body == nil ? .none : .theirs)
        branch.note(message)
        var session = InviteSession(phase: .offered, dialog: branch)
        session.contactUser = uri.escapedUser
        session.reliability = reliability(of: message)
        session.pendingTimer = timer
        session.pendingInvite = transaction
        session.pendingSequence = envelope.cseq.number
        session.pendingIsLateOffer = message.body == nil
        let call = sessions.insert(session)
        serverTransactions[transaction]?.call = call
        noteLeastInterval(call, message)
        dialogs[dialog.identifier] = call
        let invite = IncomingInvite(
            message: message, flow: flow, requestURI: uri, from: envelope.from, to: envelope.to, callID: envelope.callID,
            authenticated: identity)
        outputs.append(.event(.invited(call, invite)))
    }

    /// Sends 200; it is repeated until the ACK comes.
    ///
    /// It waits for the PRACK of a reliable provisional that carried a session description (RFC 3262 §3). When the session was
    /// settled by one, `body` is left out: the answer has been given, and an offer would have to wait for the ACK
    /// (RFC 3261 §13.2.1).
    package mutating func accept(
        _ call: CallHandle, body: Body?, headers: [(String, String)] = [], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard sessions[call]?.phase == .offered, sessions[call]?.delayedAnswer == nil else { return }
        sessions[call]?.reliable?.dropQueue()
        sessions[call]?.delayedAnswer = .init(body: body, headers: headers)
        sendDelayedAnswer(call, at: now, into: &outputs)
    }

    /// Sends the 2xx when nothing holds it back any more.
    mutating func sendDelayedAnswer(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let answer = sessions[call]?.delayedAnswer, let key = sessions[call]?.pendingInvite,
            sessions[call]?.reliable?.holdsAnswer != true, sessions[call]?.main?.pendingUpdate == nil
        else { return }
        sessions[call]?.phase = .established
        sessions[call]?.delayedAnswer = nil
        sessions[call]?.reliable?.close()
        let body = sessions[call]?.main?.offers == .settled ? nil : answer.body
        sendAnswer(call, key, body: body, headers: answer.headers, at: now, into: &outputs)
    }

    /// Refuses a new call with 300 to 599. Another status would claim too much (6xx speaks for all of the callee's devices)
    /// and becomes 480.
    package mutating func reject(
        _ call: CallHandle, status: StatusCode, reason: String? = nil, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase == .offered, let key = session.pendingInvite else { return }
        let status = (300...599).contains(status.code) ? status : .temporarilyUnavailable
        respond(key, status, reason: reason, headers: headers, at: now, into: &outputs)
        forget(call, at: now, into: &outputs)
    }

    /// Sends a 2xx to an INVITE or re-INVITE and repeats it until its ACK.
    mutating func sendAnswer(
        _ call: CallHandle, _ transaction: ServerHandle, body: Body?, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let timer = sessions[call]?.pendingTimer, let sequence = sessions[call]?.pendingSequence,
            let flow = serverTransactions[transaction]?.destination,
            let bytes = respond(
                transaction, .ok, formsDialog: true, headers: headers + timer.headers, body: body, at: now, into: &outputs)
        else { return }
        let timers = configuration.timers
        let carriesOffer = sessions[call]?.pendingIsLateOffer == true && body != nil
        sessions[call]?.main?.offers = carriesOffer ? .ours : .settled
        if let body { sessions[call]?.description = body }
        startTimer(call, timer, at: now)
        sessions[call]?.provisional = nil
        sessions[call]?.pendingInvite = nil
        sessions[call]?.unacknowledged = .init(
            sequence: sequence, bytes: bytes, flow: flow, carriesOffer: carriesOffer, interval: timers.t1,
            next: now + timers.t1, deadline: now + timers.timeout)
        arm(call)
    }

    /// An ACK: of a failure for its transaction, of a 2xx for its dialog; anything else is a late copy and dropped.
    mutating func receiveAcknowledgement(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        if let standing = serverHandles[key] {
            drive(standing, at: now, into: &outputs) { machine, results in machine.receiveAcknowledgement(at: now, into: &results) }
        }
        let identifier = DialogIdentifier(callID: envelope.callID, localTag: envelope.toTag ?? "", remoteTag: envelope.fromTag)
        guard let call = dialogs[identifier], let answer = sessions[call]?.unacknowledged, answer.sequence == envelope.cseq.number
        else { return }
        follow(flow, in: call, tag: envelope.fromTag)
        acknowledged(call, body: message.body, at: now, into: &outputs)
    }

    /// The 2xx arrived: it is no longer repeated, and a BYE that waited goes out.
    mutating func acknowledged(_ call: CallHandle, body: Body?, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        sessions[call]?.unacknowledged = nil
        sessions[call]?.main?.offers = .settled
        arm(call)
        outputs.append(.event(.acknowledged(call, body: body)))
        if let headers = sessions[call]?.delayedBye { sendBye(call, headers: headers, at: now, into: &outputs) }
    }

    /// RFC 3261 §9.2.
    mutating func receiveCancel(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, _ form: ResponseForm, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let cancelled = serverHandles[ServerTransactionKey(message, envelope, as: .invite)],
            let invite = serverTransactions[cancelled]
        else { return refuse(form, .noSuchCall, into: &outputs) }
        // The 200 SHOULD carry the To tag of the INVITE's response.
        guard let transaction = openServer(key, message, form, toTag: invite.toTag, user: nil, at: now) else {
            return refuse(form, .serviceUnavailable, into: &outputs)
        }
        respond(transaction, .ok, at: now, into: &outputs)
        // After a final response a CANCEL has no effect.
        guard let call = invite.call, let session = sessions[call], session.pendingInvite == cancelled else { return }
        respond(cancelled, .requestTerminated, at: now, into: &outputs)
        if session.phase == .offered {
            forget(call, at: now, into: &outputs)
            outputs.append(.event(.cancelled(call)))
        } else {
            closeReinvite(call)
        }
    }
}
