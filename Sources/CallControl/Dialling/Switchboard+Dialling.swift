import Logging
import MediaPlane
import SDP
import SIP
import SIPDialogs
import Scenarios
import Timing

/// The `dial` step: others are called, and the first of them who answers is joined with the caller.
extension Switchboard {
    func dial(_ id: OrderID, _ order: DialOrder, on call: Call) {
        guard call.dialling == nil, !call.isOver else { return call.pendingEvents.append(.dialEnded(id, .rejected(nil), target: "")) }
        let dialling = Dialling(id: id, order: order)
        call.dialling = dialling
        carryOut(dialling.attempt.start(at: now), of: dialling, for: call)
    }

    /// The caller hung up, or the scenario goes elsewhere.
    func cancelDial(_ id: OrderID, on call: Call) {
        guard let dialling = call.dialling, dialling.id == id else { return }
        endDialling(of: call)
    }

    /// Gives up whatever is dialled or bridged, without a word to the run.
    func endDialling(of call: Call) {
        guard let dialling = call.dialling else { return }
        carryOut(dialling.attempt.abandon(), of: dialling, for: call)
        if let leg = dialling.bridged { drop(leg) }
        forgetDialling(of: call)
    }

    private func forgetDialling(of call: Call) {
        guard let dialling = call.dialling else { return }
        if dialling.isJoined || dialling.hearsEarly { call.media?.session.unbridge() }
        call.dialling = nil
        deadlines.set(nil, for: .dial(call.handle))
        call.isParted = call.isParted || dialling.isJoined
    }

    func fireDialling(of call: Call) {
        guard let dialling = call.dialling else { return }
        if let leg = dialling.bridged {
            log.info("bridge ended: the longest call out", metadata: ["id": "\(call.callID)", "target": "\(leg.target)"])
            drop(leg)
            return bridgeEnded(leg, of: call)
        }
        carryOut(dialling.attempt.fire(at: now), of: dialling, for: call)
        drain(call)
    }

    private func carryOut(_ actions: [DialAttempt.Action], of dialling: Dialling, for call: Call) {
        for action in actions {
            switch action {
            case .call(let number, let target): place(target, leg: number, of: dialling, for: call)
            case .cancel(let number):
                guard let leg = dialling.legs.removeValue(forKey: number) else { continue }
                drop(leg)
                endEarlySound(of: leg, dialling, call)
            case .confirm(let number):
                guard let leg = dialling.legs[number] else { continue }
                endEarlySound(of: leg, dialling, call)
                askToConfirm(leg, dialling)
            case .connect(let number): if let leg = dialling.legs.removeValue(forKey: number) { connect(leg, dialling, call) }
            case .end(let failure):
                forgetDialling(of: call)
                call.pendingEvents.append(.dialEnded(dialling.id, DialOutcome(failure), target: ""))
            }
        }
        if call.dialling === dialling, dialling.bridged == nil { deadlines.set(dialling.attempt.deadline, for: .dial(call.handle)) }
    }

    private func place(_ target: String, leg number: Int, of dialling: Dialling, for call: Call) {
        let shown = dialling.order.callerID ?? call.caller
        let caller = settings.dialOut.passesCaller && !shown.isEmpty ? shown : nil
        let headers = dialling.order.headers.map { ($0.name, $0.value) }
        callOut(target, as: .dial(call, leg: number), caller: caller, headers: headers, preferring: codec(of: call)) { [self] result in
            switch result {
            case .success(let leg):
                guard call.dialling === dialling else { return drop(leg) }
                dialling.legs[number] = leg
            case .failure(let failure):
                guard call.dialling === dialling else { return }
                carryOut(dialling.attempt.failed(number, failure.failure, at: now), of: dialling, for: call)
                drain(call)
            }
        }
    }

    /// What a caller's sound comes in, or would if he were answered.
    private func codec(of call: Call) -> CodecName? {
        if let agreed = call.media?.audio?.codec { return agreed }
        return call.offer.flatMap { try? OfferAnswer.check($0, call.capabilities, address: settings.mediaAddress) }
    }

    // MARK: What the legs tell

    func legProgressed(_ leg: OutboundLeg, _ progress: CallProgress) {
        let status = progress.status
        if progress.isReliable, let body = progress.body, let branch = progress.branch, leg.reliableAnswers.count < OutboundLeg.branchLimit
        {
            leg.reliableAnswers[branch] = body
        }
        if case .refer(let referral) = leg.purpose { return referralProgressed(referral, status) }
        guard case .dial(let call, _) = leg.purpose, let dialling = call.dialling, dialling.bridged == nil else { return }
        // RFC 6228: this branch of a fork is over.
        if status.code == 199, let branch = progress.branch, branch == leg.earlyBranch { return silence(leg, dialling, call) }
        hearEarly(leg, progress, dialling, call)
        if status == .ringing || status == .sessionProgress { tell(call, .dialProgress(dialling.id, ringing: status == .ringing)) }
    }

