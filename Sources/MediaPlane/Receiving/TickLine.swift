import RTP

/// A stream's time line in ticks of 8 kHz, whose own clock is a multiple of that: 48 kHz for Opus (RFC 7587 §4.1), 16 kHz for L16.
///
/// Thirty-two bits of the fast clock do not wrap where as many of the slow one do, so the line is followed over the wraps.
struct TickLine {
    private var newest: Int64?

    /// `scale`: ticks of the stream's clock in one of ours.
    mutating func ticks(of timestamp: RTPTimestamp, scale: Int) -> RTPTimestamp {
        let unwrapped: Int64
        if let newest {
            unwrapped = newest + Int64(RTPTimestamp(UInt32(truncatingIfNeeded: newest)).distance(to: timestamp))
        } else {
            // Far from zero, so that what came before it is a number too.
            unwrapped = 1 << 34 + Int64(timestamp.rawValue)
        }
        newest = max(newest ?? unwrapped, unwrapped)
        return RTPTimestamp(UInt32(truncatingIfNeeded: unwrapped / Int64(max(scale, 1))))
    }
}
