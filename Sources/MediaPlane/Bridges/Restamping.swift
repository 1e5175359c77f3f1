import RTP

/// One source's sequence numbers and time stamps as numbers of ours: each moved by a fixed distance. So a loss stays a loss, a pause
/// stays a pause and what was overtaken can be put back in its place, as behind a translator (RFC 3550 §7.1), while the line that we
/// send goes on where it stood, whoever spoke before.
///
/// ```
///  source   7001  7002    –   7004   key   key  7007  │ another SSRC   55    56
///  ours      310   311    –    313     (dropped) 314  │               315   316
/// ```
struct Restamping {
    /// RFC 3550 A.1: further ahead is no loss and further back no reordering; the sender has started again.
    private static let maxDropout = 3_000
    private static let maxMisorder = 100

    /// Nil: the next packet goes on where our own line stands.
    private var source: SSRC?
    private var sequenceOffset: UInt16 = 0
    private var timestampOffset: UInt32 = 0
    /// Packets before this one have no numbers of ours.
    private var first = SequenceNumber(0)
    private var newest = SequenceNumber(0)

    /// What a packet bears as ours.
    struct Stamp: Equatable {
        var sequence: SequenceNumber
        var timestamp: RTPTimestamp
        var marker: Bool
        /// Nothing after it has come yet: our line goes on behind it.
        var isNewest: Bool
    }

    /// Something of ours is sent in between, or nothing at all: what comes later is attached anew.
    mutating func interrupt() { source = nil }

    /// Stamps one packet; nil when its place in our line has passed for good. `sequence` and `timestamp` are what our own next packet
    /// would bear.
    mutating func stamp(_ header: RTPHeader, sequence: SequenceNumber, timestamp: RTPTimestamp) -> Stamp? {
        let distance = newest.distance(to: header.sequence)
        guard source == header.ssrc, (-Self.maxMisorder...Self.maxDropout).contains(distance) else {
            source = header.ssrc
            sequenceOffset = sequence.rawValue &- header.sequence.rawValue
            timestampOffset = timestamp.rawValue &- header.timestamp.rawValue
            first = header.sequence
            newest = header.sequence
            // RFC 3551 §4.1: a receiver may set its delay right here; nothing that it heard before goes on.
            return Stamp(sequence: sequence, timestamp: timestamp, marker: true, isNewest: true)
        }
        if distance > 0 { newest = header.sequence }
        guard first.distance(to: header.sequence) >= 0 else { return nil }
        return Stamp(
            sequence: SequenceNumber(header.sequence.rawValue &+ sequenceOffset),
            timestamp: RTPTimestamp(header.timestamp.rawValue &+ timestampOffset), marker: header.marker, isNewest: distance > 0)
    }

    /// A packet that is not sent on: its number is closed up, so that nobody takes it for lost. Those before it that are still on
    /// their way have no place any more.
    mutating func skip(_ header: RTPHeader) {
        let distance = newest.distance(to: header.sequence)
        guard source == header.ssrc, distance > 0, distance <= Self.maxDropout else { return }
        sequenceOffset &-= 1
        newest = header.sequence
        first = header.sequence.advanced(by: 1)
    }
}
