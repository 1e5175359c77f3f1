import RTP

/// A telephone key that is passed on from one peer to another: all its packets bear one time stamp of ours (RFC 4733 §2.5.1.2), whatever
/// else is sent in between.
struct PassedKey {
    /// A key of which nothing was heard for so long, in ns, is no longer held.
    private static let patience: Int64 = 100_000_000
    /// No packet of the same press comes after this, in ns.
    private static let limit: Int64 = 1_000_000_000
    /// RFC 3550 A.1: older than this is another time line.
    private static let maxMisorder = 100

    private var source: SSRC?
    private var code: UInt8 = 0
    private var start = RTPTimestamp(0)
    private var newest = SequenceNumber(0)
    private var offset: UInt32 = 0
    private var time: Int64 = 0
    private var hasEnded = true

    /// Whether the peer holds it down: he says nothing else meanwhile.
    func isHeld(at now: Int64) -> Bool { !hasEnded && now - time < Self.patience }

    /// What a packet of the peer's becomes.
    struct Stamp: Equatable {
        var timestamp: RTPTimestamp
        /// A later packet of a key has gone out.
        var isOvertaken: Bool
    }

    /// Notes a packet. `next` is the time stamp that a press which begins now gets.
    mutating func stamp(_ header: RTPHeader, _ event: TelephoneEvent, next: RTPTimestamp, at now: Int64) -> Stamp {
        // RFC 4733 §2.5.1.3: a long press goes on in segments, each 65,535 after the one before it.
        let distance = start.distance(to: header.timestamp)
        let isSame =
            source == header.ssrc && code == event.code && now - time < Self.limit
            && (distance == 0 || !header.marker && !hasEnded && (0xF000...0xFFFF).contains(distance))
        let isOvertaken = source == header.ssrc && (-Self.maxMisorder..<0).contains(newest.distance(to: header.sequence))
        if isOvertaken {
            // The end of the press before this one must not be taken for a third.
            guard isSame else { return Stamp(timestamp: next, isOvertaken: true) }
        } else {
            newest = header.sequence
            start = header.timestamp
        }
        if !isSame {
            source = header.ssrc
            code = event.code
            offset = next.rawValue &- header.timestamp.rawValue
            hasEnded = false
        }
        // An end is final, even when packets are reordered.
        hasEnded = hasEnded || event.isEnd
        time = now
        return Stamp(timestamp: RTPTimestamp(header.timestamp.rawValue &+ offset), isOvertaken: isOvertaken)
    }
}
