import Credentials
import Findings
import Logging
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
        case .progressed, .answered, .failed, .reinviteAnswered: break  // of calls that we place; there are none yet
        }
    }

    private func invited(_ handle: CallHandle, _ invite: IncomingInvite) {
        count { $0.invited += 1 }
        let decision = settings.routing.decide(invite.message, requestURI: invite.requestURI)
        let dialled = decision.dialled
        let caller = invite.from.uri.user ?? ""
        guard let match = decision.match else {
            log.info("no route", metadata: ["dialled": "\(dialled)", "caller": "\(caller)", "reason": "\(decision.refusal)"])
            return refuse(handle, .notFound)
        }
        guard let scenario = scenarios[match.route.scenario] else {
            log.error("no scenario", metadata: ["dialled": "\(dialled)", "scenario": "\(match.route.scenario)"])
            return refuse(handle, .notFound)
        }
        if let offer = invite.body {
            do {
                try CallMedia.check(offer, address: settings.mediaAddress)
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
        let identity = settings.routing.assertedCaller(invite.message, peerIsTrusted: settings.trusts(invite.flow.remote.host))?.name ?? ""
        let facts = CallFacts(
            caller: caller, called: dialled.name, callID: invite.callID, identity: identity, startedAt: UnixTime.now().seconds)
        let run = ScenarioRun(scenario: scenario, in: scenarios, inputs: inputs, call: facts)
        let call = Call(
            handle: handle, callID: invite.callID, caller: caller, identity: identity, dialled: dialled, offer: invite.body, run: run,
            scenarioName: scenario.name,
            at: now)
        calls[handle] = call
        limitCalls()
        log.debug(
            "call", metadata: ["id": "\(invite.callID)", "caller": "\(caller)", "dialled": "\(dialled)", "scenario": "\(scenario.name)"])
        enter(call) { [now] run, commands in run.start(at: now, into: &commands) }
    }

    private func refuse(_ handle: CallHandle, _ status: StatusCode, reason: String? = nil, headers: [(String, String)] = []) {
        count { $0.refused += 1 }
        signal { [now] in $0.reject(handle, status: status, reason: reason, headers: headers, at: now, into: &$1) }
    }

    private func acknowledged(_ handle: CallHandle, _ body: Body?) {
        guard let call = calls[handle], !call.isOver else { return }
        let isFirst: Bool
        if case .answered(acknowledged: false) = call.phase { isFirst = true } else { isFirst = false }
        call.phase = .answered(acknowledged: true)
        guard call.media?.awaitsAnswer == true else { return }
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
    }

    private func reinvited(_ handle: CallHandle, _ body: Body?) {
        guard let call = calls[handle], !call.isOver, call.media != nil else {
            return signal { [now] in $0.answerReinvite(handle, status: .noSuchCall, body: nil, headers: [], at: now, into: &$1) }
        }
        do {
            let reply = try body.map { offer throws(MediaRefusal) in try call.media?.answer(offer) } ?? call.media?.offer()
            signal { [now] in $0.answerReinvite(handle, status: .ok, body: reply ?? nil, headers: [], at: now, into: &$1) }
        } catch {
            // RFC 3261 §14.2: a refused change leaves the session as it was.
            signal { [now] in $0.answerReinvite(handle, status: error.status, body: nil, headers: error.headers, at: now, into: &$1) }
        }
    }

    private func gone(_ handle: CallHandle, _ reason: String) {
        guard let call = calls[handle] else { return }
        if call.endReason.isEmpty { call.endReason = reason }
        call.phase = .over
        tell(call, .hungUp)
    }

    private func probed(_ handle: CallHandle, alive: Bool) {
        guard let call = calls[handle], !call.isOver else { return }
        call.isProbing = false
        guard !alive else { return }
        log.info("call released: neither media nor signalling answer", metadata: ["id": "\(call.callID)"])
        call.endReason = "dead: no media, no answer to OPTIONS"
        leave(call, headers: [("Reason", "Q.850;cause=27;text=\"Destination out of order\"")], refusal: .requestTimeout)
        tell(call, .hungUp)
    }
}
