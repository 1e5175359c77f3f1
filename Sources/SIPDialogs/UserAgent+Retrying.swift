import SIP
import SIPTransactions
import Timing

/// What becomes of a re-INVITE, UPDATE or INVITE of ours that failed for a reason that passes.
extension UserAgent {
    /// True when the failure of a re-INVITE or UPDATE has been dealt with here: it is tried again, or the call is over.
    mutating func recover(
        _ call: CallHandle, _ tag: String, _ method: SIPMethod, _ origin: ChangeOrigin, _ status: StatusCode, _ message: SIPMessage,
        _ entry: ClientEntry, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let session = sessions[call] else { return true }
        let isEstablished = session.phase == .established
        // RFC 3261 §12.2.1.2: the peer does not know the dialog, or is not there.
        if isEstablished, status == .noSuchCall || status == .requestTimeout {
            abandon(call, .dialogLost, at: now, into: &outputs)
            return true
        }
        var pause: Duration?
        switch status {
        case .requestPending: pause = Retry.glarePause(ownsCallID: session.ownsCallID, random: random())
        case .serverError, .serviceUnavailable: pause = Retry.pause(message)
        case .sessionIntervalTooSmall where isEstablished:
            // RFC 4028 §7.3: at once, with the interval asked for.
            guard let least = try? message.minimumSessionExpires(), least > session.leastInterval ?? 0 else { break }
            sessions[call]?.leastInterval = least
            pause = .zero
        default: break
        }
        if let pause, session.attempts < Retry.mostAttempts {
            sessions[call]?.attempts += 1
            sessions[call]?.retry = Retry(
                method: method, tag: tag, body: entry.content.body, headers: entry.content.extra, origin: origin,
                description: session.description, time: now + pause)
            arm(call)
            return true
        }
        sessions[call]?.attempts = 0
        if origin == .refresh {
            // RFC 4028 §10: without a 2xx the session runs out; until then there is time for other ways.
            if method == .update, status == .methodNotAllowed || status == .notImplemented {
                sessions[call]?[tag]?.peerAllowsUpdate = false
            }
            sessions[call]?.timer?.postpone(at: now)
            arm(call)
        }
        return false
    }

    /// The time of another try has come.
    mutating func runRetry(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions[call], let retry = session.retry, retry.time <= now else { return }
        sessions[call]?.retry = nil
        if session.phase == .ending { return }
        guard let branch = session[retry.tag] else { return report(retry, .noSuchCall, for: call, into: &outputs) }
        if retry.origin == .refresh { return refresh(call, at: now, into: &outputs) }
        let isFree =
            session.phase == .established
            ? session.isQuiet : branch.outgoingUpdate == nil && branch.pendingUpdate == nil && branch.offers == .settled
        guard isFree else {
            guard session.attempts < Retry.mostAttempts else { return report(retry, .requestPending, for: call, into: &outputs) }
            sessions[call]?.attempts += 1
            var later = retry
            later.time = now + Retry.glarePause(ownsCallID: session.ownsCallID, random: random()) + .milliseconds(100)
            sessions[call]?.retry = later
            return
        }
        // Another change came first: the application decides whether its offer still holds.
        guard retry.body == nil || session.description == retry.description else {
            return report(retry, .requestPending, for: call, into: &outputs)
        }
        let sent =
            retry.method == .update
            ? sendUpdate(call, retry.tag, body: retry.body, headers: retry.headers, for: retry.origin, at: now, into: &outputs)
            : sendReinvite(call, body: retry.body, headers: retry.headers, for: retry.origin, at: now, into: &outputs)
        if !sent { report(retry, .serviceUnavailable, for: call, into: &outputs) }
    }

    private func report(_ retry: Retry, _ status: StatusCode, for call: CallHandle, into outputs: inout [UserAgentOutput]) {
        guard retry.origin == .application else { return }
        outputs.append(
            .event(
                retry.method == .update ? .updateAnswered(call, status, body: nil) : .reinviteAnswered(call, status, body: nil)))
    }

    /// A request goes out again under another number and branch, after a challenge or a 422: what waits for it is told of it.
    /// False when nobody wants it any more.
    mutating func follow(
        _ purpose: ClientEntry.Purpose, as key: ClientTransactionKey, sequence: UInt32, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        switch purpose {
        case .invite(let call):
            // A call that was taken back meanwhile is not asked for again.
            guard let session = sessions[call], session.phase == .calling, case .none = session.cancellation else { return false }
            // The failure ended the early dialogs of the first try (RFC 3261 §13.2.2.3).
            for branch in session.dialogs { drop(branch.dialog.identifier.remoteTag, of: call, at: now, into: &outputs) }
            sessions[call]?.outgoingInvite = key
            sessions[call]?.hasProvisionalResponse = false
            return true
        case .reinvite(let call, _):
            guard sessions[call]?.phase == .established else { return false }
            sessions[call]?.outgoingInvite = key
            advance(call, sessions[call]?.dialog?.identifier.remoteTag, to: sequence)
        case .update(let call, let tag, _):
            guard sessions[call]?[tag] != nil else { return false }
            sessions[call]?[tag]?.outgoingUpdate = key
            advance(call, tag, to: sequence)
        case .prack(let call, let tag, _): advance(call, tag, to: sequence)
        case .bye(let call), .probe(let call): advance(call, sessions[call]?.dialog?.identifier.remoteTag, to: sequence)
        case .request, .unattended: break
        }
        return true
    }

    private mutating func advance(_ call: CallHandle, _ tag: String?, to sequence: UInt32) {
        guard let tag, let last = sessions[call]?[tag]?.dialog.localSequence else { return }
        sessions[call]?[tag]?.dialog.localSequence = max(last, sequence)
    }

    /// 422 to our INVITE: the same again with an interval that is long enough (RFC 4028 §7.3). False when that cannot help.
    mutating func lengthenInterval(
        _ call: CallHandle, after message: SIPMessage, _ entry: ClientEntry, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let session = sessions[call], entry.attempts < Retry.mostAttempts, configuration.sessionTimer != nil,
            let least = try? message.minimumSessionExpires(), least > session.leastInterval ?? 0
        else { return false }
        var request = entry.request
        request.sequence &+= 1
        let branch = makeBranch()
        request.via = via(for: entry.way, branch: branch)
        guard
            follow(
                entry.purpose, as: ClientTransactionKey(branch: branch, method: .invite), sequence: request.sequence, at: now,
                into: &outputs)
        else { return false }
        sessions[call]?.leastInterval = least
        var content = entry.content
        content.headers.removeAll { $0.0 == .sessionExpires || $0.0 == .minSE }
        content.headers += timerHeaders(least: least)
        openClient(
            request, content, branch: branch, over: entry.way, for: entry.purpose, attempts: entry.attempts + 1, at: now, into: &outputs)
        return true
    }
}
