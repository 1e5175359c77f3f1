import Glibc

/// Makes tones as linear samples, with 5 ms ramps at their ends so that they do not click. Not for the packet path: it allocates.
package enum ToneGenerator {
    private static let rampMilliseconds = 5
    /// Ten minutes: more than any tone is asked for.
    private static let longest = 600_000

    /// A tone's turns repeated for `milliseconds`, or one turn when nil. `rate` in hertz.
    package static func samples(
        _ tone: CallTone, plan: CallTone.Plan = .european, rate: Int = AudioFrame.rate, milliseconds: Int? = nil
    ) -> [Int16] {
        let cadence = tone.cadence(plan)
        guard let milliseconds else { return cadence.flatMap { samples($0, rate: rate, ramps: !tone.isContinuous(plan)) } }
        let asked = min(max(milliseconds, 0), longest)
        if tone.isContinuous(plan), var segment = cadence.first {
            segment.milliseconds = asked
            return samples(segment, rate: rate)
        }
        var result: [Int16] = []
        var rest = asked
        while rest > 0 {
            for var segment in cadence where rest > 0 {
                segment.milliseconds = min(segment.milliseconds, rest)
                rest -= segment.milliseconds
                result += samples(segment, rate: rate)
            }
            // What sounds once leaves silence for the rest of the time.
            if tone.isOnce {
                result += samples(.init([], milliseconds: rest), rate: rate)
                rest = 0
            }
        }
        return result
    }

    /// A DTMF key (ITU-T Q.23) of `milliseconds`; nil for what is no key. The upper tone is 2 dB louder, as is usual (Q.24).
    package static func samples(digit: Character, rate: Int = AudioFrame.rate, milliseconds: Int = 100) -> [Int16]? {
        guard let (low, high) = frequencies(of: digit) else { return nil }
        let lower = samples(.init([low], level: -14, milliseconds: milliseconds), rate: rate)
        let upper = samples(.init([high], level: -12, milliseconds: milliseconds), rate: rate)
        return zip(lower, upper).map { $0 &+ $1 }
    }

    /// The two frequencies of a key, in hertz.
    package static func frequencies(of digit: Character) -> (low: Double, high: Double)? {
        let rows = [697.0, 770, 852, 941]
        let columns = [1_209.0, 1_336, 1_477, 1_633]
        let keys: [Character] = ["1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "*", "0", "#", "D"]
        // Not through uppercased(): of some letters that is more than one character.
        guard let index = keys.firstIndex(where: { $0 == digit || $0.lowercased() == String(digit) }) else { return nil }
        return (rows[index / 4], columns[index % 4])
    }

    /// One segment. `ramps` false for a piece that is repeated without a pause.
    package static func samples(_ segment: CallTone.Segment, rate: Int = AudioFrame.rate, ramps: Bool = true) -> [Int16] {
        guard rate > 0, rate <= 192_000, segment.milliseconds > 0, segment.level < 60, segment.frequencies.allSatisfy(\.isFinite)
        else { return [] }
        let count = min(segment.milliseconds, longest) * rate / 1_000
        let ramp = ramps ? min(rampMilliseconds * rate / 1_000, count / 2) : 0
        let amplitude = Decibels.amplitude(ofSine: segment.level)
        return (0..<count).map { index in
            var value = 0.0
            for frequency in segment.frequencies { value += sin(2 * .pi * frequency * Double(index) / Double(rate)) }
            let edge = min(index, count - 1 - index)
            // Raised cosine: no corner at either end of the ramp.
            let window = edge < ramp ? 0.5 - 0.5 * cos(.pi * (Double(edge) + 0.5) / Double(ramp)) : 1
            return Int16(min(max((value * amplitude * window).rounded(), -32_768), 32_767))
        }
    }
}
