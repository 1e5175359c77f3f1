import SIP
import SIPTransactions
import Timing

/// UPDATE of either end, in early and in confirmed dialogs (RFC 3311).
extension UserAgent {
    // MARK: Theirs

    /// RFC 3311 §5.2. Nobody is asked here before the answer, so 504 is never due.
    mutating func receiveUpdate(
        _ call: CallHandle, _ tag: String, _ transaction: ServerHandle, _ message: SIPMessage, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call], let branch = session[tag], session.phase != .ending else {
            respond(transaction, .noSuchCall, at: now, into: &outputs)
            return
        }
        let offersNow = message.body != nil
        // An UPDATE before the answer to the last one, or an offer before the answer to theirs.
        if branch.pendingUpdate != nil || offersNow && branch.offers == .theirs {
            respond(transaction, .serverError, headers: [("Retry-After", String(random() % 11))], at: now, into: &outputs)
            return
        }
        // An offer against ours, or while ours is due: by a re-INVITE without one, from either side, or by the first INVITE.
        let isOfferDue = session.phase == .established && (session.pendingInvite != nil || session.outgoingInvite != nil)
        if offersNow, branch.offers != .settled || isOfferDue || session.delayedBye != nil {
            respond(transaction, .requestPending, at: now, into: &outputs)
            return
        }
        let (target, timer): (SIPURI?, SessionTimerAnswer)
        do throws(SIPParseError) {
            if let (status, headers) = try bodyObjection(message) {
                respond(transaction, status, headers: headers, at: now, into: &outputs)
                return
            }
            target = try message.addresses(of: .contact).first?.uri
            // The 2xx to the INVITE decides on the timer of a call that is not answered yet.
            timer = session.phase == .established ? try timerAnswer(to: message) : .unlimited
        } catch {
            respond(transaction, .badRequest, reason: error.reason, at: now, into: &outputs)
            return
        }
        if case .tooSmall(let minimum) = timer {
            respond(transaction, .sessionIntervalTooSmall, headers: [("Min-SE", String(minimum))], at: now, into: &outputs)
            return
        }
        noteLeastInterval(call, message)
        let update = PendingUpdate(transaction: transaction, target: target, timer: session.phase == .established ? timer : nil)
        guard let offer = message.body else { return finish(update, .ok, call, tag, at: now, into: &outputs) }
        sessions[call]?[tag]?.pendingUpdate = update
        sessions[call]?[tag]?.offers = .theirs
        outputs.append(.event(.updated(call, body: offer)))
    }

    /// Answers the offer of `.updated`: 2xx with its body, or 300 to 599, after which all goes on as it was.
    ///
    /// An offer in a PRACK comes as `.updated` too; it is better answered by refusing its media than by a failure
    /// (RFC 3262 §3: a PRACK that matches gets 2xx).
    package mutating func answerUpdate(
        _ call: CallHandle, status: StatusCode, body: Body? = nil, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let branch = sessions[call]?.dialogs.first(where: { $0.pendingUpdate != nil }) else { return }
        guard let update = branch.pendingUpdate else { return }
        let tag = branch.dialog.identifier.remoteTag
        let status = (200...599).contains(status.code) ? status : .notAcceptableHere
        sessions[call]?[tag]?.pendingUpdate = nil
        sessions[call]?[tag]?.offers = .settled
        finish(update, status, call, tag, body: body, headers: headers, at: now, into: &outputs)
        sendDelayedAnswer(call, at: now, into: &outputs)
    }

    private mutating func finish(
        _ update: PendingUpdate, _ status: StatusCode, _ call: CallHandle, _ tag: String, body: Body? = nil,
        headers: [(String, String)] = [], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        var headers = headers
        if status.isSuccess {
            // §5.2 with RFC 3261 §12.2.2: the target moves when the UPDATE is accepted.
            if let target = update.target, target.isSIP { sessions[call]?[tag]?.dialog.remoteTarget = target }
            if let body { sessions[call]?.description = body }
            if let timer = update.timer {
                headers += timer.headers
                startTimer(call, timer, at: now)
            }
        }
        respond(update.transaction, status, formsDialog: true, headers: headers, body: body, at: now, into: &outputs)
        arm(call)
    }

    // MARK: Ours

    /// Changes the session, or with no body only refreshes our Contact; `.updateAnswered` tells the outcome.
    ///
    /// `branch` is the peer's tag of an early dialog, by default the first. False, and nothing is sent, while another offer is
    /// open, before the first offer and answer are exchanged, and where the peer does not allow UPDATE (RFC 3311 §5.1).
    @discardableResult
    package mutating func update(
        _ call: CallHandle, branch tag: String? = nil, body: Body?, headers: [(String, String)] = [], at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let session = sessions[call], let tag = tag ?? session.dialog?.identifier.remoteTag, let branch = session[tag],
            branch.peerAllowsUpdate, branch.outgoingUpdate == nil, branch.offers == .settled
        else { return false }
        switch session.phase {
        case .established: guard body == nil || session.isQuiet else { return false }
        // The callee's answer counts once its PRACK has come.
        case .offered: guard session.reliable?.isWaiting == false, branch.pendingUpdate == nil else { return false }
        case .calling: guard case .none = session.cancellation else { return false }
        case .ending: return false
        }
        sessions[call]?.retry = nil
        sessions[call]?.attempts = 0
        return sendUpdate(call, tag, body: body, headers: headers, for: .application, at: now, into: &outputs)
    }

    mutating func sendUpdate(
        _ call: CallHandle, _ tag: String, body: Body?, headers: [(String, String)] = [], for origin: ChangeOrigin,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let dialog = sessions[call]?[tag]?.dialog else { return false }
        let own: [(HeaderID, String)] =
            [
                (.contact, contact(for: dialog.flow, user: sessions[call]?.contactUser, isSecure: dialog.isSecure)),
                (.allow, configuration.allow),
            ]
            + refreshHeaders(call)
        let sent = send(
            .update, in: call, tag: tag, headers: own, extra: headers, body: body, for: .update(call, tag: tag, origin), at: now,
            into: &outputs)
        if sent, body != nil { sessions[call]?[tag]?.offers = .ours }
        return sent
    }

    mutating func handleUpdateResponse(
        _ call: CallHandle, _ tag: String, _ origin: ChangeOrigin, _ status: StatusCode, _ message: SIPMessage, _ entry: ClientEntry,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard status.isFinal, sessions[call]?[tag] != nil else { return }
        sessions[call]?[tag]?.note(message)
        closeOutgoingUpdate(call, tag, entry)
        if status.isSuccess {
            if let target = try? message.addresses(of: .contact).first?.uri, target.isSIP {
                sessions[call]?[tag]?.dialog.remoteTarget = target
            }
            if let body = entry.content.body { sessions[call]?.description = body }
            adoptTimer(call, from: message, at: now)
        } else if recover(call, tag, .update, origin, status, message, entry, at: now, into: &outputs) {
            return
        }
        if origin == .application {
            outputs.append(.event(.updateAnswered(call, status, body: status.isSuccess ? message.body : nil)))
        }
    }

    /// Our UPDATE is over, whatever came of it.
    mutating func closeOutgoingUpdate(_ call: CallHandle, _ tag: String, _ entry: ClientEntry) {
        sessions[call]?[tag]?.outgoingUpdate = nil
        if entry.content.body != nil { sessions[call]?[tag]?.offers = .settled }
    }
}
