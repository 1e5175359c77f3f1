/// Who sends on a stream, as the describing party sees it (RFC 3264 §5.1).
package enum MediaDirection: String, Sendable, CaseIterable {
    case sendReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive

    package init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendReceive : .sendOnly) : (receives ? .receiveOnly : .inactive)
    }

    /// The direction that an attribute names. Every attribute of a description is asked: to compare with four short names takes far less
    /// than the search that `init(rawValue:)` makes.
    init?(attribute name: String) {
        if name == "sendrecv" {
            self = .sendReceive
        } else if name == "sendonly" {
            self = .sendOnly
        } else if name == "recvonly" {
            self = .receiveOnly
        } else if name == "inactive" {
            self = .inactive
        } else {
            return nil
        }
    }

    package var sends: Bool { self == .sendReceive || self == .sendOnly }
    package var receives: Bool { self == .sendReceive || self == .receiveOnly }

    /// The same stream as the other party describes it.
    package var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }
}
