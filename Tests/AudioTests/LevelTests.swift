import Testing

@testable import Audio

@Suite struct LevelTests {
    @Test func decibels() {
        let tone = ToneGenerator.samples(.init([1_000], level: -20, milliseconds: 1_000), ramps: false)
        #expect(abs(Decibels.level(of: tone, count: tone.count) + 20) < 0.01)
        #expect(Decibels.level(of: [0, 0, 0], count: 3) == -200)
        #expect(Decibels.level(of: [0], count: 0) == -200)
        let loudest = [Int16](repeating: .min, count: 160)
        #expect(abs(Decibels.level(of: loudest, count: 160) - 3.01) < 0.01)
        #expect(Decibels.energy(of: loudest, count: 160) == 160 << 30)
    }

    @Test func gain() {
        var samples: [Int16] = [1_000, -1_000, 32_767, -32_768, 0]
        Gain(decibels: -6.0206).apply(to: &samples, count: 5)
        #expect(samples == [500, -500, 16_384, -16_384, 0] || samples == [500, -500, 16_383, -16_384, 0])
        samples = [20_000, -20_000]
        Gain(decibels: 24).apply(to: &samples, count: 2)
        #expect(samples == [.max, .min])
        Gain(decibels: -.infinity).apply(to: &samples, count: 2)
        #expect(samples == [0, 0])
        samples = [5, -7]
        Gain.unity.apply(to: &samples, count: 2)
        #expect(samples == [5, -7])
        #expect(Gain(decibels: .nan) == .unity)
    }

    @Test func voiceIsToldFromBackground() {
        var activity = VoiceActivity(hangoverFrames: 10)
        let quiet = (0..<500).map { _ in activity.hears(level: -55) }
        #expect(!quiet.contains(true))
        let speech = (0..<20).map { _ in activity.hears(level: -25) }
        #expect(!speech.contains(false))
        // Ten frames of hangover, then silence.
        let after = (0..<20).map { _ in activity.hears(level: -55) }
        #expect(after == [Bool](repeating: true, count: 9) + [Bool](repeating: false, count: 11))
    }

    @Test func aSteadyNoiseBecomesBackground() {
        var activity = VoiceActivity()
        let heard = (0..<3_000).map { _ in activity.hears(level: -35) }
        #expect(heard.first == true && heard.last == false)
        let louder = activity.hears(level: -15)
        #expect(louder)
    }
}
