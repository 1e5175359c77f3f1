import SIP
import SIPTransactions
import Timing

/// Re-INVITEs of ours (RFC 3261 §14.1).
extension UserAgent {
    /// Offers a change of the session, or with no body asks for the peer's offer; `.reinviteAnswered` tells the outcome.
    ///
    /// False, and nothing is sent, while another offer or INVITE is under way. Where the peer's meets ours it is tried again.
    @discardableResult
    package mutating func reinvite(
        _ call: CallHandle, body: Body?, headers: [(String, String)] = [], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let session = sessions[call], session.phase == .established, session.isQuiet else { return false }
        sessions[call]?.retry = nil
        sessions[call]?.attempts = 0
        if !sendReinvite(call, body: body, headers: headers, for: .application, at: now, into: &outputs) {
            outputs.append(.event(.reinviteAnswered(call, .serviceUnavailable, body: nil)))
        }
        return true
    }

    mutating func sendReinvite(
        _ call: CallHandle, body: Body?, headers: [(String, String)] = [], for origin: ChangeOrigin, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let dialog = sessions[call]?.dialog else { return false }
        let own: [(HeaderID, String)] =
            [
                (.contact, contact(for: dialog.flow, user: sessions[call]?.contactUser, isSecure: dialog.isSecure)),
                (.allow, configuration.allow),
            ]
            + refreshHeaders(call)
        let sent = send(
            .invite, in: call, headers: own, extra: headers, body: body, for: .reinvite(call, origin), at: now, into: &outputs)
        if sent {
            if body != nil { sessions[call]?.main?.offers = .ours }
            // Each INVITE has its own row of reliable provisionals (RFC 3262 §3).
            sessions[call]?.main?.lastReliable = nil
            sessions[call]?.earlyAnswer = nil
        }
        arm(call)
        return sent
    }

    mutating func handleReinviteResponse(
        _ call: CallHandle, _ origin: ChangeOrigin, _ status: StatusCode, _ message: SIPMessage, _ envelope: Envelope,
        _ key: ClientTransactionKey, _ entry: ClientEntry, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard status.isFinal else { return handleReinviteProgress(call, message, envelope, at: now, into: &outputs) }
        let earlyAnswer = sessions[call]?.earlyAnswer
        if status.isSuccess {
            if let sent = entry.acknowledgements[envelope.toTag ?? ""] { return outputs.append(.send(sent.bytes, sent.flow)) }
            // A copy while the application owes the ACK.
            guard sessions[call]?.outgoingInvite == key, sessions[call]?.unacknowledgedSequence == nil,
                var dialog = sessions[call]?.dialog
            else { return }
            if let target = try? message.addresses(of: .contact).first?.uri, target.isSIP { dialog.remoteTarget = target }
            sessions[call]?.dialog = dialog
            sessions[call]?.main?.note(message)
            adoptTimer(call, from: message, at: now)
            if entry.content.body == nil, message.body != nil {
                sessions[call]?.main?.offers = .theirs
                sessions[call]?.unacknowledgedSequence = entry.request.sequence
            } else {
                closeOutgoingReinvite(call, entry)
                if let body = entry.content.body { sessions[call]?.description = body }
                sendAcknowledgement(dialog, entry.request.sequence, for: key, into: &outputs)
            }
        } else {
            guard sessions[call] != nil else { return }
            closeOutgoingReinvite(call, entry)
            if let tag = sessions[call]?.dialog?.identifier.remoteTag,
                recover(call, tag, .invite, origin, status, message, entry, at: now, into: &outputs)
            {
                return
            }
        }
        switch origin {
        case .application: outputs.append(.event(.reinviteAnswered(call, status, body: earlyAnswer ?? message.body)))
        case .refresh: if status.isSuccess, let body = earlyAnswer ?? message.body { outputs.append(.event(.refreshed(call, body: body))) }
        }
    }

    /// A reliable provisional response to a re-INVITE gets its PRACK; an answer in it stands, and is told with the final response.
    private mutating func handleReinviteProgress(
        _ call: CallHandle, _ message: SIPMessage, _ envelope: Envelope, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let tag = sessions[call]?.dialog?.identifier.remoteTag, envelope.toTag == tag, let number = message.reliableNumber,
            sessions[call]?[tag]?.take(reliable: number) == true
        else { return }
        if sessions[call]?.earlyAnswer == nil { sessions[call]?.earlyAnswer = message.body }
        let acknowledgement = ProvisionalAcknowledgement(responseNumber: number, request: envelope.cseq)
        sendProvisionalAcknowledgement(call, tag, acknowledgement, at: now, into: &outputs)
    }

    /// Our re-INVITE is over, whatever came of it.
    mutating func closeOutgoingReinvite(_ call: CallHandle, _ entry: ClientEntry) {
        sessions[call]?.outgoingInvite = nil
        if entry.content.body != nil { sessions[call]?.main?.offers = .settled }
    }

    /// No answer to a re-INVITE or UPDATE: the peer is gone (RFC 3261 §12.2.1.2). Where the way to it is lost it may come back.
    mutating func handleSilence(
        of call: CallHandle, _ method: SIPMethod, _ origin: ChangeOrigin, _ status: StatusCode, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        if status == .requestTimeout, sessions[call]?.phase == .established {
            return abandon(call, .dialogLost, at: now, into: &outputs)
        }
        guard origin == .application else {
            sessions[call]?.timer?.postpone(at: now)
            return arm(call)
        }
        outputs.append(
            .event(method == .update ? .updateAnswered(call, status, body: nil) : .reinviteAnswered(call, status, body: nil)))
    }
}
