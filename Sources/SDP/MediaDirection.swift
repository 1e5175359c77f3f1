/// Who sends on a stream, as the describing party sees it (RFC 3264 §5.1).
package enum MediaDirection: String, Sendable, CaseIterable {
    case sendReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive

    package init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendReceive : .sendOnly) : (receives ? .receiveOnly : .inactive)
    }

    package var sends: Bool { self == .sendReceive || self == .sendOnly }
    package var receives: Bool { self == .sendReceive || self == .receiveOnly }

    /// The same stream as the other party describes it.
    package var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }
}
