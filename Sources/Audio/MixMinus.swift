/// What each of many hears of all the others: everybody's sound is added up once, and his own taken out again.
///
/// ```
///  voice 0 ─┬─► + ─┐                ┌─ minus 0 ─► limit ─► hears 1 2
///  voice 1 ─┼─► + ─┤ sum (32 bits) ─┼─ minus 1 ─► limit ─► hears 0 2
///  voice 2 ─┴─► + ─┘                └────────────► limit ─► a listener hears 0 1 2
/// ```
/// The sum is exact, so that nothing of oneself is left in what one hears: 65,536 voices at full scale fit into 32 bits. Only what
/// leaves is limited to 16 bits. Frames are of 20 ms at 8 kHz. All memory is taken by the initialiser.
package struct MixMinus: ~Copyable, @unchecked Sendable {
    /// Voices that can be taken out again.
    package let capacity: Int
    /// Voices of this frame so far.
    package private(set) var count = 0
    private let sum: UnsafeMutablePointer<Int32>
    private let voices: UnsafeMutablePointer<Int16>

    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        sum = .allocate(capacity: AudioFrame.samples)
        sum.initialize(repeating: 0, count: AudioFrame.samples)
        // One more than are ever counted: `place` is always there to write to.
        voices = .allocate(capacity: (self.capacity + 1) * AudioFrame.samples)
        voices.initialize(repeating: 0, count: (self.capacity + 1) * AudioFrame.samples)
    }

    deinit {
        sum.deallocate()
        voices.deallocate()
    }

    /// Starts the next frame: silence, and nobody in it.
    package mutating func begin() {
        count = 0
        sum.update(repeating: 0, count: AudioFrame.samples)
    }

    /// Room for one frame: what stands here when `addVoice` is called becomes the next voice.
    package var place: UnsafeMutablePointer<Int16> { voices + count * AudioFrame.samples }

    /// Adds the frame at `place`. Gives the number by which it is taken out again; nil, and nothing added, when all are taken.
    package mutating func addVoice() -> Int? {
        guard count < capacity else { return nil }
        add(UnsafePointer(place), count: AudioFrame.samples)
        count += 1
        return count - 1
    }

    /// Adds sound that is nobody's own and stays in what everybody hears; at most one frame.
    package func add(_ samples: UnsafePointer<Int16>, count: Int) {
        for index in 0..<min(max(count, 0), AudioFrame.samples) { sum[index] &+= Int32(samples[index]) }
    }

    /// What somebody hears who is no voice.
    package func everybody(into samples: UnsafeMutablePointer<Int16>) {
        for index in 0..<AudioFrame.samples { samples[index] = Self.limited(sum[index]) }
    }

    /// What the one hears whose voice has this number; a number that was not given out hears everybody.
    package func everybody(but voice: Int, into samples: UnsafeMutablePointer<Int16>) {
        guard voice >= 0, voice < count else { return everybody(into: samples) }
        let own = UnsafePointer(voices + voice * AudioFrame.samples)
        for index in 0..<AudioFrame.samples { samples[index] = Self.limited(sum[index] &- Int32(own[index])) }
    }

    private static func limited(_ value: Int32) -> Int16 {
        Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
}
