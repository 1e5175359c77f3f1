/// Puts the packets of a live stream into the order of their sequence numbers for `BurstGapStatistics`: what is older than the newest 48 to
/// 64 is settled, since nothing that comes so late is played. No allocation, and the statistics, which have left the caches by then, are
/// touched with every 16th packet only.
package struct LossPattern: Sendable {
    private static let width = 64
    /// RFC 3550 A.1: a jump of more than this many is a sender that started anew, and no loss.
    private static let longestJump = 3_000

    private var statistics = BurstGapStatistics()
    private var newest: SequenceNumber?
    /// Bit n: newest - n came, or came and was thrown away.
    private var came: UInt64 = 0
    private var discarded: UInt64 = 0
    /// So many of the lowest bits belong to the present source.
    private var filled = 0

    package init() {}

    /// A packet came, whether or not it will be played.
    package mutating func arrived(_ sequence: SequenceNumber) {
        guard let newest else { return begin(at: sequence) }
        let step = newest.distance(to: sequence)
        if step > Self.longestJump || step < -Self.longestJump {
            settleAll()
            begin(at: sequence)
        } else if step > 0 {
            advance(by: step)
            self.newest = sequence
            came |= 1
        } else if -step < filled {
            came |= 1 << UInt64(-step)
        }
    }

    /// A packet that came was thrown away, since its time had passed.
    package mutating func discard(_ sequence: SequenceNumber) {
        guard let newest else { return }
        let back = sequence.distance(to: newest)
        if back >= 0, back < filled { discarded |= 1 << UInt64(back) }
    }

    /// Another source starts: what is known of the old one is settled.
    package mutating func restart() {
        settleAll()
        newest = nil
        filled = 0
    }

    /// With the newest packets as if nothing more came.
    package var settled: BurstGapStatistics {
        var copy = self
        copy.settleAll()
        return copy.statistics
    }

    private mutating func begin(at sequence: SequenceNumber) {
        newest = sequence
        came = 1
        discarded = 0
        filled = 1
    }

    private mutating func advance(by step: Int) {
        for _ in 0..<step {
            if filled == Self.width { settle(oldest: Self.width / 4) }
            filled += 1
            came <<= 1
            discarded <<= 1
        }
    }

    private mutating func settle(oldest count: Int) {
        for bit in stride(from: filled - 1, through: filled - count, by: -1) { statistics.note(outcome(at: bit)) }
        filled -= count
    }

    private mutating func settleAll() {
        settle(oldest: filled)
        came = 0
        discarded = 0
    }

    private func outcome(at bit: Int) -> BurstGapStatistics.Outcome {
        let mask: UInt64 = 1 << UInt64(bit)
        if discarded & mask != 0 { return .discarded }
        return came & mask != 0 ? .received : .lost
    }
}
