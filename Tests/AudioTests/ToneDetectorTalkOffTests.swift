import Glibc
import Testing

@testable import Audio

/// Sounds like speech and like music, made here, in which no key may be found but those that were put in; Tools/talk-off listens to an
/// hour and more of real ones.
@Suite struct ToneDetectorTalkOffTests {
    private static let second = 8_000

    /// Voices: pulses of a gliding pitch through three gliding resonances, syllable by syllable, and some hiss.
    private func speech(seconds: Int, random: inout SeededGenerator) -> [Double] {
        var result: [Double] = []
        while result.count < seconds * Self.second {
            let pitch = Double.random(in: 80...450, using: &random)
            let glide = Double.random(in: 0.7...1.4, using: &random)
            let formants = [(250.0, 1_000.0), (700, 2_300), (1_800, 3_200)].map {
                (Double.random(in: $0.0...$0.1, using: &random), Double.random(in: $0.0...$0.1, using: &random))
            }
            let voiced = Double.random(in: 0...1, using: &random) < 0.85
            let count = Int.random(in: 400...3_200, using: &random)
            var syllable = [Double](repeating: 0, count: count)
            var phase = 0.0
            for index in 0..<count {
                let part = Double(index) / Double(count)
                phase += pitch * (1 + (glide - 1) * part) / 8_000
                let pulse = phase >= 1
                if pulse { phase -= 1 }
                syllable[index] = voiced ? (pulse ? 1 : 0) : Double.random(in: -0.1...0.1, using: &random)
            }
            for (from, to) in formants {
                var (last, before) = (0.0, 0.0)
                // Hertz of bandwidth: a throat has 50 at least. Sharper ones ring like bells, and now and then like keys.
                let radius = exp(-.pi * Double.random(in: 50...150, using: &random) / 8_000)
                for index in 0..<count {
                    let hertz = from + (to - from) * Double(index) / Double(count)
                    let value =
                        syllable[index] * (1 - radius) * 8 + 2 * radius * cos(2 * .pi * hertz / 8_000) * last - radius * radius * before
                    (last, before) = (value, last)
                    syllable[index] = value
                }
            }
            let peak = syllable.reduce(1e-9) { max($0, abs($1)) }
            let level = Double.random(in: 2_000...16_000, using: &random)
            result += syllable.enumerated().map { $1 / peak * level * min(1, Double(min($0, count - 1 - $0)) / 100) }
            result += [Double](repeating: 0, count: Int.random(in: 0...800, using: &random))
        }
        return result
    }

    /// Chords of one to four notes, near a scale of any tuning, that are struck or blown and have up to five partials.
    private func music(seconds: Int, random: inout SeededGenerator) -> [Double] {
        var result: [Double] = []
        let tuning = Double.random(in: 400...480, using: &random)
        while result.count < seconds * Self.second {
            let count = Int.random(in: 600...6_000, using: &random)
            var chord = [Double](repeating: 0, count: count)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let hertz = tuning * pow(2, Double(Int.random(in: -18...24, using: &random)) / 12)
                let fall = Double.random(in: 0.2...8, using: &random)
                let rise = Double.random(in: 20...400, using: &random)
                let dullness = Double.random(in: 0.1...0.7, using: &random)
                for partial in 1...5 where hertz * Double(partial) < 3_400 {
                    let amplitude = pow(dullness, Double(partial - 1))
                    let turn = 2 * .pi * hertz * Double(partial) / 8_000
                    for index in 0..<count {
                        chord[index] +=
                            amplitude * sin(turn * Double(index)) * exp(-fall * Double(index) / 8_000) * min(1, Double(index) / rise)
                    }
                }
            }
            let peak = chord.reduce(1e-9) { max($0, abs($1)) }
            let level = Double.random(in: 2_000...16_000, using: &random)
            result += chord.map { $0 / peak * level }
        }
        return result
    }

    /// Keys in pauses of their own, one every five seconds.
    private func check(_ sound: [Double], random: inout SeededGenerator) {
        var samples: [Int16] = []
        var keys: [Character] = []
        for start in stride(from: 0, to: sound.count, by: 5 * Self.second) {
            let key = KeySound.keys[Int.random(in: 0..<16, using: &random)]
            keys.append(key)
            samples += sound[start..<min(start + 5 * Self.second, sound.count)].map { Int16($0.rounded()) }
            samples += KeySound(on: 60, off: 60).samples([key], random: &random).samples
        }
        #expect(tellings(of: samples).downs.map(\.key) == keys)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func likeSpeech(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        check(speech(seconds: 40, random: &random), random: &random)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func likeMusic(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        check(music(seconds: 40, random: &random), random: &random)
    }
}
