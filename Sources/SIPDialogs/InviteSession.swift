import SIP
import SIPTransactions
import Timing

/// One call between its INVITE and its end.
///
/// ```
///  callee:  INVITE -> offered -- accept --> established -- hangUp, after the ACK --> ending -- BYE answered --> gone
///                        |  CANCEL, reject, BYE            | BYE from the peer, no ACK in 64*T1
///                        +--> gone                         +--> gone
///  caller:  invite -> calling -- 2xx --> established ...
///                        |  3xx-6xx, time-out, hangUp (CANCEL)
///                        +--> gone
/// ```
struct InviteSession: Sendable {
    enum Phase: Hashable, Sendable {
        /// As callee: the INVITE waits for our final answer.
        case offered
        /// As caller: no final answer yet.
        case calling
        /// A 2xx went out or came in.
        case established
        /// Our BYE is on its way.
        case ending
    }

    /// A 2xx of ours that is repeated until its ACK comes, over any transport (RFC 3261 §13.3.1.4).
    struct UnacknowledgedAnswer: Sendable {
        let sequence: UInt32
        let bytes: [UInt8]
        let flow: Flow
        /// The INVITE had no offer, so the ACK carries the answer to ours.
        let carriesOffer: Bool
        var interval: Duration
        var next: MonotonicTime
        let deadline: MonotonicTime
    }

    /// The last provisional response, repeated each minute (RFC 3261 §13.3.1.1).
    struct Provisional: Sendable {
        let bytes: [UInt8]
        var next: MonotonicTime
    }

    /// Our wish to take back an INVITE.
    enum Cancellation: Sendable {
        case none
        /// A CANCEL may not go out before a provisional response has come (RFC 3261 §9.1).
        case wanted
        case sent(giveUp: MonotonicTime)
    }

    var phase: Phase
    /// nil for a caller that has no answer yet.
    var dialog: Dialog?
    /// The INVITE or re-INVITE that waits for our final answer.
    var pendingInvite: ServerTransactionKey?
    /// Sequence number of that INVITE and whether it had no offer.
    var pendingSequence: UInt32 = 0
    var pendingIsLateOffer = false
    /// The Contact of a re-INVITE, which becomes the remote target when it is accepted.
    var pendingTarget: SIPURI?
    var provisional: Provisional?
    var unacknowledged: UnacknowledgedAnswer?
    /// Headers of a BYE that waits for the ACK of our 2xx (RFC 3261 §15).
    var delayedBye: [(String, String)]?

    /// As caller: our INVITE, or a re-INVITE of ours under way.
    var outgoingInvite: ClientTransactionKey?
    var hasProvisionalResponse = false
    var cancellation = Cancellation.none
    /// As caller: sequence number of the INVITE whose 2xx waits for `acknowledge`.
    var unacknowledgedSequence: UInt32?

    init(phase: Phase, dialog: Dialog?) {
        self.phase = phase
        self.dialog = dialog
    }

    var nextDeadline: MonotonicTime? {
        var soonest: MonotonicTime?
        func consider(_ time: MonotonicTime) { soonest = soonest.map { min($0, time) } ?? time }
        if let provisional { consider(provisional.next) }
        if let unacknowledged { consider(min(unacknowledged.next, unacknowledged.deadline)) }
        if case .sent(let giveUp) = cancellation { consider(giveUp) }
        return soonest
    }
}
