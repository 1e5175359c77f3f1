import Glibc

/// One key as DTMF tones to send where no telephone events were negotiated, made piece by piece without allocating: the tones, and a
/// pause after them so that the next key is told apart (ITU-T Q.24: 40 ms each at least).
package struct DigitTone: Sendable {
    /// Samples of tone and of pause.
    private let sounding: Int
    private let length: Int
    private let ramp: Int
    private var written = 0
    // Each tone is a pointer on a circle, turned from sample to sample.
    private var low: Rotor
    private var high: Rotor

    private struct Rotor: Sendable {
        var cosine: Double
        var sine = 0.0
        let turnCosine: Double
        let turnSine: Double

        init(hertz: Double, rate: Int, amplitude: Double) {
            cosine = amplitude
            turnCosine = cos(2 * .pi * hertz / Double(rate))
            turnSine = sin(2 * .pi * hertz / Double(rate))
        }

        mutating func next() -> Double {
            defer { (cosine, sine) = (cosine * turnCosine - sine * turnSine, cosine * turnSine + sine * turnCosine) }
            return sine
        }
    }

    /// nil when `digit` is no key. `milliseconds` of tone (at least 40, at most ten minutes) and of `pause`; `level` in dBFS is that of the
    /// upper tone, at most -7 so that both fit; the lower is 2 dB weaker, as lines weaken the upper more. `rate` in hertz, 8,000 to 48,000.
    package init?(digit: Character, milliseconds: Int = 100, pause: Int = 100, level: Double = -12, rate: Int = AudioFrame.rate) {
        guard let (lower, upper) = ToneGenerator.frequencies(of: digit), (8_000...48_000).contains(rate), level.isFinite else { return nil }
        sounding = min(max(milliseconds, 40), 600_000) * rate / 1_000
        length = sounding + min(max(pause, 0), 600_000) * rate / 1_000
        // 2 ms: no click, and little taken from the tone.
        ramp = rate / 500
        let level = min(max(level, -60), -7)
        low = Rotor(hertz: lower, rate: rate, amplitude: Decibels.amplitude(ofSine: level - 2))
        high = Rotor(hertz: upper, rate: rate, amplitude: Decibels.amplitude(ofSine: level))
    }

    /// Samples that are not written yet, the pause included.
    package var remaining: Int { length - written }

    /// Writes the next samples, at most `count`; returns how many. Fewer than `count` only at the end.
    package mutating func write(into samples: UnsafeMutablePointer<Int16>, count: Int) -> Int {
        let part = max(min(count, remaining), 0)
        for index in 0..<part {
            let place = written + index
            guard place < sounding else {
                samples[index] = 0
                continue
            }
            let edge = min(place, sounding - 1 - place)
            let share = edge < ramp ? (Double(edge) + 0.5) / Double(ramp) : 1
            samples[index] = Int16(((low.next() + high.next()) * share).rounded())
        }
        written += part
        return part
    }
}
