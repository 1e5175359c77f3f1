import Audio

/// What a recording works with beside its blocks: made with the order, on the control side, and used by the media thread alone from then on.
final class RecordingMemory: @unchecked Sendable {
    /// The longest packet that is laid down, and the longest gap that is made up, in ms; what is missing beyond is silence.
    static let longest = 200

    /// Samples a second of the file.
    let rate: Int
    /// What came before others that belong before it.
    var hold = PacketHold()
    /// Goes on from the sound before a gap, and backwards from the sound after it.
    var concealment: PacketLossConcealment
    var backward: PacketLossConcealment
    /// For a stream of another rate than the file.
    var doubler = RateDoubler()
    var halver = RateHalver()

    /// Samples that each of the following holds.
    let capacity: Int
    /// A packet's sound, as it was decoded, and at the file's rate.
    let decoded: UnsafeMutablePointer<Int16>
    let fitted: UnsafeMutablePointer<Int16>
    /// What is made up for a gap.
    let fill: UnsafeMutablePointer<Int16>
    /// The sound after a gap; as long as the concealment looks back.
    let after: UnsafeMutablePointer<Int16>
    let reversed: UnsafeMutablePointer<Int16>
    /// 30 ms for the concealment to learn the background from.
    let background: UnsafeMutablePointer<Int16>
    let silence: UnsafeMutablePointer<Int16>

    /// `rate` in samples a second.
    init(rate: Int) {
        self.rate = rate
        concealment = PacketLossConcealment(rate: rate)
        backward = PacketLossConcealment(rate: rate)
        capacity = Self.longest * max(rate, 16_000) / 1_000
        decoded = Self.samples(capacity)
        fitted = Self.samples(capacity)
        fill = Self.samples(capacity)
        after = Self.samples(capacity)
        reversed = Self.samples(capacity)
        background = Self.samples(capacity)
        silence = Self.samples(capacity)
    }

    deinit {
        for place in [decoded, fitted, fill, after, reversed, background, silence] { place.deallocate() }
    }

    private static func samples(_ capacity: Int) -> UnsafeMutablePointer<Int16> {
        let place = UnsafeMutablePointer<Int16>.allocate(capacity: capacity)
        place.initialize(repeating: 0, count: capacity)
        return place
    }
}
