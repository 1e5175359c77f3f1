import Glibc
import Testing

@testable import Audio

/// Sound made shorter and longer.
@Suite struct TimeScalingTests {
    private func sine(_ frequency: Double, rate: Int, count: Int, amplitude: Double = 10_000) -> [Int16] {
        (0..<count).map { Int16(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    }

    /// A vowel of 110 Hz with ten harmonics.
    private func vowel(rate: Int, count: Int) -> [Int16] {
        (0..<count).map { index in
            var value = 0.0
            for harmonic in 1...10 {
                value += 5_000 / Double(harmonic) * sin(2 * .pi * 110 * Double(harmonic * index) / Double(rate) + Double(harmonic))
            }
            return Int16(value)
        }
    }

    /// `sound` with a splice at each `spacing` samples, and how many were left out of it.
    private func shortened(_ sound: [Int16], rate: Int, spacing: Int) -> (sound: [Int16], lags: [Int]) {
        var scaling = TimeScaling(rate: rate)
        var (result, lags): ([Int16], [Int]) = ([], [])
        var place = spacing
        result += sound[..<place]
        while place + spacing + scaling.overlap + scaling.lags.upperBound < sound.count {
            sound[place...].withUnsafeBufferPointer { ahead in
                guard let splice = scaling.shorten(ahead.baseAddress!, count: ahead.count, most: rate / 50) else { return }
                var blended = [Int16](repeating: 0, count: splice.overlap)
                TimeScaling.blend(splice, from: ahead.baseAddress!, into: ahead.baseAddress! + splice.lag, to: &blended)
                result += blended
                lags.append(splice.lag)
                place += splice.overlap + splice.lag
            }
            result += sound[place..<place + spacing]
            place += spacing
        }
        return (result, lags)
    }

    private func lengthened(_ sound: [Int16], rate: Int, spacing: Int) -> (sound: [Int16], lags: [Int]) {
        var scaling = TimeScaling(rate: rate)
        var (result, lags): ([Int16], [Int]) = ([], [])
        var place = spacing
        result += sound[..<place]
        let behind = scaling.lags.upperBound
        while place + spacing + scaling.overlap < sound.count {
            sound[(place - behind)...].withUnsafeBufferPointer { all in
                guard let splice = scaling.lengthen(all.baseAddress!, behind: behind, most: behind) else { return }
                let ahead = all.baseAddress! + behind
                var blended = [Int16](repeating: 0, count: splice.overlap)
                TimeScaling.blend(splice, from: ahead, into: ahead - splice.lag, to: &blended)
                result += blended
                lags.append(splice.lag)
                place += splice.overlap - splice.lag
            }
            result += sound[place..<place + spacing]
            place += spacing
        }
        return (result, lags)
    }

    private func steepest(_ samples: [Int16]) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test(arguments: [8_000, 16_000, 48_000]) func aToneKeepsItsPitch(rate: Int) {
        let tone = sine(1_000, rate: rate, count: rate)
        for (sound, lags) in [
            shortened(tone, rate: rate, spacing: rate * 6 / 100), lengthened(tone, rate: rate, spacing: rate * 6 / 100),
        ] {
            #expect(lags.count >= 8)
            // Whole periods: the result is the tone itself.
            #expect(lags.allSatisfy { $0 % (rate / 1_000) == 0 && $0 >= rate / 100 }, "\(lags)")
            let worst = zip(sound, tone).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= 2, "off by \(worst)")
        }
    }

    @Test(arguments: [8_000, 16_000, 48_000]) func aVowelLosesAndRepeatsWholePeriods(rate: Int) {
        let sound = vowel(rate: rate, count: rate)
        let period = Double(rate) / 110
        for (result, lags) in [
            shortened(sound, rate: rate, spacing: rate * 7 / 100), lengthened(sound, rate: rate, spacing: rate * 7 / 100),
        ] {
            #expect(lags.count >= 5)
            for lag in lags {
                let periods = (Double(lag) / period).rounded()
                #expect(periods >= 1 && abs(Double(lag) - periods * period) <= 2 * Double(rate) / 8_000, "\(lag) of \(period)")
            }
            #expect(steepest(result) <= steepest(sound) * 11 / 10, "no click")
        }
    }

    @Test(arguments: [UInt64(1), 2, 3]) func noiseKeepsItsLevel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let noise = (0..<16_000).map { _ in Int16.random(in: -3_000...3_000, using: &random) }
        let (sound, lags) = shortened(noise, rate: 8_000, spacing: 80)
        #expect(lags.count > 50)
        let energy = { (samples: [Int16]) in samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count) }
        #expect(abs(10 * log10(energy(sound) / energy(noise))) < 0.5)
    }

    @Test func tooLittleIsLeftAlone() {
        var scaling = TimeScaling()
        let sound = sine(200, rate: 8_000, count: 400)
        #expect(scaling.shorten(sound, count: 99, most: 160) == nil)
        #expect(scaling.shorten(sound, count: 400, most: 19) == nil)
        #expect(scaling.shorten(sound, count: 0, most: 160) == nil)
        #expect(scaling.lengthen(sound, behind: 19, most: 160) == nil)
        #expect(scaling.shorten(sound, count: 100, most: 160)?.lag == 20)
    }

    @Test(arguments: [UInt64(4), 5]) func anyLoudnessAnywhere(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var scaling = TimeScaling()
        var sound = [Int16](repeating: 0, count: 400)
        for _ in 0..<300 {
            let peak: Int16 = [Int16.max, 1, 0, 1_000].randomElement(using: &random) ?? 0
            for index in sound.indices { sound[index] = Bool.random(using: &random) ? peak : -peak - (peak == .max ? 1 : 0) }
            let count = Int.random(in: 0...240, using: &random)
            if let splice = scaling.shorten(sound, count: count, most: Int.random(in: -10...400, using: &random)) {
                #expect(splice.lag + splice.overlap <= count && abs(splice.similarity) <= 1.001)
            }
        }
    }
}
