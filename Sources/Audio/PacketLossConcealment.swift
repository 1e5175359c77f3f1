/// Fills gaps in telephone speech in the manner of ITU-T G.711 Appendix I: the last pitch period is repeated, then the last two and
/// three, fading after 10 ms and silent after 60 ms; the first real samples after the gap are blended in.
///
/// Unlike the appendix it does not delay the audio: the start of a gap is joined by a correction that dies away instead of a blend with
/// samples already played. 8 kHz only. All memory is taken by the initialiser.
package struct PacketLossConcealment: ~Copyable, @unchecked Sendable {
    private static let shortestPitch = 40  // 200 Hz
    private static let longestPitch = 120  // 66 Hz
    private static let correlated = 160
    /// Three of the longest periods and a quarter, and the search over the longest: 390 and 280.
    private static let length = 480
    private static let fadeStart = 80
    private static let fadeEnd = 480

    /// What was played last, and a copy from the moment the gap began.
    private let history = UnsafeMutablePointer<Int16>.allocate(capacity: length)
    private let frozen = UnsafeMutablePointer<Int16>.allocate(capacity: length)
    /// That copy made smaller for the pitch search.
    private let scaled = UnsafeMutablePointer<Int16>.allocate(capacity: length)

    private var isConcealing = false
    /// Samples made up since the gap began.
    private var made = 0
    private var pitch = longestPitch
    /// Samples of the repeated piece, and of the one before it while one is blended into the other.
    private var cycle = longestPitch
    private var oldCycle = longestPitch
    private var blend = 0
    private var position = 0
    private var oldPosition = 0
    private var step: Float = 0

    package init() {
        history.initialize(repeating: 0, count: Self.length)
        frozen.initialize(repeating: 0, count: Self.length)
        scaled.initialize(repeating: 0, count: Self.length)
    }

    deinit {
        history.deallocate()
        frozen.deallocate()
        scaled.deallocate()
    }

    /// Forgets what was played: another stream starts.
    package mutating func reset() {
        history.update(repeating: 0, count: Self.length)
        isConcealing = false
    }

    /// Takes samples that arrived and are about to be played. After a gap, or when samples before them were skipped (`joined`),
    /// their beginning is blended in place with what concealment would have gone on with.
    package mutating func accept(_ samples: UnsafeMutablePointer<Int16>, count: Int, joined: Bool = false) {
        guard count > 0 else { return }
        if joined, !isConcealing { begin() }
        if isConcealing {
            // Appendix I: a quarter period, and 4 ms more for each 10 ms of gap, up to 10 ms.
            let overlap = min(count, min(pitch / 4 + made / 80 * 32, 80))
            for index in 0..<overlap {
                let weight = Float(index + 1) / Float(overlap + 1)
                let blended = next() * (1 - weight) + Float(samples[index]) * weight
                samples[index] = Self.sample(blended)
            }
            isConcealing = false
        }
        remember(samples, count)
    }

    /// Makes up `count` samples for some that did not arrive.
    package mutating func conceal(into samples: UnsafeMutablePointer<Int16>, count: Int) {
        guard count > 0 else { return }
        if !isConcealing { begin() }
        for index in 0..<count { samples[index] = Self.sample(next()) }
        remember(samples, count)
    }

    private mutating func begin() {
        frozen.update(from: history, count: Self.length)
        isConcealing = true
        made = 0
        position = 0
        blend = 0
        let found = findPitch()
        pitch = found.lag
        cycle = pitch
        // What comes next is the sample one period ago; the difference of the two ends is taken along and dies away. In noise, which has no
        // period, such a correction would be a click of its own, and the step is not heard.
        step = (Float(frozen[Self.length - 1]) - Float(frozen[Self.length - 1 - pitch])) * found.periodicity
    }

    private mutating func next() -> Float {
        defer { made += 1 }
        guard made < Self.fadeEnd else { return 0 }
        if made == Self.fadeStart || made == 2 * Self.fadeStart { lengthenCycle() }
        let quarter = pitch / 4
        var value = repeated(cycle, position)
        position = position + 1 < cycle ? position + 1 : 0
        if blend > 0 {
            let weight = Float(blend) / Float(quarter + 1)
            value = value * (1 - weight) + repeated(oldCycle, oldPosition) * weight
            oldPosition = oldPosition + 1 < oldCycle ? oldPosition + 1 : 0
            blend -= 1
        }
        if made < quarter { value += step * (1 - Float(made + 1) / Float(quarter + 1)) }
        guard made >= Self.fadeStart else { return value }
        return value * (Float(Self.fadeEnd - made) / Float(Self.fadeEnd - Self.fadeStart))
    }

    /// One period repeated for long sounds like a buzzer: after 10 and 20 ms another period is taken in.
    private mutating func lengthenCycle() {
        oldCycle = cycle
        oldPosition = position
        blend = pitch / 4
        cycle += pitch
        position %= pitch
    }

    /// The sample at `position` of the last `cycle` samples, whose end is blended with what stands before their beginning, so that the
    /// repetition has no seam.
    private func repeated(_ cycle: Int, _ position: Int) -> Float {
        let value = Float(frozen[Self.length - cycle + position])
        let quarter = pitch / 4
        let into = position - (cycle - quarter)
        guard into >= 0 else { return value }
        let weight = Float(into + 1) / Float(quarter + 1)
        return value * (1 - weight) + Float(frozen[Self.length - 2 * cycle + position]) * weight
    }

    /// The lag at which the last 20 ms look most like what came before, and how much they do: 1 when they repeat it, 0 when they have
    /// nothing in common. In whole numbers, which the compiler may add in any order and so eight at a time.
    private func findPitch() -> (lag: Int, periodicity: Float) {
        scale()
        let recent = scaled + (Self.length - Self.correlated)
        let own = Self.product(recent, recent)
        // The energy of the window before, moved along by one sample a lag.
        var energy = Self.product(recent - Self.shortestPitch, recent - Self.shortestPitch)
        var best = (lag: Self.longestPitch, score: Float(0))
        for lag in Self.shortestPitch...Self.longestPitch {
            let score = Float(Self.product(recent, recent - lag)) / Float(energy + 1).squareRoot()
            // The shorter lag keeps an equal score: a period, not a multiple of it.
            if score > best.score { best = (lag, score) }
            let (entering, leaving) = (Int32(recent[-lag - 1]), Int32(recent[Self.correlated - lag - 1]))
            energy += entering * entering - leaving * leaving
        }
        return (best.lag, min(best.score / Float(own + 1).squareRoot(), 1))
    }

    /// Shifts the history to 11 bits and a sign: 160 products of that fit into 32 bits.
    private func scale() {
        var peak: Int32 = 0
        for index in 0..<Self.length { peak = max(peak, abs(Int32(frozen[index]))) }
        let shift = Int16(max(21 - peak.leadingZeroBitCount, 0))
        for index in 0..<Self.length { scaled[index] = frozen[index] >> shift }
    }

    private static func product(_ left: UnsafeMutablePointer<Int16>, _ right: UnsafeMutablePointer<Int16>) -> Int32 {
        var sum: Int32 = 0
        for index in 0..<correlated { sum &+= Int32(left[index]) &* Int32(right[index]) }
        return sum
    }

    private func remember(_ samples: UnsafeMutablePointer<Int16>, _ count: Int) {
        if count >= Self.length {
            history.update(from: samples + (count - Self.length), count: Self.length)
        } else {
            history.update(from: history + count, count: Self.length - count)
            (history + (Self.length - count)).update(from: samples, count: count)
        }
    }

    private static func sample(_ value: Float) -> Int16 {
        Int16(min(max(value, -32_768), 32_767))
    }
}
