import SIP
import SIPTransactions
import Timing

/// The caller's side (RFC 3261 §13.2).
extension UserAgent {
    /// Calls `uri` over `flow`. `.progressed`, `.answered` and `.failed` tell how it goes.
    package mutating func invite(
        _ uri: SIPURI, from: NameAddress, body: Body?, via flow: Flow, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> CallHandle {
        let (call, branch) = (makeHandle(), makeBranch())
        var caller = from
        caller.parameters["tag"] = makeTag()
        var target = uri
        target.headers = []
        let listener = configuration.listener(of: flow)
        let request = SentRequest(
            method: .invite, target: target, via: via(for: flow, branch: branch), routes: [], from: caller.text, to: "<\(uri.text)>",
            callID: "\(String(random(), radix: 36))\(String(random(), radix: 36))@\(listener.advertisedHost)", sequence: 1)
        var session = InviteSession(phase: .calling, dialog: nil)
        session.outgoingInvite = ClientTransactionKey(branch: branch, method: .invite)
        sessions[call] = session
        openClient(
            request, headers: inviteHeaders(flow, user: from.uri.escapedUser), extra: headers, body: body, branch: branch, over: flow,
            for: .invite(call), at: now, into: &outputs)
        return call
    }

    private func inviteHeaders(_ flow: Flow, user: String?) -> [(HeaderID, String)] {
        [(.contact, contact(for: flow, user: user)), (.allow, UserAgentConfiguration.allow), (.userAgent, configuration.product)]
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
        sendAcknowledgement(dialog, sequence, body: body, for: key, into: &outputs)
    }

    private mutating func sendAcknowledgement(
        _ dialog: Dialog, _ sequence: UInt32, body: Body? = nil, for key: ClientTransactionKey, into outputs: inout [UserAgentOutput]
    ) {
        let flow = dialog.nextFlow
        // §13.2.2.4: a 2xx is acknowledged by the core, with a branch of its own.
        let request = dialog.request(.ack, sequence: sequence, via: via(for: flow, branch: makeBranch()))
        let bytes = request.bytes(headers: [(.userAgent, configuration.product)], body: body)
        clientTransactions[key]?.acknowledgements[dialog.identifier.remoteTag] = (bytes, flow)
        outputs.append(.send(bytes, flow))
    }

    /// Offers a change of the session; `.reinviteAnswered` tells the outcome. Ignored while another INVITE is under way.
    package mutating func reinvite(_ call: CallHandle, body: Body?, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions[call], session.phase == .established, session.outgoingInvite == nil, session.pendingInvite == nil,
            session.unacknowledged == nil, let dialog = session.dialog
        else { return }
        let headers: [(HeaderID, String)] = [
            (.contact, contact(for: dialog.flow, user: nil)), (.allow, UserAgentConfiguration.allow),
        ]
        let sent = send(.invite, in: call, headers: headers, body: body, for: .reinvite(call), at: now, into: &outputs)
        if !sent { outputs.append(.event(.reinviteAnswered(call, .serviceUnavailable, body: nil))) }
    }

    /// A response; one that belongs to nothing is dropped (RFC 3261 §17.1.3, §18.1.2).
    mutating func receiveResponse(
        _ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let status = message.status, let branch = envelope.via.branch else { return }
        let key = ClientTransactionKey(branch: branch, method: envelope.cseq.method)
        guard let entry = clientTransactions[key], envelope.cseq.number == entry.request.sequence,
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
            guard status.isProvisional else {
                forget(call)
                outputs.append(.event(.failed(call, status, reason: message.reasonPhrase)))
                return
            }
            sessions[call]?.hasProvisionalResponse = true
            if status.code > 100 { outputs.append(.event(.progressed(call, status, body: message.body))) }
            if case .wanted = sessions[call]?.cancellation { cancel(call, at: now, into: &outputs) }
        case .reinvite(let call): handleReinviteResponse(call, status, message, envelope, key, entry, into: &outputs)
        case .bye(let call): if status.isFinal { end(call, .localBye, into: &outputs) }
        case .probe(let call):
            guard status.isFinal, sessions[call] != nil else { return }
            outputs.append(.event(.probed(call, alive: status != .noSuchCall && status != .requestTimeout)))
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
        guard let dialog = try? Dialog(from: message, envelope, to: entry.request, flow: entry.flow) else { return }
        if let session = sessions[call], session.phase == .calling, case .none = session.cancellation {
            sessions[call]?.phase = .established
            sessions[call]?.dialog = dialog
            sessions[call]?.unacknowledgedSequence = entry.request.sequence
            dialogs[dialog.identifier] = call
            outputs.append(.event(.answered(call, body: message.body)))
            return
        }
        // The repetition of an answer whose ACK the application still owes.
        if sessions[call]?.dialog?.identifier == dialog.identifier { return }
        sendAcknowledgement(dialog, entry.request.sequence, for: key, into: &outputs)
        var dialogToEnd = dialog
        dialogToEnd.localSequence += 1
        let (flow, branch) = (dialog.nextFlow, makeBranch())
        let bye = dialogToEnd.request(.bye, sequence: dialogToEnd.localSequence, via: via(for: flow, branch: branch))
        openClient(bye, branch: branch, over: flow, for: .unattended, at: now, into: &outputs)
        if sessions[call]?.phase == .calling {
            forget(call)
            outputs.append(.event(.failed(call, .requestTerminated, reason: StatusCode.requestTerminated.reason)))
        }
    }

    private mutating func handleReinviteResponse(
        _ call: CallHandle, _ status: StatusCode, _ message: SIPMessage, _ envelope: Envelope, _ key: ClientTransactionKey,
        _ entry: ClientEntry, into outputs: inout [UserAgentOutput]
    ) {
        guard status.isFinal else { return }
        if status.isSuccess {
            if let sent = entry.acknowledgements[envelope.toTag ?? ""] { return outputs.append(.send(sent.bytes, sent.flow)) }
            guard var dialog = sessions[call]?.dialog else { return }
            if let target = try? message.addresses(of: .contact).first?.uri, target.isSIP { dialog.remoteTarget = target }
            sessions[call]?.dialog = dialog
            sendAcknowledgement(dialog, entry.request.sequence, for: key, into: &outputs)
        }
        guard sessions[call] != nil else { return }
        sessions[call]?.outgoingInvite = nil
        outputs.append(.event(.reinviteAnswered(call, status, body: message.body)))
    }

    /// No answer came, or none can come any more.
    mutating func handleSilence(
        of key: ClientTransactionKey, _ purpose: ClientEntry.Purpose, status: StatusCode, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        switch purpose {
        case .invite(let call):
            guard sessions[call]?.phase == .calling else { return }
            forget(call)
            outputs.append(.event(.failed(call, status, reason: status.reason)))
        case .reinvite(let call):
            guard sessions[call]?.outgoingInvite == key else { return }
            sessions[call]?.outgoingInvite = nil
            outputs.append(.event(.reinviteAnswered(call, status, body: nil)))
        case .bye(let call): end(call, status == .requestTimeout ? .localBye : .transportLost, into: &outputs)
        case .probe(let call): if sessions[call] != nil { outputs.append(.event(.probed(call, alive: false))) }
        case .unattended: break
        }
    }

    /// CANCEL, at once or when the first provisional response has come (RFC 3261 §9.1).
    mutating func cancel(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions[call], session.phase == .calling, let key = session.outgoingInvite,
            let entry = clientTransactions[key]
        else { return }
        if case .sent = session.cancellation { return }
        guard session.hasProvisionalResponse else {
            sessions[call]?.cancellation = .wanted
            return
        }
        sessions[call]?.cancellation = .sent(giveUp: now + configuration.timers.timeout)
        arm(call)
        openClient(
            entry.request.cancel, headers: [(.userAgent, configuration.product)], branch: key.branch, over: entry.flow, for: .unattended,
            at: now, into: &outputs)
    }

    /// §9.1: without a final response 64*T1 after the CANCEL, the INVITE counts as cancelled.
    mutating func abandonInvite(_ call: CallHandle, into outputs: inout [UserAgentOutput]) {
        if let key = sessions[call]?.outgoingInvite { closeClient(key) }
        forget(call)
        outputs.append(.event(.failed(call, .requestTerminated, reason: StatusCode.requestTerminated.reason)))
    }
}
