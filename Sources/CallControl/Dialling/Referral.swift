import SIP
import SIPDialogs
import SIPEvents

/// A REFER to us, from the moment it is taken until its sender has heard how it ended.
///
/// ```
///  placing ──2xx──► taken over: whoever was referred to has the referrer's place; his old dialog ends once he knows
///     └──3xx-6xx, no way──► nothing has changed
/// ```
/// Confined to the switchboard's event loop, hence `@unchecked Sendable`.
final class Referral: @unchecked Sendable {
    /// Whose place is to be taken.
    enum Party {
        case call(Call)
        /// Somebody whom a `dial` step has reached.
        case leg(OutboundLeg)
        /// Nobody's: whoever is called begins a scenario (a REFER outside of any call).
        case newcomer
    }

    let id: UInt64
    let party: Party
    /// The dialog that the REFER came in; nil outside of a call.
    let referrer: CallHandle?
    var subscription: ReferSubscription
    /// The call to whoever is referred to.
    var attempt: OutboundLeg?
    /// No outcome is known yet.
    var isOpen = true
    /// The referrer hung up without waiting for the outcome, as many telephones do. His place is kept until it is known.
    var referrerLeft = false

    init(id: UInt64, party: Party, referrer: CallHandle?, subscription: ReferSubscription) {
        self.id = id
        self.party = party
        self.referrer = referrer
        self.subscription = subscription
    }
}
