import SIP
import SIPTransactions
import Timing

/// The caller's side (RFC 3261 §13.2).
extension UserAgent {
    /// Calls `uri` over `flow`. `.progressed`, `.answered` and `.failed` tell how it goes.
    ///
    /// `routes` are the Route values known before (an outbound proxy, a Path, a Service-Route); `flow` leads to the first of them.
    /// `from` and `to` may have display names; `to` is the URI when nil. `headers` are added as they are. `description` is the session
    /// description where `body` has more than that: what a refresh repeats.
    package mutating func invite(
        _ uri: SIPURI, from: NameAddress, to: NameAddress? = nil, body: Body?, description: Body? = nil, via flow: Flow,
        routes: [String] = [], privacy: CallerPrivacy = .open, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> CallHandle {
        let branch = makeBranch()
        var caller = privacy.from(from)
        caller.parameters["tag"] = makeTag()
        var target = uri
        target.headers = []
        var callee = to ?? NameAddress(uri: target)
        callee.parameters.remove("tag")
        let route = RouteSet.preloaded(routes, target: target)
        let request = SentRequest(
            method: .invite, target: route.target, via: via(for: flow, branch: branch), routes: route.routes, from: caller.text,
            to: callee.text, callID: makeCallID(configuration.listener(of: flow).advertisedHost), sequence: 1)
        var session = InviteSession(phase: .calling, dialog: nil)
        session.outgoingInvite = ClientTransactionKey(branch: branch, method: .invite)
        session.description = description ?? body
        let user = privacy == .open ? from.uri.escapedUser : nil
        session.contactUser = user
        let call = sessions.insert(session)
        openClient(
            request, headers: inviteHeaders(flow, user: user, isSecure: RouteSet.isSecure(route)) + timerHeaders(),
            extra: privacy.headers(from, beside: headers) + headers,
            body: body, branch: branch, over: flow, for: .invite(call), at: now, into: &outputs)
        return call
    }

    private func inviteHeaders(_ flow: Flow, user: String?, isSecure: Bool) -> [(HeaderID, String)] {
        [
            (.contact, contact(for: flow, user: user, isSecure: isSecure)), (.allow, configuration.allow),
            (.supported, configuration.supported),
            (.userAgent, configuration.product),
        ]
    }

    /// Sends the ACK of the 2xx; it is repeated for each repetition of the 2xx.
    package mutating func acknowledge(
        _ call: CallHandle, body: Body? = nil, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], let sequence = session.unacknowledgedSequence, let dialog = session.dialog,
            let key = session.outgoingInvite
        else { return }
        sessions[call]?.unacknowledgedSequence = nil
        sessions[call]?.outgoingInvite = nil
        // The answer to a late offer; without one nothing was agreed on, but nothing is open either.
        if session.main?.offers == .theirs {
            sessions[call]?.main?.offers = .settled
            if let body { sessions[call]?.description = body }
        }
        sendAcknowledgement(dialog, sequence, body: body, for: key, into: &outputs)
    }

    mutating func sendAcknowledgement(
        _ dialog: Dialog, _ sequence: UInt32, body: Body? = nil, for key: ClientTransactionKey, into outputs: inout [UserAgentOutput]
    ) {
        let flow = dialog.nextFlow
        // §13.2.2.4: a 2xx is acknowledged by the core, with a branch of its own.
        let request = dialog.request(.ack, sequence: sequence, via: via(for: flow, branch: makeBranch()))
        // §22.1: with the credentials of its INVITE, as nobody can challenge an ACK.
        let credentials = clientTransactions[key]?.content.authorization ?? []
        let bytes = request.bytes(headers: credentials + [(.userAgent, configuration.product)], body: body)
        clientTransactions[key]?.acknowledgements[dialog.identifier.remoteTag] = (bytes, flow)
        outputs.append(.send(bytes, flow))
    }

