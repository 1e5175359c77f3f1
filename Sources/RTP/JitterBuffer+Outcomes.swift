extension JitterBuffer {
    /// What became of a packet.
    package enum Insertion: Equatable, Sendable {
        case accepted
        case duplicate
        /// Its time has passed and later audio has been played.
        case late
        /// Empty, too long, or too far ahead of what plays.
        case overflow
        /// The time line starts anew with this packet.
        case resynchronised

        /// Whether the packet came in vain (RFC 3611 §4.7.1: too late or too early to be played); one that came twice did not.
        package var isDiscard: Bool { self == .late || self == .overflow }
    }

    /// What `playout` did with the next samples.
    package enum Playout: Equatable, Sendable {
        /// So many bytes were written. `joined`: samples before them were skipped, so the seam wants smoothing.
        case audio(Int, joined: Bool)
        /// So many samples are to be concealed (`PacketLossConcealment.conceal`); nothing was written.
        case missing(Int)
        /// So many samples of silence: nothing plays. Nothing was written, and concealment need not hear of it.
        case idle(Int)

        package var count: Int {
            switch self {
            case .audio(let count, _), .missing(let count), .idle(let count): count
            }
        }
    }

    package struct Statistics: Equatable, Sendable {
        package var accepted = 0
        package var duplicates = 0
        package var late = 0
        package var overflows = 0
        package var resynchronisations = 0
        /// Samples handed out as missing, those that made the delay longer included.
        package var concealedSamples = 0
        /// Samples by which the delay was made shorter or longer while audio played.
        package var skippedSamples = 0
        package var heldSamples = 0
    }
}
