import SIP
import SIPTransactions
import Timing

/// The caller's early dialogs, one for each branch of a fork, and its PRACKs (RFC 3261 §12.1.2, RFC 3262 §4).
extension UserAgent {
    /// More branches than these get no dialog of their own, as a peer can name as many as it likes.
    static var mostBranches: Int { 32 }

    /// A 1xx to our INVITE.
    mutating func handleProvisional(
        _ call: CallHandle, _ status: StatusCode, _ message: SIPMessage, _ envelope: Envelope, _ entry: ClientEntry,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        sessions[call]?.hasProvisionalResponse = true
        if case .wanted(let headers) = sessions[call]?.cancellation { cancel(call, headers: headers, at: now, into: &outputs) }
        guard status.code > 100 else { return }
        var progress = CallProgress(status: status, branch: envelope.toTag, body: message.body, message: message)
        guard let tag = envelope.toTag else { return outputs.append(.event(.progressed(call, progress))) }
        // RFC 6228 §4: 199 tells that this branch is gone.
        if status.code == 199 {
            drop(tag, of: call, at: now, into: &outputs)
            return outputs.append(.event(.progressed(call, progress)))
        }
        openBranch(call, tag, message, envelope, entry)
        if let number = message.reliableNumber {
            // A branch that cannot be reached is not acknowledged, and gives up by itself.
            guard let branch = sessions[call]?[tag] else { return }
            // §4: a copy, or one that overtook another: nobody hears of it, and it gets no PRACK.
            guard sessions[call]?[tag]?.take(reliable: number) == true else { return }
            let acknowledgement = ProvisionalAcknowledgement(responseNumber: number, request: envelope.cseq)
            switch (branch.offers, message.body) {
            case (.none, .some):
                // An offer, whose answer the PRACK carries.
                sessions[call]?[tag]?.offers = .theirs
                sessions[call]?[tag]?.unanswered = acknowledgement
                progress.wantsAnswer = true
            case (.ours, .some):
                sessions[call]?[tag]?.offers = .settled
                sendProvisionalAcknowledgement(call, tag, acknowledgement, at: now, into: &outputs)
            default:
                // RFC 3261 §13.2.1: after the first answer further descriptions are ignored.
                if branch.offers == .settled { progress.body = nil }
                sendProvisionalAcknowledgement(call, tag, acknowledgement, at: now, into: &outputs)
            }
            progress.isReliable = true
        } else if sessions[call]?[tag]?.offers != .ours {
            // A preview is one of the answer to our offer only.
            progress.body = nil
        }
        outputs.append(.event(.progressed(call, progress)))
    }

    private mutating func openBranch(
        _ call: CallHandle, _ tag: String, _ message: SIPMessage, _ envelope: Envelope, _ entry: ClientEntry
    ) {
        guard let session = sessions[call] else { return }
        if session[tag] == nil {
            guard session.dialogs.count < Self.mostBranches,
                let dialog = try? Dialog(from: message, envelope, to: entry.request, flow: entry.way), dialogs[dialog.identifier] == nil
            else { return }
            sessions[call]?[tag] = CallDialog(dialog, offers: entry.content.body == nil ? .none : .ours)
            dialogs[dialog.identifier] = call
        } else if let target = try? message.addresses(of: .contact).first?.uri, target.isSIP {
            sessions[call]?[tag]?.dialog.remoteTarget = target
        }
        sessions[call]?[tag]?.note(message)
    }

    /// Answers the offer of a reliable provisional response, whose `.progressed` said that it wants that.
    package mutating func answerProvisional(
        _ call: CallHandle, branch tag: String, body: Body, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let acknowledgement = sessions[call]?[tag]?.unanswered else { return }
        sessions[call]?[tag]?.unanswered = nil
        sessions[call]?[tag]?.offers = .settled
        sessions[call]?.description = body
        sendProvisionalAcknowledgement(call, tag, acknowledgement, body: body, at: now, into: &outputs)
    }

    mutating func sendProvisionalAcknowledgement(
        _ call: CallHandle, _ tag: String, _ acknowledgement: ProvisionalAcknowledgement, body: Body? = nil, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        _ = send(
            .prack, in: call, tag: tag, headers: [(.rack, acknowledgement.text)], body: body,
            for: .prack(call, tag: tag, number: acknowledgement.responseNumber), at: now, into: &outputs)
    }

    /// A PRACK that met a fault which may pass, as one that another request overtook, is made anew for the next copy of its
    /// response. With 481 nobody waits for it.
    mutating func handleAcknowledgementResponse(_ call: CallHandle, _ tag: String, _ number: UInt32, _ status: StatusCode) {
        guard status.code >= 500, sessions[call]?.outgoingInvite != nil, sessions[call]?[tag]?.lastReliable == number else { return }
        sessions[call]?[tag]?.lastReliable = number &- 1
    }

    /// Ends one early dialog by BYE, while the other branches go on (RFC 3261 §15). `hangUp` without it ends them all.
    package mutating func hangUp(
        _ call: CallHandle, branch tag: String, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], session.phase == .calling, session[tag] != nil else { return }
        _ = send(.bye, in: call, tag: tag, extra: headers, for: .unattended, at: now, into: &outputs)
        drop(tag, of: call, at: now, into: &outputs)
    }

    /// Forgets one early dialog.
    mutating func drop(_ tag: String, of call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let branch = sessions[call]?[tag] else { return }
        sessions[call]?[tag] = nil
        close(branch, at: now, into: &outputs)
    }

    /// RFC 3261 §15.1.2: what still waits for an answer in a dialog that is over gets 487.
    mutating func close(_ branch: CallDialog, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        dialogs[branch.dialog.identifier] = nil
        if let update = branch.pendingUpdate { respond(update.transaction, .requestTerminated, at: now, into: &outputs) }
    }

    /// The 2xx of one branch makes it the call's dialog; the others are dropped (RFC 3261 §13.2.2.4). A 2xx of theirs makes them
    /// anew, to be ended.
    mutating func confirm(
        _ dialog: Dialog, of call: CallHandle, _ key: ClientTransactionKey, _ message: SIPMessage, _ entry: ClientEntry,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> CallDialog? {
        guard let session = sessions[call] else { return nil }
        // A BYE to a branch that is dropped here has to count on.
        clientTransactions[key]?.latestSequence = session.dialogs.map(\.dialog.localSequence).max() ?? 0
        let tag = dialog.identifier.remoteTag
        var chosen = session[tag] ?? CallDialog(dialog, offers: entry.content.body == nil ? .none : .ours)
        for branch in session.dialogs where branch.dialog.identifier.remoteTag != tag { close(branch, at: now, into: &outputs) }
        // §13.2.2.4: the route set is made anew from the 2xx, the numbers go on.
        var confirmed = dialog
        confirmed.localSequence = max(dialog.localSequence, chosen.dialog.localSequence)
        confirmed.remoteSequence = chosen.dialog.remoteSequence
        chosen.dialog = confirmed
        chosen.unanswered = nil
        chosen.note(message)
        sessions[call]?.forks = []
        sessions[call]?.main = chosen
        dialogs[dialog.identifier] = call
        return chosen
    }
}
