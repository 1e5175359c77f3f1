extension ToneDetector {
    /// A key that is down, and how long.
    struct Held: Sendable {
        let pair: KeyPair
        let offset: Int
        /// Squares of the amplitudes that the two tones have when they are fully there.
        private let power: SIMD2<Float>
        /// Where the key ended, as far as is known.
        private(set) var end: Int
        /// Looks that were missing since the tones were last there, in parts of a look.
        private var missing: Float = 0

        /// Between the interruption of 10 ms that must not split a key and the pause of 40 ms that must (Q.24), in looks.
        private static let longestGap: Float = 22 / 5

        init(pair: KeyPair, offset: Int, end: Int, power: SIMD2<Float>) {
            self.pair = pair
            self.offset = offset
            self.end = end
            self.power = power
        }

        var key: Character { pair.key }

        /// Whether this look, whose window ends at `position`, is the one that shows the key to be released.
        mutating func isReleased(_ look: KeySpectrum.Look, at position: Int) -> Bool {
            let ratio = min(look.power[pair.low] / power.x, look.power[pair.high] / power.y)
            let part = min(ratio.squareRoot(), 1)
            // Windows add up to one, so the share of the tone in one is its length there; the high-pass comes after the sound.
            let share = Int(part * Float(KeySpectrum.step))
            if part >= 0.7 {
                missing = 0
                end = position - KeySpectrum.step - KeySpectrum.step / 2 + share - KeySpectrum.delay
            } else {
                missing += 1 - part
                end += share
            }
            return missing >= Self.longestGap
        }
    }
}
