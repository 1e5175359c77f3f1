import Testing

@testable import Audio

@Suite struct ToneGeneratorTests {
    @Test(arguments: CallTone.allCases, CallTone.Plan.allCases) func levelsAndCadence(tone: CallTone, plan: CallTone.Plan) {
        let cadence = tone.cadence(plan)
        let turn = ToneGenerator.samples(tone, plan: plan)
        #expect(turn.count == cadence.reduce(0) { $0 + $1.milliseconds * 8 })
        var start = 0
        for segment in cadence {
            let piece = Array(turn[start..<(start + segment.milliseconds * 8)])
            start += piece.count
            if segment.frequencies.isEmpty { #expect(piece.allSatisfy { $0 == 0 }) }
            // Away from the ramps, and a whole number of periods of every frequency: 200 ms. The pips of `confirm` are too short.
            guard segment.milliseconds >= 250 else { continue }
            let middle = Array(piece[(piece.count / 2 - 800)..<(piece.count / 2 + 800)])
            for frequency in segment.frequencies { #expect(abs(level(of: frequency, in: middle) - segment.level) < 0.1) }
            if !segment.frequencies.contains(1_800) { #expect(level(of: 1_800, in: middle) < -70) }
        }
    }

    @Test(arguments: Array("0123456789*#ABCD")) func digitsHaveTheirTwoFrequencies(digit: Character) throws {
        let samples = try #require(ToneGenerator.samples(digit: digit, milliseconds: 200))
        let pair = try #require(ToneGenerator.frequencies(of: digit))
        // 200 ms resolve 5 Hz; the ramps take a little.
        #expect(abs(level(of: pair.low, in: samples) + 14) < 0.6)
        #expect(abs(level(of: pair.high, in: samples) + 12) < 0.6)
        for other in [697.0, 770, 852, 941, 1_209, 1_336, 1_477, 1_633] where other != pair.low && other != pair.high {
            #expect(level(of: other, in: samples) < -40)
        }
    }

    @Test func noClicks() {
        for tone in CallTone.allCases {
            let samples = ToneGenerator.samples(tone, milliseconds: 1_300)
            #expect(samples.count == 1_300 * 8)
            #expect(abs(Int(samples[0])) < 60 && abs(Int(samples[samples.count - 1])) < 60)
            // The steepest that its sines get together: amplitude times 2·pi·f/8000 each.
            let slope =
                tone.cadence(.european).map { segment in
                    segment.frequencies.reduce(0) { $0 + Decibels.amplitude(ofSine: segment.level) * 2 * .pi * $1 / 8_000 }
                }.max() ?? 0
            let steepest = zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(Double(steepest) < slope * 1.05)
        }
    }

    @Test func otherRates() {
        let samples = ToneGenerator.samples(.beep, rate: 16_000)
        #expect(samples.count == 4_800)
        #expect(abs(level(of: 880, in: Array(samples[800..<4_000]), rate: 16_000) + 14) < 0.1)
    }

    @Test func absurdRequests() {
        #expect(ToneGenerator.samples(.dial, milliseconds: -5).isEmpty)
        #expect(ToneGenerator.samples(.busy, rate: 0).isEmpty)
        #expect(ToneGenerator.samples(digit: "ß") == nil)
        #expect(ToneGenerator.samples(digit: "a") != nil)
        #expect(ToneGenerator.samples(.init([.nan], milliseconds: 20)).isEmpty)
        #expect(ToneGenerator.samples(.init([400], level: .infinity, milliseconds: 20)).isEmpty)
        #expect(ToneGenerator.samples(.init([400, 500, 600], level: 3, milliseconds: 20)).count == 160)
        #expect(ToneGenerator.samples(.beep, milliseconds: .max).count == 600_000 * 8)
    }
}
