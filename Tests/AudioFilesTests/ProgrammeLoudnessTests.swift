import AudioFiles
import Foundation
import Testing

@Suite struct ProgrammeLoudnessTests {
    /// A sine of `level` dBFS (peak), `seconds` long.
    private static func sine(_ frequency: Double, _ level: Double, _ seconds: Double, rate: Int) -> [Int16] {
        let amplitude = 32_767 * pow(10, level / 20)
        return (0..<Int(seconds * Double(rate))).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))).rounded()) }
    }

    private func loudness(_ samples: [Int16], rate: Int) -> Double? {
        ProgrammeLoudness(of: PCM(samples: samples, rate: rate))?.integrated
    }

    /// ITU-R BS.1770-4: 997 Hz at 0 dBFS in one channel reads -3.01.
    @Test(arguments: [8_000, 16_000, 22_050, 44_100, 48_000]) func aSineReadsAsTheRecommendationSays(rate: Int) throws {
        let read = try #require(loudness(Self.sine(997, -20, 5, rate: rate), rate: rate))
        #expect(abs(read + 23.01) < 0.1, "\(read)")
        let measured = try #require(ProgrammeLoudness(of: PCM(samples: Self.sine(997, -20, 1, rate: rate), rate: rate)))
        #expect(abs(measured.samplePeak + 20) < 0.1)
    }

    /// EBU Tech 3341, cases 3 and 4, in one channel (3.01 lower than in two): what is quiet is gated out.
    @Test func quietPartsAreGatedOut() throws {
        let rate = 16_000
        let three = Self.sine(1_000, -36, 10, rate: rate) + Self.sine(1_000, -23, 60, rate: rate) + Self.sine(1_000, -36, 10, rate: rate)
        #expect(abs(try #require(loudness(three, rate: rate)) + 26.01) < 0.15)
        let four = Self.sine(1_000, -72, 10, rate: rate) + three + Self.sine(1_000, -72, 10, rate: rate)
        #expect(abs(try #require(loudness(four, rate: rate)) + 26.01) < 0.15)
    }

    @Test func aClipShorterThanAGatingBlockIsMeasuredWhole() throws {
        for seconds in [0.01, 0.1, 0.399, 0.4, 0.5] {
            let read = try #require(loudness(Self.sine(997, -20, seconds, rate: 16_000), rate: 16_000), "\(seconds) s")
            // The weighting filters settle within some milliseconds.
            #expect(abs(read + 23.01) < (seconds < 0.05 ? 1.5 : 0.3), "\(seconds) s: \(read)")
        }
    }

    @Test func silenceAndNothingHaveNone() {
        #expect(loudness([Int16](repeating: 0, count: 16_000), rate: 16_000) == nil)
        #expect(loudness([Int16](repeating: 0, count: 100), rate: 16_000) == nil)
        #expect(loudness([0], rate: 8_000) == nil && loudness([Int16](repeating: 30_000, count: 3), rate: 8_000) != nil)
        #expect(ProgrammeLoudness(of: PCM(samples: [], rate: 8_000)) == nil)
        #expect(ProgrammeLoudness(of: PCM(samples: [1, 2], rate: 0)) == nil)
        #expect(abs((loudness(Self.sine(500, -20, 2, rate: 2_000), rate: 2_000) ?? 0) + 23) < 1.5)
        #expect(ProgrammeLoudness(of: PCM(samples: [.min, 0], rate: 8_000))?.samplePeak == 0)
    }

    // MARK: The gain

    private func gain(_ loudness: Double?, peak: Double = -20, target: Double = -24) -> Double {
        LoudnessTarget(loudness: target).gain(for: ProgrammeLoudness(integrated: loudness, samplePeak: peak))
    }

    @Test func theGainLeadsToTheTarget() {
        #expect(gain(-30, peak: -20) == 6 && gain(-18) == -6 && gain(-21.5) == -2.5)
        // Near enough: left alone.
        #expect(gain(-24) == 0 && gain(-24.9) == 0 && gain(-23.1) == 0)
        // Bounded.
        #expect(gain(-60, peak: -50) == 12 && gain(-5, peak: -1) == -12)
        // Nothing is brought above -1 dBFS, and what stands above it is not turned down for that alone.
        #expect(gain(-30, peak: -4) == 3 && gain(-30, peak: -1) == 0 && gain(-30, peak: 0) == 0)
        #expect(gain(-20, peak: 0) == -4)
        #expect(gain(nil) == 0)
        #expect(LoudnessTarget(loudness: .nan) == .telephone && LoudnessTarget(loudness: 3).loudness == -14)
    }
}