    /// A response; one that belongs to nothing is dropped (RFC 3261 §17.1.3, §18.1.2).
    mutating func receiveResponse(
        _ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let status = message.status, let branch = envelope.via.branch else { return }
        let key = ClientTransactionKey(branch: branch, method: envelope.cseq.method)
        guard let entry = clientTransactions[key], envelope.cseq.number == entry.request.sequence,
            // §18.1.2: a sent-by that we never write belongs to somebody else's request.
            configuration.isOurs(envelope.via),
            // §8.1.3.3: more than one Via means that it was meant for somebody else.
            let vias = try? message.elements(of: .via), vias.count == 1
        else { return }
        var acknowledgement: [UInt8] = []
        if key.method == .invite, status.code >= 300 {
            acknowledgement = entry.request.failureAcknowledgement(to: message.value(of: .to) ?? envelope.to.text)
        }
        drive(key, response: (message, envelope), at: now, into: &outputs) { machine, results in
            machine.receive(status, acknowledgement: acknowledgement, at: now, into: &results)
        }
    }

    /// What a response means to the one who asked.
    mutating func handle(
        _ status: StatusCode, _ message: SIPMessage, _ envelope: Envelope, of key: ClientTransactionKey, _ entry: ClientEntry,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        switch entry.purpose {
        case .invite(let call):
            if status.isSuccess { return handleAnswer(call, message, envelope, key, entry, at: now, into: &outputs) }
            guard sessions[call]?.phase == .calling else { return }
            if status.isProvisional {
                return handleProvisional(call, status, message, envelope, entry, at: now, into: &outputs)
            }
            if status == .sessionIntervalTooSmall, lengthenInterval(call, after: message, entry, at: now, into: &outputs) { return }
            forget(call, at: now, into: &outputs)
            outputs.append(.event(.failed(call, status, reason: message.reasonPhrase, message: message)))
        case .reinvite(let call, let origin):
            handleReinviteResponse(call, origin, status, message, envelope, key, entry, at: now, into: &outputs)
        case .update(let call, let tag, let origin):
            handleUpdateResponse(call, tag, origin, status, message, entry, at: now, into: &outputs)
        case .prack(let call, let tag, let number): handleAcknowledgementResponse(call, tag, number, status)
        case .bye(let call): if status.isFinal { end(call, .localBye, at: now, into: &outputs) }
        case .probe(let call):
            guard status.isFinal, sessions[call] != nil else { return }
            outputs.append(.event(.probed(call, alive: status != .noSuchCall && status != .requestTimeout)))
        case .request(let handle):
            guard status.code > 100 else { return }
            let outcome = RequestOutcome(
                status: status, reason: message.reasonPhrase, message: message, envelope: envelope, flow: entry.flow,
                sequence: entry.request.sequence, from: entry.request.from, target: entry.request.target)
            outputs.append(.event(.responded(handle, outcome)))
        case .unattended: break
        }
    }

    /// A 2xx to our INVITE: the first makes the call; repetitions get the ACK again; other branches of a fork, and an answer
    /// that crossed our CANCEL, are acknowledged and ended at once (RFC 3261 §13.2.2.4, §9.1).
    private mutating func handleAnswer(
        _ call: CallHandle, _ message: SIPMessage, _ envelope: Envelope, _ key: ClientTransactionKey, _ entry: ClientEntry,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        if let sent = entry.acknowledgements[envelope.toTag ?? ""] { return outputs.append(.send(sent.bytes, sent.flow)) }
        guard let dialog = try? Dialog(from: message, envelope, to: entry.request, flow: entry.way) else {
            // No way leads to whoever answered so: not even an ACK. Nothing else will come for this INVITE.
            guard sessions[call]?.phase == .calling else { return }
            forget(call, at: now, into: &outputs)
            outputs.append(.event(.failed(call, .serverError, reason: "Answer without a way to its sender", message: message)))
            return
        }
        if let session = sessions[call], session.phase == .calling, case .none = session.cancellation {
            guard let chosen = confirm(dialog, of: call, key, message, entry, at: now, into: &outputs) else { return }
            sessions[call]?.phase = .established
            sessions[call]?.unacknowledgedSequence = entry.request.sequence
            // RFC 3261 §13.2.1: an answer that came in a reliable provisional stands, and a description here is ignored.
            let body = chosen.offers == .settled ? nil : message.body
            sessions[call]?.main?.offers = chosen.offers == OfferState.none && body != nil ? .theirs : .settled
            adoptTimer(call, from: message, at: now)
            outputs.append(.event(.answered(call, body: body, message: message)))
            return
        }
        // The repetition of an answer whose ACK the application still owes.
        if sessions[call]?.phase != .calling, sessions[call]?.dialog?.identifier == dialog.identifier { return }
        sendAcknowledgement(dialog, entry.request.sequence, for: key, into: &outputs)
        var dialogToEnd = dialog
        let early = sessions[call]?[dialog.identifier.remoteTag]?.dialog.localSequence ?? 0
        dialogToEnd.localSequence = max(dialogToEnd.localSequence, entry.latestSequence, early) &+ 1
        let (flow, branch) = (dialog.nextFlow, makeBranch())
        let bye = dialogToEnd.request(.bye, sequence: dialogToEnd.localSequence, via: via(for: flow, branch: branch))
        openClient(bye, branch: branch, over: flow, for: .unattended, at: now, into: &outputs)
        if sessions[call]?.phase == .calling {
            forget(call, at: now, into: &outputs)
            outputs.append(.event(.failed(call, .requestTerminated, reason: StatusCode.requestTerminated.reason, message: nil)))
        }
    }

