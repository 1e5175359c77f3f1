import Glibc

/// One row and one column of the keypad, as lanes of a look: 0...3 and 4...7.
struct KeyPair: Equatable, Sendable {
    var low: Int
    var high: Int

    init(low: Int, high: Int) {
        self.low = low
        self.high = high
    }

    /// The strongest of each group.
    init(strongestOf power: SIMD8<Float>) {
        low = 0
        high = 4
        for lane in 1..<4 {
            if power[lane] > power[low] { low = lane }
            if power[4 + lane] > power[high] { high = 4 + lane }
        }
    }

    /// nil when the strongest of each group do not hold most of the energy, or differ more than any telephone makes them.
    init?(strongestIn look: KeySpectrum.Look) {
        guard look.energy > 0 else { return nil }
        self.init(strongestOf: look.power)
        let (lower, upper) = (look.power[low], look.power[high])
        // -48 dBm0; 14 dB either way, since the edge of a tone tells little of its level.
        guard lower > 90 * 90, upper > 90 * 90, lower + upper > 0.6 * look.energy, upper < 25 * lower, lower < 25 * upper else {
            return nil
        }
    }

    var key: Character {
        switch (low, high) {
        case (0, 4): "1"
        case (0, 5): "2"
        case (0, 6): "3"
        case (0, _): "A"
        case (1, 4): "4"
        case (1, 5): "5"
        case (1, 6): "6"
        case (1, _): "B"
        case (2, 4): "7"
        case (2, 5): "8"
        case (2, 6): "9"
        case (2, _): "C"
        case (_, 4): "*"
        case (_, 5): "0"
        case (_, 6): "#"
        default: "D"
        }
    }
}

extension ToneDetector {
    /// Looks in a row that each might belong to a key.
    struct Candidate: Sendable {
        /// The middle of the look before the first: the tone's edge, which did not pass.
        let offset: Int
        private let edge: SIMD8<Float>
        private let before: SIMD8<Float>
        private(set) var looks = 0
        var isSuspected = false
        /// Since the last look that passed.
        private var misses = 0
        private var stretches = 0
        private var power: SIMD8<Float> = .zero
        private var turnCosine: SIMD8<Float> = .zero
        private var turnSine: SIMD8<Float> = .zero
        private var amplitudes: Float = 0
        private var energies: Float = 0
        private var total: Float = 0
        /// The amplitudes of the edge and of the two looks after it.
        private var early: SIMD4<Float> = .zero

        /// `offset`: the middle of the first look. `edge` and `before`: the powers of the looks 5 and 15 ms before it.
        init(offset: Int, edge: SIMD8<Float>, before: SIMD8<Float>) {
            self.offset = offset - KeySpectrum.step
            self.edge = edge
            self.before = before
        }

        mutating func add(_ look: KeySpectrum.Look, _ pair: KeyPair) {
            let energy = look.power[pair.low] + look.power[pair.high]
            let amplitude = energy.squareRoot()
            if looks == 0 {
                let before = edge[pair.low] + edge[pair.high]
                early = SIMD4(before.squareRoot(), amplitude, 0, 0)
                amplitudes = early.x
                energies = before
            }
            if looks == 1 { early.z = amplitude }
            looks += 1
            misses = 0
            amplitudes += amplitude
            energies += energy
            total += look.energy
            power += look.power
            turnCosine += look.turnCosine
            turnSine += look.turnSine
        }

        /// A look that did not pass: an edge, with a part of the tone in it. False when it is one more than an interruption (Q.24: 10 ms, seen
        /// in three looks).
        mutating func miss(_ look: KeySpectrum.Look) -> Bool {
            let pair = pair
            let energy = look.power[pair.low] + look.power[pair.high]
            // Not what is louder than the tone: that is something else.
            if looks > 0, energy * Float(looks) < energies {
                amplitudes += energy.squareRoot()
                energies += energy
            }
            misses += 1
            return misses <= 3
        }

        /// Samples of tone up to now. Windows add up to one, so the sum of the amplitudes over their height is a length; the height is taken
        /// as the mean weighted by the amplitudes themselves, so edges count little. That adds 1.5 ms for an edge.
        var duration: Float { energies > 0 ? Float(KeySpectrum.step) * amplitudes * amplitudes / energies : 0 }

        /// Where the tone began, from how much of it the first looks had.
        var onset: Int {
            guard energies > 0, amplitudes > 0 else { return offset }
            let height = energies / amplitudes
            let later = looks > 1 ? early.z : height
            let share = (min(early.x, height) + min(early.y, height) + min(later, height)) / height
            return offset + 100 - KeySpectrum.delay - Int(Float(KeySpectrum.step) * share)
        }

        /// The first of the samples to be fitted: 2 ms after the onset at first, so that a key of 33 ms has them all; later when those did not fit.
        mutating func nextStretch() -> Int {
            defer { stretches += 1 }
            return onset + 16 + stretches * KeySpectrum.step
        }

        /// Whether both tones of the strongest pair began together and at once, as no two notes do: 15 ms before they were 6 dB weaker.
        var isAbrupt: Bool {
            let pair = pair
            let share = 0.25 / Float(max(looks, 1))
            return before[pair.low] < power[pair.low] * share && before[pair.high] < power[pair.high] * share
        }

        /// The strongest pair's frequencies in hertz, by how fast the phases turn; nil when they are not a key's, or when too much is heard
        /// above 600 Hz beside them. Speech seldom gets beyond this.
        func hertz(of pair: KeyPair) -> SIMD2<Float>? {
            guard power[pair.low] + power[pair.high] > 0.75 * total else { return nil }
            var result = SIMD2(Float(KeySpectrum.frequencies[pair.low]), Float(KeySpectrum.frequencies[pair.high]))
            for index in 0..<2 {
                let lane = index == 0 ? pair.low : pair.high
                // 200 looks a second.
                let move = atan2f(turnSine[lane], turnCosine[lane]) * Float(200 / (2 * Double.pi))
                guard abs(move) < KeyFit.tolerance(lane) + 6 else { return nil }
                result[index] += move
            }
            return result
        }

        var pair: KeyPair { KeyPair(strongestOf: power) }
    }
}
