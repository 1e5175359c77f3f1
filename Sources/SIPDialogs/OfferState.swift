/// Whose offer is open in a dialog (RFC 3264 §4, RFC 3261 §13.2.1): each end may offer only where none is.
///
/// ```
///                    INVITE with an offer            reliable 1xx, 2xx: the answer
///   ours, theirs <------------------------ (start) .............................> settled
///                    INVITE without one               PRACK, ACK: the answer         |  ^
///        none    <------------------------ (start)                                   |  | 2xx; a refusal leaves
///          | reliable 1xx or 2xx: the offer                                          v  | all as it was
///          +------> ours, theirs                  UPDATE, re-INVITE, PRACK: ours, theirs
/// ```
/// An unreliable 1xx may show the answer before it is given, and so changes nothing here.
enum OfferState: Hashable, Sendable, CaseIterable {
    /// The INVITE had no offer: the callee owes one.
    case none
    /// Ours waits for its answer.
    case ours
    /// Theirs waits for ours.
    case theirs
    /// Nothing is open.
    case settled
}
