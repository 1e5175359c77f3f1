import SIP
import SIPDialogs
import Timing

/// What stands before the switchboard: room for one more call, then who is asking. Whatever is refused here makes no state.
///
/// A class, as the switchboard and its user agent both work with it; confined to their event loop like both.
final class CallGate: RequestGate, @unchecked Sendable {
    var admission: AdmissionControl
    /// Calls that stand.
    var calls = 0
    /// Whether a draining server still takes a call for this Request-URI.
    var isExempt: (SIPURI) -> Bool = { _ in false }
    /// Who is asking; nil where everybody who gets through to us may.
    var identity: (any RequestGate)?
    /// Told of each refusal.
    var refused: (AdmissionControl.Reason, SIPMethod, Flow) -> Void = { _, _, _ in }

    init(admission: AdmissionControl) {
        self.admission = admission
    }

    func judge(_ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime) -> GateJudgement {
        // Who may not ask at all learns nothing of our state.
        let judgement = identity?.judge(message, envelope, from: flow, at: now) ?? .pass(identity: nil)
        guard case .pass = judgement else { return judgement }
        let verdict: AdmissionControl.Verdict
        switch envelope.cseq.method {
        case .options: verdict = admission.condition(calls: calls, at: now)
        case .invite:
            let uri = admission.isDraining ? try? message.requestURI() : nil
            verdict = admission.admit(calls: calls, isExempt: uri.map(isExempt) ?? false, at: now)
        default: return judgement
        }
        guard case .refused(let seconds, let reason) = verdict else { return judgement }
        refused(reason, envelope.cseq.method, flow)
        return .refuse(.serviceUnavailable, [("Retry-After", String(seconds))])
    }
}
