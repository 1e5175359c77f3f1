import Credentials
import Findings
import Logging
import SDP
import SIP
import SIPDialogs
import Scenarios

/// What the SIP side tells.
extension Switchboard {
    func handle(_ event: UserAgentEvent) {
        switch event {
        case .invited(let handle, let invite): invited(handle, invite)
        case .acknowledged(let handle, let body): acknowledged(handle, body)
        case .reinvited(let handle, let body): reinvited(handle, body)
        case .cancelled(let handle): gone(handle, "cancelled")
        case .ended(let handle, let cause): gone(handle, "\(cause)")
        case .probed(let handle, let alive): probed(handle, alive: alive)
        case .malformed(let error, let flow): log.debug("malformed message", metadata: ["from": "\(flow.remote)", "error": "\(error)"])
        case .progressed(let handle, let progress): if let leg = legs[handle] { legProgressed(leg, progress) }
        case .answered(let handle, let body, let message): answered(handle, body, message)
        case .failed(let handle, let status, _, let message): failed(handle, status, message: message)
        case .updated(let handle, let body): updated(handle, body)
        case .provisionalAcknowledged(let handle, let body): provisionalAcknowledged(handle, body)
        case .reinviteAnswered(let handle, let status, let body): reinviteAnswered(handle, status, body)
        case .refreshed(let handle, let body): refreshed(handle, body)
        case .updateAnswered: break
        case .requested(let request, let asked): requested(request, asked)
        case .responded(let request, let outcome): responded(request, outcome)
        }
    }

    private func invited(_ handle: CallHandle, _ invite: IncomingInvite) {
        count { $0.invited += 1 }
        if replace(handle, invite) { return }
        let decision = settings.routing.decide(invite.message, requestURI: invite.requestURI, from: CallSource(invite.flow))
        let dialled = decision.dialled
        let peer = decision.peer?.rules
        let who = CallerIdentity.of(
            invite.message, peerIsTrusted: peer?.isTrusted ?? settings.trusts(invite.flow.remote.host), rules: peer?.caller ?? .init())
        let caller = who.name
        guard let match = decision.match else {
            log.info("no route", metadata: ["dialled": "\(dialled)", "caller": "\(caller)", "reason": "\(decision.refusal)"])
            return refuse(handle, decision.status ?? .notFound, headers: decision.refusalHeaders(agent: settings.mediaAddress))
        }
        guard let scenario = scenarios[match.route.scenario] else {
            log.error("no scenario", metadata: ["dialled": "\(dialled)", "scenario": "\(match.route.scenario)"])
            // A fault of ours, not of the number (RFC 6432): the proxy goes to the next node.
            return refuse(handle, .serverError, headers: [("Reason", "Q.850;cause=38;text=\"Scenario missing\"")])
        }
        let capabilities = peer?.capabilities(settings.capabilities) ?? settings.capabilities
        var offer: SessionDescription?
        if let body = invite.body {
            do {
                offer = try CallMedia.check(body, address: settings.mediaAddress, capabilities: capabilities)
            } catch {
                log.info("offer refused", metadata: ["dialled": "\(dialled)", "reason": "\(error.reason)"])
                // What is wrong with a description that cannot be read only its sender can mend.
                return refuse(handle, error.status, reason: error.status == .badRequest ? error.reason : nil, headers: error.headers)
            }
        }
        let (inputs, findings) = scenario.values(
            from: match.inputs, at: SourceLocation(file: "route \(match.route.pattern)", line: 1, column: 1))
        guard !findings.hasErrors else {
            for finding in findings { log.error("\(finding)") }
            return refuse(handle, .serverError, headers: [("Reason", "Q.850;cause=38;text=\"Scenario input missing\"")])
        }
        let identity = who.proven.flatMap { settings.routing.domains.identity(of: $0) }?.name ?? invite.authenticated ?? ""
        let facts = CallFacts(
            caller: caller, called: dialled.name, callID: invite.callID, identity: identity, transport: invite.flow.transport.viaName,
            peer: invite.flow.remote.host, headers: headersRead(of: invite), startedAt: UnixTime.now().seconds)
        let run = ScenarioRun(scenario: scenario, in: scenarios, inputs: inputs, call: facts)
        let call = Call(
            handle: handle, callID: invite.callID, caller: caller, peer: invite.flow.remote.host, identity: identity, dialled: dialled,
            offer: offer, run: run,
            scenarioName: scenario.name, capabilities: capabilities, at: now)
        call.onlyMediaHost = onlyMediaHost(for: invite.flow)
        calls[handle] = call
        limitCalls()
        log.debug(
            "call", metadata: ["id": "\(invite.callID)", "caller": "\(caller)", "dialled": "\(dialled)", "scenario": "\(scenario.name)"])
        enter(call) { [now] run, commands in run.start(at: now, into: &commands) }
    }

    /// A media address that is not the signalling source is honoured from listed peers only: else anybody who may call at all could have
    /// the server send a stream to whom he likes. A password does not make a peer of a caller: it may be guessed, and telephones that have
    /// one name addresses behind their NAT, to which nothing could be sent anyway.
    func onlyMediaHost(for flow: Flow) -> String? {
        let host = flow.remote.host
        let isListed = settings.isListed(host) || settings.trusts(host) || settings.routing.peers.match(CallSource(flow)) != nil
        return isListed ? nil : host
    }

    /// A peer who has moved is guarded where he is now.
    private func guardMedia(of call: Call) {
        guard call.media?.onlyHost != nil, let flow = userAgent.flow(of: call.handle) else { return }
        call.media?.onlyHost = onlyMediaHost(for: flow)
    }

