import Audio
import Glibc
import Testing

/// Talkers come to one loudness, and nothing else changes.
@Suite struct AutomaticGainTests {
    /// A frame of a talker: syllables of 160 ms with pauses of 80, three seconds of speech and two of pause, over a background; dBFS.
    private static func frame(_ number: Int, speech: Double, background: Double, _ random: inout SeededGenerator) -> [Int16] {
        let speaks = number % 250 < 150 && number % 12 < 8
        return (0..<160).map { index in
            let time = Double(number * 160 + index) / 8_000
            let voice = speaks ? Decibels.amplitude(ofSine: speech) * sin(2 * .pi * 230 * time) : 0
            // Even noise of amplitude a has an effective value of a / √3, a sine of amplitude a one of a / √2.
            let noise = Decibels.amplitude(ofSine: background) * 1.5.squareRoot() * Double.random(in: -1...1, using: &random)
            return Int16(min(max(voice + noise, -32_768), 32_767))
        }
    }

    private static func gains(speech: Double, background: Double = -65, seconds: Int = 30) -> [Float] {
        var random = SeededGenerator(seed: 1)
        var automatic = AutomaticGain()
        return (0..<50 * seconds).map { number in
            automatic.follow(frame(number, speech: speech, background: background, &random), count: 160)
        }
    }

    @Test(arguments: [-32.0, -26, -19, -12, -6])
    func talkersComeToOneLoudness(level: Double) {
        let gains = Self.gains(speech: level)
        let end = Double(gains.last ?? 0)
        #expect(abs(level + end + 19) < 1, "\(level) dBFS and \(end) dB")
        // Settled, it stands still, through pauses as well.
        let settled = gains.suffix(500)
        #expect((settled.max() ?? 0) - (settled.min() ?? 0) < 0.3)
        // Never a step, at most a few decibels a second.
        for (before, after) in zip(gains, gains.dropFirst()) { #expect(after - before <= 0.061 && before - after <= 0.161) }
    }

    @Test func itIsBounded() {
        #expect(abs((Self.gains(speech: -44).last ?? 0) - 15) < 0.6)
        #expect(Self.gains(speech: -44).allSatisfy { $0 <= 15 })
        #expect(Self.gains(speech: 0).allSatisfy { $0 >= -19.5 && $0 >= -15 })
    }

    @Test(arguments: [-80.0, -60, -45, -35])
    func noBackgroundIsPulledUp(level: Double) {
        let gains = Self.gains(speech: -120, background: level)
        // Before it is known for a background it may be taken for a word.
        #expect(abs(gains.last ?? 0) < 1.5, "\(gains.last ?? 0)")
    }
}
