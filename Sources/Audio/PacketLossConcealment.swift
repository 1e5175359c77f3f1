/// Fills gaps in speech with what it would have gone on with, fading to the background's noise.
///
///     sound      ~~~~~~~~~|                   |~~~~~~~~~
///     residual     [period|period|period|per..]           through the envelope of the last 30 ms
///     gain                 1 ....... 0.5 ......            to 0 in the next 60 ms, the background's noise to 1
///                                             |><|         3 ms of blend into what arrived
///
/// The last pitch period of the sound's residual (`LinearPrediction`) is repeated and filtered with the sound's own envelope, whose memory
/// makes the start of a gap seamless, in place of the quarter period of delay that ITU-T G.711 Appendix I takes. What is quite
/// periodic (tones) is held longer than speech is. Works on linear samples of any rate and knows no packets. All memory is taken by the
/// initialiser.
package struct PacketLossConcealment: ~Copyable, @unchecked Sendable {
    /// Samples that it looks back: 35 ms.
    package let memory: Int
    private let rate: Int
    /// Samples in a millisecond.
    private let millisecond: Int
    private let chunk: Int

    private var envelope: LinearPrediction
    private var match: WaveformMatch
    private var background: BackgroundNoise

    /// What was played last.
    private let past: UnsafeMutablePointer<Int16>
    /// What would come next and what did.
    private let joint: UnsafeMutablePointer<Int16>
    /// The residual of the last 20 ms.
    private let residual: UnsafeMutablePointer<Float>
    /// The envelope's memory, then the samples being made.
    private let sound: UnsafeMutablePointer<Float>
    /// What was made, faded, and how much of the background belongs to it.
    private let output: UnsafeMutablePointer<Float>
    private let weights: UnsafeMutablePointer<Float>

    private var isConcealing = false
    /// Samples made up since the gap began.
    private var made = 0
    /// Of these, those made last.
    private var latest = 0
    private var period = 1
    private var phase = 0
    /// Where the gain stands after the first 20 ms, and how long it stays there: by how periodic the sound was.
    private var floor: Float = 0.5
    private var hold = 0

    /// `rate` in Hz: 8,000 or more.
    package init(rate: Int = AudioFrame.rate) {
        let rate = min(max(rate, 8_000), 192_000)
        self.rate = rate
        millisecond = rate / 1_000
        memory = 35 * millisecond
        chunk = 20 * millisecond
        envelope = LinearPrediction(rate: rate, expansion: 0.994)
        match = WaveformMatch(rate: rate, capacity: memory)
        background = BackgroundNoise(rate: rate)
        past = .allocate(capacity: memory)
        past.initialize(repeating: 0, count: memory)
        joint = .allocate(capacity: memory)
        joint.initialize(repeating: 0, count: memory)
        residual = .allocate(capacity: chunk)
        residual.initialize(repeating: 0, count: chunk)
        sound = .allocate(capacity: LinearPrediction.highestOrder + chunk)
        sound.initialize(repeating: 0, count: LinearPrediction.highestOrder + chunk)
        output = .allocate(capacity: chunk)
        output.initialize(repeating: 0, count: chunk)
        weights = .allocate(capacity: chunk)
        weights.initialize(repeating: 0, count: chunk)
    }

    deinit {
        past.deallocate()
        joint.deallocate()
        residual.deallocate()
        sound.deallocate()
        output.deallocate()
        weights.deallocate()
    }

    /// Forgets what was played: another stream starts.
    package mutating func reset() {
        past.update(repeating: 0, count: memory)
        background.reset()
        isConcealing = false
    }

    /// Whether a gap has come to where the background is needed: the moment to `listen` to what was played before it.
    package var wantsBackground: Bool { isConcealing && made >= chunk && made < 2 * chunk }

    /// Learns the background's noise from samples that were played: any, at any time, the more the better.
    package mutating func listen(_ samples: UnsafePointer<Int16>, count: Int) {
        background.listen(samples, count: count)
    }

    /// Takes samples that arrived and are about to be played. After a gap, or when samples before them were skipped (`joined`),
    /// their beginning is blended in place with what concealment would have gone on with.
    package mutating func accept(_ samples: UnsafeMutablePointer<Int16>, count: Int, joined: Bool = false) {
        guard count > 0 else { return }
        if joined, !isConcealing { begin() }
        if isConcealing {
            // 3 ms, and more after a longer gap, whose end fits less: 10 ms after 76.
            let overlap = min(count, 3 * millisecond + min(max(made - chunk, 0) / 8, 7 * millisecond))
            make(overlap)
            for index in 0..<overlap {
                let weight = Float(index + 1) / Float(overlap + 1)
                samples[index] = Self.sample(output[index] * (1 - weight) + Float(samples[index]) * weight)
            }
            isConcealing = false
        }
        remember(samples, count)
    }

    /// How many of `samples`, the first to be played after a gap, to leave out so that the rest goes on in step with what was made up; at
    /// most `most`, 0 where nothing is to be gained. To be asked before `accept`, where time may be skipped.
    package mutating func entry(_ samples: UnsafePointer<Int16>, count: Int, most: Int) -> Int {
        let length = 5 * millisecond
        let reach = min(most, period, count - length)
        guard isConcealing, reach >= millisecond, period >= length else { return 0 }
        // What would come next is what was made one period ago.
        joint.update(from: past + (memory - period), count: length)
        (joint + length).update(from: samples, count: reach + length)
        match.load(joint, count: 2 * length + reach)
        let found = match.best(at: 0, length: length, lags: length...length + reach, forward: true, by: .shape)
        guard let found, found.similarity > 0.5 else { return 0 }
        return found.lag - length
    }

    /// Makes up `count` samples for some that did not arrive.
    package mutating func conceal(into samples: UnsafeMutablePointer<Int16>, count: Int) {
        guard count > 0 else { return }
        if !isConcealing { begin() }
        var done = 0
        while done < count {
            let part = min(count - done, chunk)
            make(part)
            for index in 0..<part { samples[done + index] = Self.sample(output[index]) }
            done += part
        }
        remember(samples, count)
    }

    // MARK: Making

    private mutating func begin() {
        isConcealing = true
        made = 0
        phase = 0
        envelope.analyse(past + (memory - envelope.window))
        match.load(past, count: memory)
        // 2.5 to 17.5 ms (57 to 400 Hz), by the last 10 ms: longer looks hear the period before the last change of pitch.
        let length = 10 * millisecond
        let found = match.best(
            at: memory - length, length: length, lags: millisecond * 5 / 2...millisecond * 35 / 2, forward: false, by: .shape)
        let similarity = found?.similarity ?? 0
        period = found?.lag ?? 10 * millisecond
        // A short period is repeated by twos: one of 2.5 ms over and over sounds of metal.
        if period < 5 * millisecond { period *= 2 }
        floor = 0.5 + 0.5 * Self.share(similarity, from: 0.95, to: 0.99)
        hold = chunk + Int(Self.share(similarity, from: 0.99, to: 0.998) * Float(2 * chunk))
        envelope.residual(of: past + (memory - chunk), count: chunk, into: residual)
        for index in 0..<LinearPrediction.highestOrder {
            sound[index] = Float(past[memory - LinearPrediction.highestOrder + index])
        }
    }

    /// Makes the next `count` samples, at most a chunk, into `output`.
    private mutating func make(_ count: Int) {
        let order = LinearPrediction.highestOrder
        let start = sound + order
        // The envelope's memory: before the gain, so kept apart from what is given out.
        if made > 0 { sound.update(from: sound + latest, count: order) }
        latest = count
        let repeated = residual + (chunk - period)
        for index in 0..<count {
            start[index] = repeated[phase]
            phase = phase + 1 < period ? phase + 1 : 0
        }
        envelope.synthesise(start, count: count)
        fade(count)
        made += count
    }

    /// Turns the sound down and the background up.
    private mutating func fade(_ count: Int) {
        let start = sound + LinearPrediction.highestOrder
        let (slope, fall) = ((1 - floor) / Float(chunk), 1 / Float(60 * millisecond))
        for index in 0..<count {
            let now = made + index
            let left = max(1 - Float(max(now - hold, 0)) * fall, 0)
            output[index] = start[index] * (1 - slope * Float(min(now, chunk))) * left
            weights[index] = (1 - left * left).squareRoot()
        }
        if made + count > hold { background.add(to: output, weights: weights, count: count) }
    }

    private static func share(_ value: Float, from low: Float, to high: Float) -> Float {
        min(max((value - low) / (high - low), 0), 1)
    }

    private mutating func remember(_ samples: UnsafePointer<Int16>, _ count: Int) {
        if count >= memory {
            past.update(from: samples + (count - memory), count: memory)
        } else {
            past.update(from: past + count, count: memory - count)
            (past + (memory - count)).update(from: samples, count: count)
        }
    }

    private static func sample(_ value: Float) -> Int16 {
        Int16(min(max(value, -32_768), 32_767))
    }
}
