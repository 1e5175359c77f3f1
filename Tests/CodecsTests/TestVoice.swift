import Foundation

/// Sound for the tests: tones, and something that codecs of speech take for a voice.
enum TestVoice {
    static func tone(_ frequency: Double, amplitude: Double, rate: Int, count: Int) -> [Int16] {
        (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))).rounded()) }
    }

    /// Twenty harmonics of a gliding 120 Hz under three formants, in syllables of a quarter of a second, with a little noise.
    static func speech(rate: Int, seconds: Double, seed: UInt64 = 1) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        let wave = (0..<1_024).map { sin(2 * .pi * Double($0) / 1_024) }
        var phase = 0.0
        var weights: [Double] = []
        var samples: [Int16] = []
        for index in 0..<Int(seconds * Double(rate)) {
            let time = Double(index) / Double(rate)
            let pitch = 120 + 20 * sin(2 * .pi * 0.7 * time)
            if index % (rate / 100) == 0 {
                let shift = 1 + 0.3 * sin(2 * .pi * 1.3 * time)
                weights = (1...20).map { harmonic in
                    [(600.0, 1.0), (1_300, 0.5), (2_500, 0.25)].reduce(0) { sum, formant in
                        sum + formant.1 / (1 + pow((Double(harmonic) * pitch - formant.0 * shift) / 120, 2))
                    }
                }
            }
            phase += pitch / Double(rate)
            var sum = 0.0
            var harmonic = 0
            while harmonic < weights.count {
                harmonic += 1
                sum += weights[harmonic - 1] * wave[Int(Double(harmonic) * phase * 1_024) & 1_023]
            }
            let syllable = max(0, sin(2 * .pi * 2 * time)) + 0.02
            let noise = Double.random(in: -1...1, using: &random)
            samples.append(Int16(max(-30_000, min(30_000, syllable * (6_000 * sum + 150 * noise)))))
        }
        return samples
    }

    static func energy(_ samples: some Sequence<Int16>) -> Double {
        var sum = 0.0
        for sample in samples { sum += Double(sample) * Double(sample) }
        return sum
    }

    /// Decibels of the sound over what `heard` differs from it, after the best shift of up to `delay` samples and the best gain.
    static func signalToNoise(_ sound: [Int16], _ heard: [Int16], delay: Int) -> Double {
        (0...delay).map { shift in
            let length = min(sound.count, heard.count - shift)
            var (own, cross, other) = (0.0, 0.0, 0.0)
            for index in 0..<max(length, 0) {
                let (a, b) = (Double(sound[index]), Double(heard[index + shift]))
                own += a * a
                cross += a * b
                other += b * b
            }
            guard own > 0, other > 0 else { return -.infinity }
            // The part of `heard` that is a multiple of the sound, over the rest.
            let explained = cross * cross / own
            return 10 * log10(explained / max(other - explained, 1e-9))
        }.max() ?? -.infinity
    }
}

extension [Int16] {
    func packets(_ length: Int) -> [[Int16]] {
        stride(from: 0, through: count - length, by: length).map { Array(self[$0..<$0 + length]) }
    }
}
