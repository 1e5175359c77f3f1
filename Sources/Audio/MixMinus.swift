/// What each of many hears of all the others: everybody's sound is added up once, and his own taken out again.
///
/// ```
///  voice 0 ─┬─► + ─┐                ┌─ minus 0 ─► limiter ─► hears 1 2
///  voice 1 ─┼─► + ─┤ sum (32 bits) ─┼─ minus 1 ─► limiter ─► hears 0 2
///  voice 2 ─┴─► + ─┘                └────────────► limiter ─► a listener hears 0 1 2
/// ```
/// The sum is exact, so that nothing of oneself is left in what one hears: 65,536 voices at full scale fit into 32 bits. Only what
/// leaves is brought into 16 bits, and what fits into them is not touched. All memory is taken by the initialiser.
package struct MixMinus: ~Copyable, @unchecked Sendable {
    /// Voices that can be taken out again.
    package let capacity: Int
    /// Samples of a frame.
    package let frame: Int
    /// Voices of this frame so far.
    package private(set) var count = 0
    private let sum: UnsafeMutablePointer<Int32>
    private let voices: UnsafeMutablePointer<Int16>

    /// `frame`: samples of one, 20 ms at 8 kHz where nothing else is said; at most `Limiter.longestFrame`.
    package init(capacity: Int, frame: Int = AudioFrame.samples) {
        self.capacity = max(capacity, 1)
        self.frame = min(max(frame, 1), Limiter.longestFrame)
        sum = .allocate(capacity: self.frame)
        sum.initialize(repeating: 0, count: self.frame)
        // One more than are ever counted: `place` is always there to write to.
        voices = .allocate(capacity: (self.capacity + 1) * self.frame)
        voices.initialize(repeating: 0, count: (self.capacity + 1) * self.frame)
    }

    deinit {
        sum.deallocate()
        voices.deallocate()
    }

    /// Starts the next frame: silence, and nobody in it.
    package mutating func begin() {
        count = 0
        sum.update(repeating: 0, count: frame)
    }

    /// Room for one frame: what stands here when `addVoice` is called becomes the next voice.
    package var place: UnsafeMutablePointer<Int16> { voices + count * frame }

    /// Adds the frame at `place`. Gives the number by which it is taken out again; nil, and nothing added, when all are taken.
    package mutating func addVoice() -> Int? {
        guard count < capacity else { return nil }
        add(UnsafePointer(place), count: frame)
        count += 1
        return count - 1
    }

    /// Adds sound that is nobody's own and stays in what everybody hears; at most one frame.
    package func add(_ samples: UnsafePointer<Int16>, count: Int) {
        for index in 0..<min(max(count, 0), frame) { sum[index] &+= Int32(samples[index]) }
    }

    /// What somebody hears who is no voice. `limiter` is his, or shared by all those.
    package func everybody(into samples: UnsafeMutablePointer<Int16>, _ limiter: inout Limiter) {
        // Moved up by half, what fits has its upper 16 bits clear.
        var excess: Int32 = 0
        for index in 0..<frame {
            samples[index] = Limiter.clipped(sum[index])
            excess |= sum[index] &+ 32_768
        }
        guard excess >> 16 != 0 || !limiter.isOpen else { return }
        limiter.limit(sum, count: frame, into: samples)
    }

    /// What the one hears whose voice has this number; a number that was not given out hears everybody.
    package func everybody(but voice: Int, into samples: UnsafeMutablePointer<Int16>, _ limiter: inout Limiter) {
        guard voice >= 0, voice < count else { return everybody(into: samples, &limiter) }
        let own = UnsafePointer(voices + voice * frame)
        var excess: Int32 = 0
        for index in 0..<frame {
            let rest = sum[index] &- Int32(own[index])
            samples[index] = Limiter.clipped(rest)
            excess |= rest &+ 32_768
        }
        guard excess >> 16 != 0 || !limiter.isOpen else { return }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: frame) { rest in
            guard let rest = rest.baseAddress else { return }
            for index in 0..<frame { rest[index] = sum[index] &- Int32(own[index]) }
            limiter.limit(rest, count: frame, into: samples)
        }
    }
}