    /// The headers that any scenario asks for, and no others: what nobody reads need not be kept.
    private func headersRead(of invite: IncomingInvite) -> [String: String] {
        var headers: [String: String] = [:]
        for name in scenarios.headersRead {
            let values = invite.message.values(named: name)
            if !values.isEmpty { headers[name] = values.joined(separator: ", ") }
        }
        return headers
    }

    private func refuse(_ handle: CallHandle, _ status: StatusCode, reason: String? = nil, headers: [(String, String)] = []) {
        count { $0.refused += 1 }
        signal { [now] in $0.reject(handle, status: status, reason: reason, headers: headers, at: now, into: &$1) }
    }

    private func acknowledged(_ handle: CallHandle, _ body: Body?) {
        if let leg = legs[handle] { return acknowledged(leg, body) }
        guard let call = calls[handle], !call.isOver else { return }
        let isFirst: Bool
        if case .answered(acknowledged: false) = call.phase { isFirst = true } else { isFirst = false }
        call.phase = .answered(acknowledged: true)
        guard call.media?.awaitsAnswer == true else { return settleDirections(of: call) }
        do {
            guard let body else { throw MediaRefusal(status: .badRequest, headers: [], reason: "the ACK brought no answer to our offer") }
            try call.media?.accept(body)
        } catch {
            // RFC 3261 §13.2.2.4 leaves the side that cannot live with the answer only the BYE.
            log.info("answer in ACK refused", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
            call.endReason = "no usable answer in the ACK"
            leave(call, headers: [("Reason", "SIP;cause=488;text=\"Not Acceptable Here\"")], refusal: .notAcceptableHere)
            return tell(call, .hungUp)
        }
        if isFirst { tell(call, .answered) }
        settleDirections(of: call)
    }

    private func reinvited(_ handle: CallHandle, _ body: Body?) {
        let direction = direction(for: handle)
        if let leg = legs[handle] {
            return answerReinvite(handle, body) { offer throws(MediaRefusal) in
                try offer.map { offer throws(MediaRefusal) in try leg.media.answer(offer, as: direction) } ?? leg.media.offer(as: direction)
            }
        }
        guard let call = calls[handle], !call.isOver, call.media != nil else {
            return signal { [now] in $0.answerReinvite(handle, status: .noSuchCall, body: nil, headers: [], at: now, into: &$1) }
        }
        guardMedia(of: call)
        answerReinvite(handle, body) { offer throws(MediaRefusal) in
            try offer.map { offer throws(MediaRefusal) in try call.media?.answer(offer, as: direction) } ?? call.media?.offer(as: direction)
        }
    }

    private func answerReinvite(_ handle: CallHandle, _ body: Body?, _ answer: (Body?) throws(MediaRefusal) -> Body?) {
        do {
            let reply = try answer(body)
            signal { [now] in $0.answerReinvite(handle, status: .ok, body: reply, headers: [], at: now, into: &$1) }
            passHold(of: handle)
        } catch {
            // RFC 3261 §14.2: a refused change leaves the session as it was.
            signal { [now] in $0.answerReinvite(handle, status: error.status, body: nil, headers: error.headers, at: now, into: &$1) }
        }
    }

    /// An offer in an UPDATE or PRACK, before or after the answer (RFC 3311 §5.2, RFC 3262 §5).
    private func updated(_ handle: CallHandle, _ offer: Body) {
        do {
            let reply: Body?
            let direction = direction(for: handle)
            if let leg = legs[handle] {
                reply = try leg.media.answer(offer, as: direction)
            } else {
                guard let call = calls[handle], !call.isOver else {
                    return signal { [now] in $0.answerUpdate(handle, status: .noSuchCall, at: now, into: &$1) }
                }
                // Before the answer there need not be media yet: what is offered now is what will be answered.
                guard call.media != nil else {
                    return signal { [now] in $0.answerUpdate(handle, status: .serverError, at: now, into: &$1) }
                }
                guardMedia(of: call)
                reply = try call.media?.answer(offer, as: direction)
            }
            signal { [now] in $0.answerUpdate(handle, status: .ok, body: reply, at: now, into: &$1) }
            passHold(of: handle)
        } catch {
            signal { [now] in $0.answerUpdate(handle, status: error.status, headers: error.headers, at: now, into: &$1) }
        }
    }

    /// The answer to an offer of ours in a reliable provisional response comes in its PRACK (RFC 3262 §5).
    private func provisionalAcknowledged(_ handle: CallHandle, _ body: Body?) {
        guard let call = calls[handle], !call.isOver, let body, call.media?.awaitsAnswer == true else { return }
        do {
            try call.media?.accept(body)
        } catch {
            log.info("answer in PRACK refused", metadata: ["id": "\(call.callID)", "reason": "\(error.reason)"])
        }
    }

    /// The other side has left; also said once it is sure that nobody comes in his place.
    func gone(_ handle: CallHandle, _ reason: String) {
        if referrerLeft(handle) { return }
        if let leg = legs[handle] { return ended(leg) }
        guard let call = calls[handle] else { return }
        if call.endReason.isEmpty { call.endReason = reason }
        call.phase = .over
        tell(call, .hungUp)
    }

    private func probed(_ handle: CallHandle, alive: Bool) {
        if let leg = legs[handle] {
            leg.isProbing = false
            guard !alive else { return }
            drop(leg)
            return ended(leg)
        }
        guard let call = calls[handle], !call.isOver else { return }
        call.isProbing = false
        guard !alive else { return }
        log.info("call released: neither media nor signalling answer", metadata: ["id": "\(call.callID)"])
        call.endReason = "dead: no media, no answer to OPTIONS"
        leave(call, headers: [("Reason", "Q.850;cause=27;text=\"Destination out of order\"")], refusal: .requestTimeout)
        tell(call, .hungUp)
    }
}
