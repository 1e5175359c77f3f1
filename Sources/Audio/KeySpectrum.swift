import Glibc

/// The strength of the eight DTMF frequencies (ITU-T Q.23) every 5 ms, as eight correlations over 10 ms: Goertzel's question, asked
/// of all eight at once. The Hann window lets dial tones and the other group through at -31 dB and less, and windows that overlap by
/// half add up to one, so a tone's length can be read off the sum of its strengths.
///
/// Before that a high-pass of fourth order takes dial tones away: zeros at 205 and 440 Hz, -35 dB below 460 Hz, ±0.3 dB from 680 Hz on.
struct KeySpectrum: Sendable {
    /// Samples between two looks.
    static let step = 40
    static let window = 2 * step
    /// Hertz: the low group, then the high group.
    static let frequencies: [Double] = [697, 770, 852, 941, 1_209, 1_336, 1_477, 1_633]
    /// Samples by which the high-pass delays the tones: between 1 for 1,633 Hz and 14 for 697 Hz.
    static let delay = 6

    /// What was heard in one window.
    struct Look: Sendable {
        /// The square of each frequency's amplitude, in 16-bit units.
        var power: SIMD8<Float> = .zero
        /// The square of the amplitude that one sine with the energy of all that is heard above 600 Hz would have.
        var energy: Float = 0
        /// How the phases moved since the look before, beyond what the nominal frequency moves: power times the cosine and the sine.
        var turnCosine: SIMD8<Float> = .zero
        var turnSine: SIMD8<Float> = .zero
    }

    /// Below this energy nothing is looked for: -55 dBm0.
    private static let silence: Float = 40 * 40

    private var filtered = InlineArray<80, Float>(repeating: 0)
    // The four memories of the high-pass, transposed direct form.
    private var s1: Float = 0
    private var s2: Float = 0
    private var s3: Float = 0
    private var s4: Float = 0
    private var lastCosine: SIMD8<Float> = .zero
    private var lastSine: SIMD8<Float> = .zero

    /// The next `step` samples, read at `sample(0)` to `sample(step - 1)`.
    mutating func look(_ samples: UnsafePointer<Int16>) -> Look {
        var older: Float = 0
        var newer: Float = 0
        let tables = Self.tables
        for index in 0..<Self.step {
            let moved = filtered[Self.step + index]
            filtered[index] = moved
            older += moved * moved * tables.window[index]
        }
        for index in 0..<Self.step {
            let value = highPass(Float(samples[index]))
            filtered[Self.step + index] = value
            newer += value * value * tables.window[Self.step + index]
        }
        var result = Look()
        // The sum of the window is half its length.
        result.energy = (older + newer) * 2 / Float(Self.step)
        guard result.energy >= Self.silence else {
            (lastCosine, lastSine) = (.zero, .zero)
            return result
        }
        var cosine = SIMD8<Float>.zero
        var sine = SIMD8<Float>.zero
        for index in 0..<Self.window {
            let value = filtered[index]
            cosine += tables.cosine[index] * value
            sine += tables.sine[index] * value
        }
        result.power = cosine * cosine + sine * sine
        // The last look turned by one step at the nominal frequency is what this one would be.
        let expectedCosine = lastCosine * tables.stepCosine - lastSine * tables.stepSine
        let expectedSine = lastCosine * tables.stepSine + lastSine * tables.stepCosine
        result.turnCosine = cosine * expectedCosine + sine * expectedSine
        result.turnSine = sine * expectedCosine - cosine * expectedSine
        (lastCosine, lastSine) = (cosine, sine)
        return result
    }

    private mutating func highPass(_ value: Float) -> Float {
        let first = value * 0.51849740 + s1
        s1 = value * -1.02374923 + first * 1.01812039 + s2
        s2 = value * 0.51849740 - first * 0.37954501
        let second = first + s3
        s3 = first * -1.88261190 + second * 1.64641583 + s4
        s4 = first - second * 0.88834013
        return second
    }

    /// Written once, before anyone sees it, and never freed.
    private struct Tables {
        /// The windows times cosine and minus sine of each frequency, scaled so that a sine gives its amplitude.
        let cosine: UnsafePointer<SIMD8<Float>>
        let sine: UnsafePointer<SIMD8<Float>>
        let window: UnsafePointer<Float>
        let stepCosine: SIMD8<Float>
        let stepSine: SIMD8<Float>

        init() {
            let length = KeySpectrum.window
            let cosine = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: length)
            let sine = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: length)
            let window = UnsafeMutablePointer<Float>.allocate(capacity: length)
            func lanes(_ value: (Double) -> Double) -> SIMD8<Float> {
                var result = SIMD8<Float>.zero
                for (lane, frequency) in KeySpectrum.frequencies.enumerated() { result[lane] = Float(value(2 * .pi * frequency / 8_000)) }
                return result
            }
            for index in 0..<length {
                let weight = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(length))
                let scale = 2 * weight / Double(KeySpectrum.step)
                (cosine + index).initialize(to: lanes { scale * cos($0 * Double(index)) })
                (sine + index).initialize(to: lanes { -scale * sin($0 * Double(index)) })
                (window + index).initialize(to: Float(weight))
            }
            self.cosine = UnsafePointer(cosine)
            self.sine = UnsafePointer(sine)
            self.window = UnsafePointer(window)
            stepCosine = lanes { cos($0 * Double(KeySpectrum.step)) }
            stepSine = lanes { sin($0 * Double(KeySpectrum.step)) }
        }
    }
    nonisolated(unsafe) private static let tables = Tables()
}
