import Foundation
import Testing

@testable import Audio

/// The tones of each country as they sound: sines and cadence are measured in the samples, not read from the table.
@Suite struct CallTonePlanTests {
    /// Country, tone, frequencies in hertz, milliseconds of sound, silence, sound …
    private static let expected = """
        eu dial 425 | eu ringback 425 1000 4000 | eu busy 425 500 500 | eu reorder 425 250 250
        us dial 350+440 | us ringback 440+480 2000 4000 | us busy 480+620 500 500 | us reorder 480+620 250 250
        gb dial 350+440 | gb ringback 400+450 400 200 400 2000 | gb busy 400 375 375 | gb reorder 400 400 350 225 525
        de dial 425 | de ringback 425 1000 4000 | de busy 425 480 480 | de reorder 425 240 240
        fr dial 440 | fr ringback 440 1500 3500 | fr busy 440 500 500 | fr reorder 440 250 250
        pl dial 425 | pl ringback 425 1000 4000 | pl busy 425 500 500 | pl reorder 425 500 500
        at dial 420 | at ringback 420 1000 5000 | at busy 420 400 400 | at reorder 420 200 200
        ch dial 425 | ch ringback 425 1000 4000 | ch busy 425 500 500 | ch reorder 425 200 200
        it dial 425 200 200 600 1000 | it ringback 425 1000 4000 | it busy 425 500 500 | it reorder 425 200 200
        es dial 425 | es ringback 425 1500 3000 | es busy 425 200 200 | es reorder 425 200 200 200 200 200 600
        nl dial 425 | nl ringback 425 1000 4000 | nl busy 425 500 500 | nl reorder 425 250 250
        se dial 425 | se ringback 425 1000 5000 | se busy 425 250 250 | se reorder 425 250 750
        au dial 400+425+450 | au ringback 400+425+450 400 200 400 2000 | au busy 425 375 375 | au reorder 425 375 375
        jp dial 400 | jp ringback 390+410 1000 2000 | jp busy 400 500 500 | jp reorder 400 500 500
        """
    static let rows = expected.split { $0 == "\n" || $0 == "|" }.map { $0.split(separator: " ").map(String.init) }

    @Test func everyCountryHasItsFourTones() {
        #expect(Self.rows.count == CallTone.Plan.allCases.count * 4)
        #expect(Set(Self.rows.map { $0[0] }) == Set(CallTone.Plan.allCases.map(\.rawValue)))
    }

    @Test(arguments: rows, [8_000, 16_000]) func soundsAsTheNetworkDoes(row: [String], rate: Int) throws {
        let plan = try #require(CallTone.Plan(rawValue: row[0]))
        let tone = try #require(CallTone(rawValue: row[1]))
        let frequencies = row[2].split(separator: "+").compactMap { Double($0) }
        let cadence = row[3...].compactMap { Int($0) }
        let turn = cadence.isEmpty ? 1_000 : cadence.reduce(0, +)
        let sound = ToneGenerator.samples(tone, plan: plan, rate: rate, milliseconds: 2 * turn)
        #expect(sound.count == 2 * turn * rate / 1_000)

        let heard = Self.cadence(of: sound, rate: rate)
        let wanted = cadence.isEmpty ? [2 * turn] : cadence + cadence
        #expect(heard.count == wanted.count, "\(row): \(heard)")
        #expect(zip(heard, wanted).allSatisfy { abs($0 - $1) <= 8 }, "\(row): \(heard)")

        // The longest stretch of sound, without its ramps, resolves sines 20 Hz apart.
        guard rate == 8_000 else { return }
        let longest = cadence.isEmpty ? 0 : wanted.indices.filter { $0 % 2 == 0 }.max { wanted[$0] < wanted[$1] } ?? 0
        let begin = wanted[..<longest].reduce(0, +)
        let piece = Array(sound[((begin + 10) * rate / 1_000)..<((begin + wanted[longest] - 10) * rate / 1_000)])
        let found = Self.sines(in: piece, rate: rate)
        #expect(found.count == frequencies.count, "\(row): \(found)")
        #expect(zip(found, frequencies).allSatisfy { abs($0 - $1) <= 1.5 }, "\(row): \(found)")
    }

    @Test func unknownCountriesHaveNone() {
        #expect(CallTone.Plan(rawValue: "xx") == nil && CallTone.Plan(rawValue: "US") == nil)
    }

    /// No tone of any country is louder than its fellows by more than the ear expects, and none clips.
    @Test(arguments: CallTone.Plan.allCases) func levelsLieTogether(plan: CallTone.Plan) {
        for tone in [CallTone.dial, .ringback, .busy, .reorder] {
            let samples = ToneGenerator.samples(tone, plan: plan)
            let sounding = samples.filter { $0 != 0 }
            let level = Decibels.level(of: sounding, count: sounding.count)
            #expect((-22.5 ... -15.5).contains(level), "\(plan) \(tone): \(level) dBFS")
            #expect(samples.allSatisfy { abs(Int($0)) < 16_384 })
        }
    }

    /// Milliseconds of sound and silence in turn. Silence is 20 ms below -60 dBFS: a beat of two sines has shorter gaps.
    static func cadence(of samples: [Int16], rate: Int) -> [Int] {
        let block = rate / 1_000
        let loud = stride(from: 0, to: samples.count - block + 1, by: block).map { start in
            samples[start..<start + block].contains { abs(Int($0)) > 33 }
        }
        var runs: [(loud: Bool, length: Int)] = []
        for value in loud {
            if runs.last?.loud == value { runs[runs.count - 1].length += 1 } else { runs.append((value, 1)) }
        }
        var merged: [(loud: Bool, length: Int)] = []
        for run in runs {
            let isGap = !run.loud && run.length < 20
            if let last = merged.last, last.loud == run.loud || isGap {
                merged[merged.count - 1].length += run.length
            } else {
                merged.append(run)
            }
        }
        return merged.map(\.length)
    }

    /// The frequencies of the sines within 12 dB of the loudest, to 1 Hz, between 340 and 640 Hz.
    static func sines(in samples: [Int16], rate: Int) -> [Double] {
        let samples = Array(samples.prefix(rate * 2 / 5))
        let windowed = samples.enumerated().map { index, sample in
            Int16(Double(sample) * (0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(samples.count))))
        }
        let grid = stride(from: 340.0, through: 640, by: 1).map { ($0, level(of: $0, in: windowed, rate: rate)) }
        let loudest = grid.map(\.1).max() ?? -200
        return grid.indices.dropFirst().dropLast().filter {
            grid[$0].1 > loudest - 12 && grid[$0].1 > grid[$0 - 1].1 && grid[$0].1 >= grid[$0 + 1].1
        }.map { grid[$0].0 }
    }
}
