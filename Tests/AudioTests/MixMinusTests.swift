import Audio
import Testing

/// Everybody hears all the others and nothing of himself.
@Suite struct MixMinusTests {
    private static func place(_ samples: [Int16], in mix: borrowing MixMinus) {
        for (index, sample) in samples.enumerated() { mix.place[index] = sample }
    }

    private static func heard(but voice: Int?, in mix: borrowing MixMinus) -> [Int16] {
        var samples = [Int16](repeating: 1, count: mix.frame)
        var limiter = Limiter()
        if let voice { mix.everybody(but: voice, into: &samples, &limiter) } else { mix.everybody(into: &samples, &limiter) }
        return samples
    }

    /// Exactly the sum where it fits; else something softer of the same sign.
    private static func isSum(_ heard: [Int16], _ sum: [Int]) -> Bool {
        if sum.allSatisfy({ (-32_768...32_767).contains($0) }) { return heard.map(Int.init) == sum }
        return zip(heard, sum).allSatisfy { Int($0) * $1 >= 0 && abs(Int($0)) <= abs($1) + 1 }
    }

    @Test(arguments: [160, 320]) func eachHearsTheSumLessHisOwn(frame: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("eachHearsTheSumLessHisOwn seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var mix = MixMinus(capacity: 24, frame: frame)
        for _ in 0..<300 {
            let members = Int.random(in: 0...24, using: &random)
            let peak = Int16([100, 3_000, 32_767].randomElement(using: &random) ?? 100)
            let voices = (0..<members).map { _ in
                (0..<frame).map { _ in Int16.random(in: (-peak - 1)...peak, using: &random) }
            }
            mix.begin()
            for (index, voice) in voices.enumerated() {
                Self.place(voice, in: mix)
                #expect(mix.addVoice() == index)
            }
            #expect(mix.count == members)
            let sum = (0..<frame).map { sample in voices.reduce(0) { $0 + Int($1[sample]) } }
            #expect(Self.isSum(Self.heard(but: nil, in: mix), sum))
            for (index, voice) in voices.enumerated() {
                #expect(Self.isSum(Self.heard(but: index, in: mix), zip(sum, voice).map { $0 - Int($1) }))
            }
        }
    }

    @Test(arguments: [Int16.max, Int16.min])
    func twentyAtFullLevelAreLimitedOnlyAtTheEnd(level: Int16) {
        var mix = MixMinus(capacity: 20)
        mix.begin()
        let loud = [Int16](repeating: level, count: AudioFrame.samples)
        for _ in 0..<19 {
            Self.place(loud, in: mix)
            _ = mix.addVoice()
        }
        // The twentieth is all the others' opposite: what he hears is full, what they hear is the rest of an exact sum.
        let opposite = [Int16](repeating: level == .max ? -32_767 : .max, count: AudioFrame.samples)
        Self.place(opposite, in: mix)
        _ = mix.addVoice()
        #expect(Self.heard(but: 19, in: mix).allSatisfy { abs(Int($0) - Int(level)) <= 1 })
        #expect(Self.heard(but: 0, in: mix).allSatisfy { abs(Int($0) - Int(level)) <= 1 })
        mix.begin()
        Self.place(loud, in: mix)
        _ = mix.addVoice()
        Self.place(opposite, in: mix)
        _ = mix.addVoice()
        #expect(Self.heard(but: nil, in: mix).allSatisfy { abs($0) <= 1 }, "an early limit would leave more")
    }

    @Test func aFullMixTakesNoMore() {
        var mix = MixMinus(capacity: 2)
        mix.begin()
        for _ in 0..<2 {
            Self.place([Int16](repeating: 5, count: AudioFrame.samples), in: mix)
            #expect(mix.addVoice() != nil)
        }
        Self.place([Int16](repeating: 7, count: AudioFrame.samples), in: mix)
        #expect(mix.addVoice() == nil)
        #expect(Self.heard(but: nil, in: mix) == [Int16](repeating: 10, count: AudioFrame.samples))
        #expect(Self.heard(but: 2, in: mix) == Self.heard(but: nil, in: mix), "a number that was not given out")
        #expect(Self.heard(but: -1, in: mix) == Self.heard(but: nil, in: mix))
    }

    @Test func whatIsNobodysIsHeardByAll() {
        var mix = MixMinus(capacity: 2)
        mix.begin()
        Self.place([Int16](repeating: 100, count: AudioFrame.samples), in: mix)
        _ = mix.addVoice()
        let chime = [Int16](repeating: 1_000, count: AudioFrame.samples + 50)
        mix.add(chime, count: 40)
        mix.add(chime, count: chime.count)
        let heard = Self.heard(but: 0, in: mix)
        #expect(heard == [Int16](repeating: 2_000, count: 40) + [Int16](repeating: 1_000, count: AudioFrame.samples - 40))
        mix.begin()
        #expect(Self.heard(but: nil, in: mix) == [Int16](repeating: 0, count: AudioFrame.samples))
    }
}