    func legAnswered(_ leg: OutboundLeg, _ call: Call, number: Int) {
        guard let dialling = call.dialling else { return drop(leg) }
        carryOut(dialling.attempt.answered(number, at: now), of: dialling, for: call)
        drain(call)
    }

    private func askToConfirm(_ leg: OutboundLeg, _ dialling: Dialling) {
        guard let prompt = dialling.order.confirmation?.prompt, let form = leg.media.form else { return }
        do {
            let track = try composer.compose(prompt, form: form)
            leg.tracks.append(track)
            leg.media.session.play(track, as: PlaybackID(UInt64(leg.tracks.count)))
        } catch {
            log.error("cannot play", metadata: ["reason": "\(error)", "target": "\(leg.target)"])
        }
    }

    /// A key of somebody who was called.
    func legPressed(_ leg: OutboundLeg, _ key: Character) {
        guard case .dial(let call, let number) = leg.purpose, let dialling = call.dialling, dialling.bridged == nil,
            dialling.order.confirmation?.keys.contains(key) == true
        else { return }
        carryOut(dialling.attempt.confirmed(number), of: dialling, for: call)
        drain(call)
    }

    /// The prompt that asks for the key has ended: once more, until the attempt's time is up.
    func legFinishedPlaying(_ leg: OutboundLeg) {
        guard case .dial(let call, let number) = leg.purpose, let dialling = call.dialling, dialling.legs[number] === leg else { return }
        askToConfirm(leg, dialling)
    }

    private func connect(_ leg: OutboundLeg, _ dialling: Dialling, _ call: Call) {
        dialling.bridged = leg
        if !leg.tracks.isEmpty { leg.media.session.stop(PlaybackID(UInt64(leg.tracks.count))) }
        deadlines.set(now + settings.dialOut.policy.longest, for: .dial(call.handle))
        log.info("bridged", metadata: ["id": "\(call.callID)", "target": "\(leg.target)"])
        call.pendingEvents.append(.dialBridged(dialling.id, target: leg.target))
    }

    /// After the run has heard that somebody answered, and has done what it wanted done first.
    func joinIfDue(_ call: Call) {
        guard let dialling = call.dialling else { return settleAlone(call) }
        guard !dialling.isJoined, let session = call.media?.session else { return }
        guard let leg = dialling.bridged else {
            settleAlone(call)
            return joinEarlyIfDue(dialling, session)
        }
        dialling.isJoined = true
        dialling.early = nil
        session.bridge(to: leg.media.session, passDigits: dialling.order.passesDigits)
        if dialling.hearsEarly { session.mute(false) }
        // Somebody may have begun to hold while it rang.
        settleDirections(of: call)
    }

    func legFailed(_ leg: OutboundLeg, _ call: Call, number: Int, _ status: StatusCode, contacts: [String]) {
        guard let dialling = call.dialling, dialling.legs.removeValue(forKey: number) != nil else { return }
        log.info("not reached", metadata: ["id": "\(call.callID)", "target": "\(leg.target)", "status": "\(status)"])
        endEarlySound(of: leg, dialling, call)
        carryOut(dialling.attempt.failed(number, DialFailure(status: status), contacts: contacts, at: now), of: dialling, for: call)
        drain(call)
    }

    /// Somebody who had answered has hung up.
    func legEnded(_ leg: OutboundLeg, _ call: Call, number: Int) {
        guard let dialling = call.dialling else { return }
        if dialling.bridged === leg { return bridgeEnded(leg, of: call) }
        guard dialling.legs.removeValue(forKey: number) != nil else { return }
        carryOut(dialling.attempt.failed(number, .rejected(nil), at: now), of: dialling, for: call)
        drain(call)
    }

    private func bridgeEnded(_ leg: OutboundLeg, of call: Call) {
        guard let dialling = call.dialling, dialling.bridged === leg else { return }
        let talked = leg.answeredAt.map { now - $0 } ?? .zero
        forgetDialling(of: call)
        tell(call, .dialEnded(dialling.id, .ended(talked), target: leg.target))
    }
}

extension DialOutcome {
    init(_ failure: DialFailure) {
        self =
            switch failure {
            case .busy(let status): .busy(status?.code)
            case .noAnswer(let status): .noAnswer(status?.code)
            case .rejected(let status): .rejected(status?.code)
            case .unreachable(let status): .unreachable(status?.code)
            }
    }
}
