import SIP
import SIPTransactions

/// One dialog of a call, and what is under way in it.
///
/// A callee has one. A caller has one for each To tag that a provisional response brought (RFC 3261 §12.1.2), until a 2xx makes
/// one of them the call's and the others are dropped (§13.2.2.4).
struct CallDialog: Sendable {
    var dialog: Dialog
    var offers: OfferState
    /// The peer's latest Allow names UPDATE.
    var peerAllowsUpdate = false

    /// As caller: the RSeq of the latest reliable provisional taken in order.
    var lastReliable: UInt32?
    /// As caller: a reliable provisional with an offer, whose PRACK will carry our answer.
    var unanswered: ProvisionalAcknowledgement?

    /// An UPDATE with an offer, or a PRACK with one, that waits for our answer.
    var pendingUpdate: PendingUpdate?

    /// Our UPDATE under way.
    var outgoingUpdate: ClientTransactionKey?

    init(_ dialog: Dialog, offers: OfferState) {
        self.dialog = dialog
        self.offers = offers
    }

    /// Takes the number of a reliable provisional; false for a copy and for one that came too early (RFC 3262 §4).
    mutating func take(reliable number: UInt32) -> Bool {
        if let lastReliable, number != lastReliable &+ 1 { return false }
        lastReliable = number
        return true
    }

    /// Notes what the peer tells of itself.
    mutating func note(_ message: SIPMessage) {
        if message.has(.allow) { peerAllowsUpdate = message.lists(SIPMethod.update.name, in: .allow) }
    }
}

/// An UPDATE or PRACK that waits for our answer.
struct PendingUpdate: Sendable {
    let transaction: ServerHandle
    /// Its Contact, which becomes the remote target when it is accepted.
    let target: SIPURI?
    /// What our answer says of session timers; nil before the call is answered, and for a PRACK.
    let timer: SessionTimerAnswer?
}
