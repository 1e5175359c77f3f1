import Logging
import SIP
import Scenarios
import Voicemail

/// Callers who would leave something for which there is no room. One who is not answered yet is refused with 480, so that a proxy sends
/// him to another destination; one who is hears of it from the scenario.
extension Switchboard {
    /// What a scenario hears of a mailbox that it asks for; nil when the caller was turned away instead.
    func answer(_ status: MailboxStatus, hasRoom: Bool, to call: Call) -> ServiceAnswer {
        switch status {
        case .open:
            if !hasRoom { turnAway(call, because: "disk full") }
            return .done
        case .full:
            if settings.refusesFullMailboxes { turnAway(call, because: "mailbox full") }
            return .failed(.full)
        case .disabled: return .failed(.disabled)
        case .unknown: return .failed(.noBox)
        }
    }

    /// Does nothing to a call that is answered.
    func turnAway(_ call: Call, because reason: String) {
        guard case .invited = call.phase else { return }
        log.error("turned away", metadata: ["id": "\(call.callID)", "dialled": "\(call.dialled)", "reason": "\(reason)"])
        call.endReason = reason
        count { $0.refused += 1 }
        leave(call, headers: [], refusal: .temporarilyUnavailable)
        call.pendingEvents.append(.hungUp)
    }
}
