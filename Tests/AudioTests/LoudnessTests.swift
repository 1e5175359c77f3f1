import Audio
import Testing

@Suite struct LoudnessTests {
    @Test func itIsTheMeanMagnitude() {
        #expect(Loudness.mean(of: [10, -20, 30, -40], count: 4) == 25)
        #expect(Loudness.mean(of: [Int16](repeating: .min, count: 480), count: 480) == 32_768)
        #expect(Loudness.mean(of: [Int16](repeating: 0, count: 160), count: 160) == 0)
        #expect(Loudness.mean(of: [5], count: 0) == 0)
        #expect(Loudness.mean(of: [5], count: -1) == 0)
    }

    @Test func aSineHasTwoPisOfItsPeak() {
        let samples = ToneGenerator.samples(CallTone.Segment([400], level: -45, milliseconds: 100), ramps: false)
        let mean = Loudness.mean(of: samples, count: samples.count)
        #expect((110...120).contains(mean), "\(mean)")
    }

    @Test func aRampGoesFromNothingToAllAndBack() {
        var samples = [Int16](repeating: 32_000, count: 160)
        Ramp.apply(.up, to: &samples, count: 160)
        #expect(samples.first == 0 && samples[80] == 16_000 && samples.last == 31_800)
        #expect(zip(samples, samples.dropFirst()).allSatisfy { $0 < $1 })
        var down = [Int16](repeating: .min, count: 160)
        Ramp.apply(.down, to: &down, count: 160)
        #expect(down.last == 0 && zip(down, down.dropFirst()).allSatisfy { $0 < $1 })
    }
}
