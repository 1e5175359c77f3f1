import Credentials
import Findings
import Logging
import SIP
import SIPDialogs
import Scenarios
import Timing

/// Why a call into a scenario was not placed.
package struct OriginateRefusal: Error, CustomStringConvertible {
    package let description: String
}

/// Calls that the server places to begin a scenario with whoever answers.
extension Switchboard {
    /// Calls `target` under the rules for calls out. `whenSettled` is told once: nil when the scenario began, else the status that
    /// refused. Throws when the call is not even tried for a reason that a person can mend.
    package func originate(
        _ target: String, scenario name: String, inputs: [String: String], dialled: DialledIdentity? = nil,
        headers: [(String, String)] = [], part: [UInt8]? = nil, at now: MonotonicTime,
        whenSettled: @escaping @Sendable (StatusCode?) -> Void
    ) throws(OriginateRefusal) {
        self.now = now
        guard let scenario = scenarios[name] else { throw OriginateRefusal(description: "there is no scenario `\(name)`") }
        let (_, findings) = scenario.values(from: inputs, at: SourceLocation(file: "originate", line: 1, column: 1))
        guard !findings.hasErrors else {
            throw OriginateRefusal(description: findings.map(\.message).joined(separator: "; "))
        }
        guard settings.dialOut.policy.targets.contains(where: { $0.matches(target) }) else {
            throw OriginateRefusal(description: "\(DialOutPolicy.Refusal.notListed(target))")
        }
        let origination = Origination(scenario: name, inputs: inputs, dialled: dialled, whenSettled: whenSettled)
        callOut(target, as: .originate(origination), caller: nil, headers: headers, part: part) { result in
            if case .failure(let refusal) = result { whenSettled(refusal.failure.status ?? .serviceUnavailable) }
        }
    }

    /// Whoever was called answers: from here on it is a call like any other, in the scenario.
    func begin(_ origination: Origination, with leg: OutboundLeg) {
        guard let scenario = scenarios[origination.scenario] else { return drop(leg) }
        let (inputs, _) = scenario.values(
            from: origination.inputs, at: SourceLocation(file: "originate", line: 1, column: 1))
        legs[leg.handle] = nil
        legsBySession[leg.media.session.id] = nil
        // Its place among the calls out is given back when the call settles.
        let user = (try? SIPURI.parse(leg.target))?.user ?? ""
        let dialled = origination.dialled ?? DialledIdentity(name: user, domain: settings.routing.defaultDomain)
        let callID = "originated-\(leg.handle)"
        let facts = CallFacts(caller: user, called: dialled.name, callID: callID, startedAt: UnixTime.now().seconds)
        let run = ScenarioRun(scenario: scenario, in: scenarios, inputs: inputs, call: facts)
        let call = Call(
            handle: leg.handle, callID: callID, caller: user, identity: "", dialled: dialled, offer: nil, run: run,
            scenarioName: scenario.name, at: now)
        call.phase = Call.Phase.answered(acknowledged: true)
        call.answeredAt = now
        call.media = leg.media
        call.placedAt = now
        deadlines.set(now + settings.dialOut.policy.longest, for: .longest(call.handle))
        calls[leg.handle] = call
        limitCalls()
        callsBySession[leg.media.session.id] = call
        count { $0.answered += 1 }
        origination.whenSettled(nil)
        enter(call) { [now] run, commands in run.start(at: now, into: &commands) }
    }
}
