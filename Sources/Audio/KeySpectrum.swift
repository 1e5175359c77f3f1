import Glibc

/// The strength of the eight DTMF frequencies (ITU-T Q.23) every 5 ms, as eight correlations over 10 ms: Goertzel's question, asked
/// of all eight at once. The Hann window lets dial tones and the other group through at -31 dB and less, and windows that overlap by
/// half add up to one, so a tone's length can be read off the sum of its strengths. Before that a high-pass takes dial tones away.
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

    /// The last two steps of sound after the high-pass.
    private var filtered = InlineArray<80, Float>(repeating: 0)
    private var highPass = HighPass()
    private var lastCosine: SIMD8<Float> = .zero
    private var lastSine: SIMD8<Float> = .zero

    /// Takes samples number `fill` to `fill + count - 1` of the step that comes to its end with the next look.
    mutating func take(_ samples: UnsafePointer<Int16>, count: Int, at fill: Int) {
        guard fill >= 0, count >= 0, fill + count <= Self.step else { return }
        for index in 0..<count { filtered[unchecked: Self.step + fill + index] = Float(samples[index]) }
    }

    /// Ends a step.
    mutating func look() -> Look {
        let tables = Self.tables
        for index in stride(from: Self.step, to: Self.window, by: 4) {
            let sound = SIMD4(
                filtered[unchecked: index], filtered[unchecked: index + 1], filtered[unchecked: index + 2], filtered[unchecked: index + 3])
            let passed = highPass.pass(sound, tables.highPass)
            filtered[unchecked: index] = passed.x
            filtered[unchecked: index + 1] = passed.y
            filtered[unchecked: index + 2] = passed.z
            filtered[unchecked: index + 3] = passed.w
        }
        var energy: Float = 0
        var cosine = SIMD8<Float>.zero
        var sine = SIMD8<Float>.zero
        // Cosines are even about the middle of the window and sines odd: half of the products.
        for index in 0..<Self.step {
            let later = filtered[unchecked: Self.step + index]
            let earlier = filtered[unchecked: Self.step - 1 - index]
            energy += tables.window[index] * (later * later + earlier * earlier)
            cosine += tables.cosine[index] * (later + earlier)
            sine += tables.sine[index] * (later - earlier)
        }
        for index in 0..<Self.step { filtered[unchecked: index] = filtered[unchecked: Self.step + index] }
        var result = Look()
        // The sum of the window is half its length.
        result.energy = energy * 2 / Float(Self.step)
        result.power = cosine * cosine + sine * sine
        // The last look turned by one step at the nominal frequency is what this one would be.
        let expectedCosine = lastCosine * tables.stepCosine - lastSine * tables.stepSine
        let expectedSine = lastCosine * tables.stepSine + lastSine * tables.stepCosine
        result.turnCosine = cosine * expectedCosine + sine * expectedSine
        result.turnSine = sine * expectedCosine - cosine * expectedSine
        (lastCosine, lastSine) = (cosine, sine)
        return result
    }

    /// Written once, before anyone sees it, and never freed.
    private struct Tables {
        /// The later half of the window, alone and times cosine and minus sine of each frequency, scaled so that a sine gives its amplitude.
        let cosine: UnsafePointer<SIMD8<Float>>
        let sine: UnsafePointer<SIMD8<Float>>
        let window: UnsafePointer<Float>
        let stepCosine: SIMD8<Float>
        let stepSine: SIMD8<Float>
        let highPass = HighPass.Response()

        init() {
            let length = KeySpectrum.step
            let cosine = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: length)
            let sine = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: length)
            let window = UnsafeMutablePointer<Float>.allocate(capacity: length)
            func lanes(_ value: (Double) -> Double) -> SIMD8<Float> {
                var result = SIMD8<Float>.zero
                for (lane, frequency) in KeySpectrum.frequencies.enumerated() { result[lane] = Float(value(2 * .pi * frequency / 8_000)) }
                return result
            }
            for index in 0..<length {
                let time = Double(index) + 0.5
                let weight = 0.5 + 0.5 * cos(.pi * time / Double(length))
                let scale = 2 * weight / Double(length)
                (cosine + index).initialize(to: lanes { scale * cos($0 * time) })
                (sine + index).initialize(to: lanes { -scale * sin($0 * time) })
                (window + index).initialize(to: Float(weight))
            }
            self.cosine = UnsafePointer(cosine)
            self.sine = UnsafePointer(sine)
            self.window = UnsafePointer(window)
            stepCosine = lanes { cos($0 * Double(length)) }
            stepSine = lanes { sin($0 * Double(length)) }
        }
    }
    nonisolated(unsafe) private static let tables = Tables()
}
