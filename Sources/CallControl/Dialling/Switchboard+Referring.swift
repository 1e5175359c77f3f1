import Logging
import SIP
import SIPDialogs
import SIPEvents
import Scenarios
import Timing

/// REFERs to us (RFC 3515): the server calls whom it is referred to, under the rules for calls out.
///
/// Within a call it is a transfer (RFC 5589 §6 and §7): whoever answers takes the place of the one who sent it, in the scenario, the room
/// or the bridge, on the same media session. Outside of a call the Request-URI names the number that the new party is put through to,
/// such as a room (RFC 4579 §5.6).
extension Switchboard {
    func referred(_ request: RequestHandle, _ asked: IncomingRequest) {
        let referTo: ReferTo
        let wish: ReferredInvite
        do {
            guard let found = try asked.message.referTo() else { return answer(request, .badRequest, reason: "Refer-To expected") }
            referTo = found
            wish = try ReferredInvite(found, asked.message)
        } catch {
            return answer(request, .badRequest, reason: error.reason)
        }
        guard referTo.target.isSIP else { return answer(request, .unsupportedURIScheme) }
        guard referTo.method == .invite else { return answer(request, .notImplemented, reason: "Only INVITE is referred") }
        let target = referTo.target.text
        guard settings.dialOut.policy.targets.contains(where: { $0.matches(target) }) else {
            log.notice("refer refused", metadata: ["reason": "\(DialOutPolicy.Refusal.notListed(target))", "from": "\(asked.flow.remote)"])
            return answer(request, .forbidden)
        }
        if let handle = asked.call {
            transferParty(of: handle, to: target, wish, request, asked)
        } else {
            bringIn(target, wish, request, asked)
        }
    }

    // MARK: Within a call

    private func transferParty(
        of handle: CallHandle, to target: String, _ wish: ReferredInvite, _ request: RequestHandle, _ asked: IncomingRequest
    ) {
        let party: Referral.Party
        let media: CallMedia
        let isFirst: Bool
        if let call = calls[handle], call.isAnswered, let described = call.media {
            guard mayRefer(asked, call.identity) else { return answer(request, .forbidden) }
            guard call.referral == nil else { return answer(request, .requestPending) }
            (party, media, isFirst) = (.call(call), described, !call.wasReferred)
        } else if let leg = legs[handle], case .answered = leg.phase {
            guard mayRefer(asked, "") else { return answer(request, .forbidden) }
            guard leg.referral == nil, !leg.isGuest else { return answer(request, .requestPending) }
            (party, media, isFirst) = (.leg(leg), leg.media, !leg.wasReferred)
        } else {
            return answer(request, .noSuchCall)
        }
        guard let referral = accept(request, asked, party, isFirst: isFirst) else { return }
        switch party {
        case .call(let call): (call.referral, call.wasReferred) = (referral, true)
        case .leg(let leg): (leg.referral, leg.wasReferred) = (referral, true)
        case .newcomer: break
        }
        log.info("referred", metadata: ["target": "\(target)", "from": "\(asked.flow.remote)"])
        callOut(target, as: .refer(referral), caller: nil, headers: wish.headers, part: wish.token, through: media) { [self] result in
            switch result {
            case .success(let leg):
                guard referral.isOpen else { return drop(leg) }
                referral.attempt = leg
            case .failure(let refusal):
                referralFailed(referral, refusal.failure.status ?? .serviceUnavailable)
            }
        }
    }

    /// The list of targets says where calls may go, not who may send them there: whoever reaches a menu must not place calls from it.
    private func mayRefer(_ asked: IncomingRequest, _ identity: String) -> Bool {
        let peer = settings.routing.peers.match(CallSource(asked.flow))?.rules
        return !identity.isEmpty || peer?.isTrusted ?? settings.trusts(asked.flow.remote.host)
    }

