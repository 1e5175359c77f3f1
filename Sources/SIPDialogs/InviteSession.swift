import SIP
import SIPTransactions
import Timing

/// One call between its INVITE and its end.
///
/// ```
///  callee:  INVITE -> offered -- accept --> established -- hangUp, after the ACK --> ending -- BYE answered --> gone
///                        |  CANCEL, reject, BYE            | BYE from the peer, no ACK in 64*T1, no refresh
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

    /// The last provisional response, which is given again now and then so that no proxy gives up (RFC 3261 §13.3.1.1).
    struct Provisional: Sendable {
        let status: StatusCode
        /// nil for a reliable one: a new one takes its place (RFC 3262 §3).
        let bytes: [UInt8]?
        var next: MonotonicTime
    }

    /// Whether the caller's INVITE asks for reliable provisional responses.
    enum Reliability: Hashable, Sendable { case unknown, supported, required }

    /// Our wish to take back an INVITE.
    enum Cancellation: Sendable {
        case none
        /// A CANCEL may not go out before a provisional response has come (RFC 3261 §9.1); these are its headers.
        case wanted([(String, String)])
        case sent(giveUp: MonotonicTime)
    }

    /// A 2xx that waits until a reliable provisional, or the offer in a PRACK, is settled.
    struct DelayedAnswer: Sendable {
        let body: Body?
        let headers: [(String, String)]
    }

    var phase: Phase
    /// We made the Call-ID, which decides who waits longer after a glare (RFC 3261 §14.1).
    let ownsCallID: Bool
    /// The call's dialog; as caller before the answer the first early one.
    var main: CallDialog?
    /// As caller before the answer: the other early dialogs.
    var forks: [CallDialog] = []
    /// The escaped user of our Contact, the same in all that refreshes the target; nil: none.
    var contactUser: String?
    /// The INVITE or re-INVITE that waits for our final answer.
    var pendingInvite: ServerHandle?
    /// Sequence number of that INVITE and whether it had no offer.
    var pendingSequence: UInt32 = 0
    var pendingIsLateOffer = false
    /// The Contact of a re-INVITE, which becomes the remote target when it is accepted.
    var pendingTarget: SIPURI?
    /// What our 2xx says of session timers.
    var pendingTimer = SessionTimerAnswer.unlimited
    var provisional: Provisional?
    var reliability = Reliability.unknown
    var reliable: ReliableProvisional?
    /// The waiting reliable provisional, as sent.
    var reliableBytes: [UInt8] = []
    var delayedAnswer: DelayedAnswer?
    var unacknowledged: UnacknowledgedAnswer?
    /// Headers of a BYE that waits for the ACK of our 2xx (RFC 3261 §15).
    var delayedBye: [(String, String)]?

    /// As caller: our INVITE, or a re-INVITE of ours under way.
    var outgoingInvite: ClientTransactionKey?
    var hasProvisionalResponse = false
    var cancellation = Cancellation.none
    /// As caller: sequence number of the INVITE whose 2xx waits for `acknowledge`.
    var unacknowledgedSequence: UInt32?

    /// The answer to our re-INVITE that a reliable provisional response brought.
    var earlyAnswer: Body?
    /// The session description that we gave last and that counts: a refresh by re-INVITE repeats it.
    var description: Body?
    var timer: SessionTimer?
    /// The greatest Min-SE that anybody asked for in this call, in seconds; nil when nobody did (RFC 4028 §7.4).
    var leastInterval: Int?
    /// A re-INVITE or UPDATE of ours that waits for its next try.
    var retry: Retry?
    /// How often the present change was put off so.
    var attempts = 0

    init(phase: Phase, dialog: CallDialog?) {
        self.phase = phase
        main = dialog
        ownsCallID = phase == .calling
    }

    var dialog: Dialog? {
        get { main?.dialog }
        set { if let newValue { main?.dialog = newValue } }
    }

    /// All dialogs of the call.
    var dialogs: [CallDialog] { (main.map { [$0] } ?? []) + forks }

    /// The dialog with the peer's tag; setting nil drops it, and another takes the place of the main one.
    subscript(tag: String) -> CallDialog? {
        _read {
            if main?.dialog.identifier.remoteTag == tag {
                yield main
            } else {
                yield forks.first { $0.dialog.identifier.remoteTag == tag }
            }
        }
        _modify {
            if main?.dialog.identifier.remoteTag == tag {
                yield &main
                if main == nil, !forks.isEmpty { main = forks.removeFirst() }
            } else {
                let index = forks.firstIndex { $0.dialog.identifier.remoteTag == tag }
                var branch = index.map { forks[$0] }
                yield &branch
                switch (index, branch) {
                case (let index?, let branch?): forks[index] = branch
                case (let index?, nil): forks.remove(at: index)
                case (nil, let branch?): if main == nil { main = branch } else { forks.append(branch) }
                case (nil, nil): break
                }
            }
        }
    }

    /// Nothing of ours or the peer's is under way that would collide with an offer or a refresh of ours.
    var isQuiet: Bool {
        outgoingInvite == nil && pendingInvite == nil && unacknowledged == nil && unacknowledgedSequence == nil && delayedBye == nil
            && main?.outgoingUpdate == nil && main?.pendingUpdate == nil && main?.offers == .settled
    }

    var nextDeadline: MonotonicTime? {
        var soonest: MonotonicTime?
        func consider(_ time: MonotonicTime?) {
            guard let time else { return }
            soonest = soonest.map { min($0, time) } ?? time
        }
        consider(provisional?.next)
        consider(reliable?.nextDeadline)
        consider(unacknowledged.map { min($0.next, $0.deadline) })
        if case .sent(let giveUp) = cancellation { consider(giveUp) }
        if phase == .established { consider(timer?.nextDeadline) }
        consider(retry?.time)
        return soonest
    }
}