    /// No answer came, or none can come any more.
    mutating func handleSilence(
        of key: ClientTransactionKey, _ purpose: ClientEntry.Purpose, status: StatusCode, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        switch purpose {
        case .invite(let call):
            guard sessions[call]?.phase == .calling else { return }
            forget(call, at: now, into: &outputs)
            outputs.append(.event(.failed(call, status, reason: status.reason, message: nil)))
        case .reinvite(let call, let origin):
            guard sessions[call]?.outgoingInvite == key, let entry = clientTransactions[key] else { return }
            closeOutgoingReinvite(call, entry)
            handleSilence(of: call, .invite, origin, status, at: now, into: &outputs)
        case .update(let call, let tag, let origin):
            guard sessions[call]?[tag]?.outgoingUpdate == key, let entry = clientTransactions[key] else { return }
            closeOutgoingUpdate(call, tag, entry)
            handleSilence(of: call, .update, origin, status, at: now, into: &outputs)
        case .prack(let call, let tag, let number): handleAcknowledgementResponse(call, tag, number, .serviceUnavailable)
        case .bye(let call): end(call, status == .requestTimeout ? .localBye : .transportLost, at: now, into: &outputs)
        case .probe(let call): if sessions[call] != nil { outputs.append(.event(.probed(call, alive: false))) }
        case .request(let handle):
            guard let entry = clientTransactions[key] else { return }
            let outcome = RequestOutcome(
                status: status, reason: status.reason, message: nil, envelope: nil, flow: entry.flow, sequence: entry.request.sequence,
                from: entry.request.from, target: entry.request.target)
            outputs.append(.event(.responded(handle, outcome)))
        case .unattended: break
        }
    }

    /// CANCEL, at once or when the first provisional response has come (RFC 3261 §9.1).
    mutating func cancel(
        _ call: CallHandle, headers: [(String, String)], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase == .calling, let key = session.outgoingInvite,
            let entry = clientTransactions[key]
        else { return }
        if case .sent = session.cancellation { return }
        guard session.hasProvisionalResponse else {
            sessions[call]?.cancellation = .wanted(headers)
            return
        }
        let giveUp = now + configuration.timers.timeout
        sessions[call]?.cancellation = .sent(giveUp: giveUp)
        arm(call)
        openClient(
            entry.request.cancel, headers: [(.supported, configuration.supported), (.userAgent, configuration.product)], extra: headers,
            branch: key.branch, over: entry.flow, for: .unattended, at: now, into: &outputs)
    }

    /// §9.1: without a final response 64*T1 after the CANCEL, the INVITE counts as cancelled.
    mutating func abandonInvite(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        if let key = sessions[call]?.outgoingInvite { closeClient(key) }
        forget(call, at: now, into: &outputs)
        outputs.append(.event(.failed(call, .requestTerminated, reason: StatusCode.requestTerminated.reason, message: nil)))
    }
}