    private func accept(_ request: RequestHandle, _ asked: IncomingRequest, _ party: Referral.Party, isFirst: Bool) -> Referral? {
        var accepted: ReferSubscription?
        var refusal = StatusCode.badRequest
        signal { [now] in
            do throws(SIPParseError) {
                accepted = try ReferSubscription(accepting: request, asked, isFirst: isFirst, at: now, through: &$0, into: &$1)
            } catch {
                refusal = error.status
            }
        }
        guard let accepted else {
            answer(request, refusal)
            return nil
        }
        lastReferral += 1
        let referral = Referral(id: lastReferral, party: party, referrer: asked.call, subscription: accepted)
        referrals[referral.id] = referral
        follow(referral)
        return referral
    }

    func referralProgressed(_ referral: Referral, _ status: StatusCode) {
        guard referral.isOpen else { return }
        tell(referral, status)
    }

    func referralFailed(_ referral: Referral, _ status: StatusCode) {
        guard referral.isOpen else { return }
        log.info("referred to, not reached", metadata: ["status": "\(status)"])
        close(referral, status)
        guard referral.referrerLeft, let referrer = referral.referrer else { return }
        // He had gone on the strength of it, and nobody has come in his place.
        gone(referrer, "referred to nobody")
    }

    /// Whoever was called has answered.
    func referralAnswered(_ referral: Referral, _ leg: OutboundLeg) {
        guard referral.isOpen else { return drop(leg) }
        switch referral.party {
        case .call(let call):
            guard !call.isOver else {
                close(referral, .requestTerminated)
                return drop(leg)
            }
            // Work for the old handle is under way and would find nobody: its end comes back here.
            guard call.errands == 0, !call.isRecordingOnDisk else { return }
            // The run may be told something on the way, and come back here.
            referral.attempt = nil
            takePlace(of: call, leg)
            close(referral, .ok)
            drain(call)
        case .leg(let old):
            takePlace(of: old, leg)
            close(referral, .ok)
        case .newcomer: break
        }
    }

    /// Tried again whenever the call has become quiet.
    func takePlaceIfDue(_ call: Call) {
        guard let referral = call.referral, let leg = referral.attempt, case .answered = leg.phase, !call.isOver else { return }
        referralAnswered(referral, leg)
    }

    private func takePlace(of call: Call, _ leg: OutboundLeg) {
        let old = call.handle
        legs[leg.handle] = nil
        calls[old] = nil
        call.handle = leg.handle
        calls[leg.handle] = call
        leg.media.beginUse()
        call.media = leg.media
        call.phase = .answered(acknowledged: true)
        call.isProbing = false
        call.wasReferred = false
        if call.placedAt == nil {
            call.placedAt = now
        } else {
            // The place among the calls out that the former party had.
            dialOut.release(talk: .zero)
        }
        move(old, to: leg.handle, of: call)
        // The former party may have held whomever he talked with.
        settleDirections(of: call)
        log.info("caller transferred", metadata: ["id": "\(call.callID)", "to": "\(leg.target)"])
    }

    private func takePlace(of old: OutboundLeg, _ leg: OutboundLeg) {
        legs[old.handle] = nil
        legs[leg.handle] = nil
        old.handle = leg.handle
        leg.media.beginUse()
        old.media = leg.media
        old.target = leg.target
        old.isProbing = false
        old.wasReferred = false
        legs[leg.handle] = old
        dialOut.release(talk: .zero)
        passHold(of: old.handle)
        log.info("called party transferred", metadata: ["to": "\(leg.target)"])
    }

    /// The one who sent a REFER has hung up; true when his place is kept for the one he referred us to.
    func referrerLeft(_ handle: CallHandle) -> Bool {
        guard let referral = calls[handle]?.referral ?? legs[handle]?.referral, referral.isOpen, calls[handle]?.isOver != true else {
            return false
        }
        referral.referrerLeft = true
        return true
    }

    /// The party is gone otherwise: nobody is called any more in his place.
    func endReferral(_ referral: Referral?) {
        guard let referral, referral.isOpen else { return }
        let attempt = referral.attempt
        close(referral, .requestTerminated)
        if let attempt { drop(attempt) }
    }

