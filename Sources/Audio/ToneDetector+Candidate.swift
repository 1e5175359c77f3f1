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
        /// The middle of the first look.
        let offset: Int
        private(set) var looks = 0
        var isSuspected = false
        /// Since the last look that passed.
        private var misses = 0
        private var power: SIMD8<Float> = .zero
        private var turnCosine: SIMD8<Float> = .zero
        private var turnSine: SIMD8<Float> = .zero
        private var amplitudes: Float = 0
        private var energies: Float = 0
        private var first: Float = 0
        private var second: Float = 0

        init(offset: Int) {
            self.offset = offset
        }

        mutating func add(_ look: KeySpectrum.Look, _ pair: KeyPair) {
            let energy = look.power[pair.low] + look.power[pair.high]
            let amplitude = energy.squareRoot()
            if looks == 0 { first = amplitude }
            if looks == 1 { second = amplitude }
            looks += 1
            misses = 0
            amplitudes += amplitude
            energies += energy
            power += look.power
            turnCosine += look.turnCosine
            turnSine += look.turnSine
        }

        /// A look did not pass; true when that is more than an interruption (Q.24: 10 ms, seen in three looks).
        mutating func isLost() -> Bool {
            misses += 1
            return misses > 3
        }

        /// Samples of tone up to now. Windows add up to one, so the sum of the amplitudes over their height is a length; the height is taken
        /// as the mean weighted by the amplitudes themselves, so edges count little. That adds 1.5 ms for an edge.
        var duration: Float { energies > 0 ? Float(KeySpectrum.step) * amplitudes * amplitudes / energies : 0 }

        /// Where the tone began, from how much of it the first two looks had.
        var onset: Int {
            guard amplitudes > 0 else { return offset }
            let height = energies / amplitudes
            let early = min((first + (looks > 1 ? second : height)) / height, 2)
            return offset + 60 - KeySpectrum.delay - Int(Float(KeySpectrum.step) * early)
        }

        /// Whether the strongest pair's phases turn as those of its frequencies do, roughly. Speech seldom gets beyond this.
        func mayBeSteady(_ pair: KeyPair) -> Bool {
            for lane in [pair.low, pair.high] {
                // 200 looks a second.
                let hertz = atan2f(turnSine[lane], turnCosine[lane]) * Float(200 / (2 * Double.pi))
                if abs(hertz) > KeyFit.tolerance(lane) + 6 { return false }
            }
            return true
        }

        var pair: KeyPair { KeyPair(strongestOf: power) }
    }
}
