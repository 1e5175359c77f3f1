import Logging
import SIP
import SIPDialogs
import Scenarios
import Timing

/// An INVITE that takes the place of a caller (RFC 3891): the end of an attended transfer to us, or from one telephone to another. The
/// scenario goes on where it was, with what is recorded, played and conferred; only the voice is another's.
extension Switchboard {
    /// False when the INVITE replaces nobody.
    func replace(_ handle: CallHandle, _ invite: IncomingInvite) -> Bool {
        let replaces: Replaces
        do {
            guard let found = try invite.message.replaces() else { return false }
            replaces = found
        } catch {
            refuseReplacement(handle, .badRequest, error.reason)
            return true
        }
        // Its to-tag is ours, its from-tag the peer's.
        let dialog = DialogIdentifier(callID: replaces.callID, localTag: replaces.toTag, remoteTag: replaces.fromTag)
        guard let old = userAgent.call(in: dialog), old != handle, let call = calls[old], !call.isOver, call.isAnswered else {
            // §3: no such dialog, or an early one that we did not begin.
            refuseReplacement(handle, .noSuchCall, nil)
            return true
        }
        // §5: knowing the tags is not enough, as every proxy on the way knows them.
        let proves = !call.identity.isEmpty && invite.authenticated == call.identity
        guard proves || settings.trusts(invite.flow.remote.host) else {
            refuseReplacement(handle, .forbidden, nil)
            return true
        }
        if replaces.isEarlyOnly {
            refuseReplacement(handle, .busyHere, nil)
        } else if call.errands > 0 || call.isRecordingOnDisk || call.media == nil {
            // Work for the old handle is under way and would find nobody.
            refuseReplacement(handle, .requestPending, nil)
        } else if let offer = invite.body {
            takeOver(call, by: handle, invite, offer)
        } else {
            refuseReplacement(handle, .notAcceptableHere, "An offer is needed")
        }
        return true
    }

    private func takeOver(_ call: Call, by handle: CallHandle, _ invite: IncomingInvite, _ offer: Body) {
        let old = call.handle
        let body: Body
        var media = call.media
        do {
            media?.beginDialog(capabilities(for: invite.flow))
            media?.onlyHost = onlyMediaHost(for: invite.flow)
            guard let answer = try media?.answer(offer) else { return refuseReplacement(handle, .serverError, nil) }
            body = answer
        } catch {
            return refuseReplacement(handle, error.status, nil)
        }
        // What the former caller had asked for went with him.
        endReferral(call.referral)
        call.media = media
        calls[old] = nil
        call.handle = handle
        calls[handle] = call
        call.phase = .answered(acknowledged: false)
        call.isProbing = false
        call.wasReferred = false
        move(old, to: handle, of: call)
        log.info("caller replaced", metadata: ["id": "\(call.callID)", "by": "\(invite.callID)"])
        signal { [now] in $0.accept(handle, body: body, at: now, into: &$1) }
        // §3: the old dialog ends when the new one is accepted.
        signal { [now] in $0.hangUp(old, headers: [], at: now, into: &$1) }
        followCodec(of: call)
        settleDirections(of: call)
    }

    /// The deadlines of a call whose handle is another now.
    func move(_ old: CallHandle, to new: CallHandle, of call: Call) {
        deadlines.set(nil, for: .run(old))
        deadlines.set(call.run.isFinished ? nil : call.run.nextDeadline, for: .run(new))
        deadlines.set(nil, for: .dial(old))
        if let dialling = call.dialling {
            deadlines.set(
                dialling.bridged == nil ? dialling.attempt.deadline : now + settings.dialOut.policy.longest, for: .dial(new))
        }
        deadlines.set(nil, for: .longest(old))
        if let placedAt = call.placedAt { deadlines.set(placedAt + settings.dialOut.policy.longest, for: .longest(new)) }
        // A REFER went to the one who is gone: nothing more will be heard of it.
        deadlines.set(nil, for: .transfer(old))
        if let (id, _) = call.transfer {
            call.transfer = nil
            transfers = transfers.filter { $0.value != old }
            tell(call, .transferEnded(id, .failed(status: 0)))
        }
    }

    private func refuseReplacement(_ handle: CallHandle, _ status: StatusCode, _ reason: String?) {
        count { $0.refused += 1 }
        signal { [now] in $0.reject(handle, status: status, reason: reason, headers: [], at: now, into: &$1) }
    }
}
