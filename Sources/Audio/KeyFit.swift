/// The last question before a key is believed: do two steady sines, at a key's frequencies and levels, explain these samples?
struct KeyFit: Sendable {
    let pair: KeyPair
    /// Squares of the amplitudes of the lower and the upper tone.
    let power: SIMD2<Float>

    /// Hertz either side: Q.24's 1.5 % and 2 Hz, and 3 Hz for what noise does to the estimate. 3.5 % is another 9 Hz away, at least.
    static func tolerance(_ lane: Int) -> Float { Float(KeySpectrum.frequencies[lane]) * 0.015 + 5 }

    /// The part of the tones' energy that may be something else: noise at 12 dB is 0.063 of it, and varies.
    static let impurity: Float = 0.16

    /// What is less than this need not be looked at: the quantisation of G.711, an echo, a tone that overloads the coder.
    static let harmless: Float = 0.03
    /// The part of the rest that one more sine may explain. Of white noise the strongest of some 100 is 5 % on average and hardly ever 12 %;
    /// voices and instruments have partials.
    static let strongest: Float = 0.15

    /// nil when it is no key. `estimate` in hertz, right within some 5 Hz. `folded`: `SineFit.length` numbers, the sums of samples at equal distance from the middle of the stretch, from
    /// the inside out, and then their differences.
    init?(pair: KeyPair, hertz estimate: SIMD2<Float>, folded: UnsafePointer<Float>) {
        let odd = folded + SineFit.length / 2
        let nominal = SIMD2(Float(KeySpectrum.frequencies[pair.low]), Float(KeySpectrum.frequencies[pair.high]))
        guard let fit = Self.explanation(estimate, folded, odd) else { return nil }
        self.pair = pair
        power = SIMD2(fit.powers.x, fit.powers.y)
        let hertz = fit.hertz
        guard abs(hertz.x - nominal.x) <= Self.tolerance(pair.low), abs(hertz.y - nominal.y) <= Self.tolerance(pair.high) else {
            return nil
        }
        // Q.24: the upper tone up to 4 dB stronger or 8 dB weaker; 2 dB more are allowed for.
        guard power.y <= power.x * 3.98, power.y >= power.x * 0.1 else { return nil }
        // -45 dBm0 each; Q.24 wants -25, and nothing at -55.
        guard min(power.x, power.y) >= 128 * 128 else { return nil }
    }

    /// The tones alone, or with a dial tone beside them: 350 and 440 Hz as in North America, or one of 400 to 450 Hz (E.180 §5).
    private static func explanation(_ tones: SIMD2<Float>, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>) -> SineFit? {
        var alone = SineFit(hertz: SIMD4(tones.x, tones.y, 0, 0), count: 2)
        guard alone.fit(even: even, odd: odd, rounds: 2) else { return nil }
        if isPure(alone, even, odd) { return alone }
        var european = SineFit(hertz: SIMD4(tones.x, tones.y, 425, 0), count: 3)
        if european.fit(even: even, odd: odd, rounds: 3), isPure(european, even, odd), abs(european.hertz.z - 425) < 32 { return european }
        var american = SineFit(hertz: SIMD4(tones.x, tones.y, 350, 440), count: 4)
        if american.fit(even: even, odd: odd, rounds: 3), isPure(american, even, odd), abs(american.hertz.z - 350) < 9,
            abs(american.hertz.w - 440) < 9
        {
            return american
        }
        return nil
    }

    /// Whether what the sines leave over is little, and noise.
    private static func isPure(_ fit: SineFit, _ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>) -> Bool {
        let tones = fit.powers.x + fit.powers.y
        guard fit.residue <= impurity * tones else { return false }
        return fit.residue <= harmless * tones || fit.strongestRest(even: even, odd: odd) <= strongest * fit.residue
    }
}