    /// The outcome is known.
    private func close(_ referral: Referral, _ status: StatusCode) {
        referral.isOpen = false
        referral.attempt = nil
        switch referral.party {
        case .call(let call): call.referral = nil
        case .leg(let leg): leg.referral = nil
        case .newcomer: break
        }
        tell(referral, status)
    }

    // MARK: Outside of a call

    private func bringIn(_ target: String, _ wish: ReferredInvite, _ request: RequestHandle, _ asked: IncomingRequest) {
        guard mayRefer(asked, asked.identity ?? "") else { return answer(request, .forbidden) }
        guard !gate.admission.isDraining, calls.count < settings.callLimit else {
            return answer(request, .serviceUnavailable, headers: [("Retry-After", "10")])
        }
        let decision = settings.routing.decide(asked.message, requestURI: asked.requestURI, from: CallSource(asked.flow))
        guard let route = decision.match else { return answer(request, decision.status ?? .notFound) }
        guard let referral = accept(request, asked, .newcomer, isFirst: true) else { return }
        log.info("referred", metadata: ["target": "\(target)", "dialled": "\(decision.dialled)", "from": "\(asked.flow.remote)"])
        do {
            try originate(
                target, scenario: route.route.scenario, inputs: route.inputs, dialled: decision.dialled, headers: wish.headers,
                part: wish.token,
                at: now
            ) { [self] refused in
                guard referral.isOpen else { return }
                close(referral, refused ?? .ok)
            }
        } catch {
            log.error("refer failed", metadata: ["reason": "\(error)"])
            close(referral, .serverError)
        }
    }

    // MARK: What its sender is told

    private func tell(_ referral: Referral, _ status: StatusCode) {
        signal { [now] in referral.subscription.tell(StatusFragment(status), at: now, through: &$0, into: &$1) }
        follow(referral)
    }

    func fireReferral(_ id: UInt64) {
        guard let referral = referrals[id] else { return }
        signal { [now] in referral.subscription.fire(at: now, through: &$0, into: &$1) }
        follow(referral)
    }

    /// The answer to a NOTIFY; false when it was to something else.
    func referralResponded(_ request: RequestHandle, _ outcome: RequestOutcome) -> Bool {
        for referral in referrals.values {
            var isIts = false
            signal { [now] in isIts = referral.subscription.responded(request, outcome, at: now, through: &$0, into: &$1) }
            guard isIts else { continue }
            follow(referral)
            return true
        }
        return false
    }

    /// A SUBSCRIBE within the subscription that a REFER made; false when it belongs to none.
    func referralSubscribed(_ request: RequestHandle, _ asked: IncomingRequest) -> Bool {
        guard let event = try? asked.message.event(), event.package == ReferSubscription.package else { return false }
        let owners = referrals.values.filter {
            asked.call != nil ? $0.referrer == asked.call : asked.usage != nil && $0.subscription.dialogIdentifier == asked.usage
        }
        // The first REFER of a dialog made one without an id (RFC 3515 §2.4.6).
        guard
            let owner = owners.first(where: { $0.subscription.event.id == event.id })
                ?? owners.first(where: { $0.subscription.event.id == nil })
        else { return false }
        signal { [now] in owner.subscription.receive(request, asked, at: now, through: &$0, into: &$1) }
        follow(owner)
        return true
    }

    private func follow(_ referral: Referral) {
        deadlines.set(referral.subscription.nextDeadline, for: .referral(referral.id))
        guard !referral.isOpen, referral.subscription.isOver, referrals.removeValue(forKey: referral.id) != nil else { return }
        // The transferor ends his call himself (RFC 5589 §6.1); one whose place is taken and who does not has nothing more to hear.
        guard let referrer = referral.referrer, calls[referrer] == nil, legs[referrer] == nil else { return }
        signal { [now] in $0.hangUp(referrer, headers: [], at: now, into: &$1) }
    }
}
