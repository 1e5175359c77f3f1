import Logging
import MediaPlane
import SIP
import SIPDialogs
import Scenarios

/// What somebody who is called has to say before he answers: the tones and announcements of his own network (RFC 3960 §3). The first of
/// several who is heard is the one who is heard. He does not hear the caller: nobody has answered.
extension Switchboard {
    func hearEarly(_ leg: OutboundLeg, _ progress: CallProgress, _ dialling: Dialling, _ call: Call) {
        guard let body = progress.body, !progress.wantsAnswer, dialling.early == nil || dialling.early === leg,
            // Of the branches of a fork the first, until one answers.
            leg.earlyBranch == nil || leg.earlyBranch == progress.branch,
            // To whom there is no way yet, nothing can be passed on.
            call.media != nil || call.offer != nil, case .calling = leg.phase
        else { return }
        do throws(MediaRefusal) {
            guard try leg.media.preview(body) else { return }
        } catch {
            return log.info("early media not understood", metadata: ["target": "\(leg.target)", "reason": "\(error.reason)"])
        }
        leg.earlyBranch = progress.branch
        guard dialling.early == nil else { return }
        dialling.early = leg
        // The run stops its ring-back or music, and opens the way to a caller who is not answered yet.
        tell(call, .dialSound(dialling.id, isHeard: true))
    }

    /// After the run has heard of it.
    func joinEarlyIfDue(_ dialling: Dialling, _ session: any MediaSessionOrders) {
        guard let leg = dialling.early, !dialling.hearsEarly else { return }
        dialling.hearsEarly = true
        session.bridge(to: leg.media.session, passDigits: false)
        session.mute(true)
    }

    /// What is heard of him comes from nobody any more, and others may be heard.
    func silence(_ leg: OutboundLeg, _ dialling: Dialling, _ call: Call) {
        leg.earlyBranch = nil
        endEarlySound(of: leg, dialling, call)
        drain(call)
    }

    /// He is heard no more: gone, or asked to confirm that a person is there.
    func endEarlySound(of leg: OutboundLeg, _ dialling: Dialling, _ call: Call) {
        guard dialling.early === leg, !dialling.isJoined else { return }
        dialling.early = nil
        if dialling.hearsEarly { call.media?.session.unbridge() }
        dialling.hearsEarly = false
        if dialling.bridged == nil { call.pendingEvents.append(.dialSound(dialling.id, isHeard: false)) }
    }
}
