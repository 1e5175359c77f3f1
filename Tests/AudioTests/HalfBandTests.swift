import Audio
import Glibc
import Testing

/// Between 8 and 16 kHz: what passes, what is kept out, and that calls of any length make one stream.
@Suite struct HalfBandTests {
    private static func tone(_ frequency: Double, rate: Int, count: Int, amplitude: Double = 16_000) -> [Int16] {
        (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate) + 0.3)).rounded()) }
    }

    private static func doubled(_ samples: [Int16], parts: [Int] = [160]) -> [Int16] {
        var doubler = RateDoubler()
        var result = [Int16](repeating: 0, count: 2 * samples.count)
        var (done, part) = (0, 0)
        while done < samples.count {
            let count = min(parts[part % parts.count], samples.count - done)
            samples.withUnsafeBufferPointer { source in
                result.withUnsafeMutableBufferPointer {
                    doubler.write(source.baseAddress! + done, count: count, into: $0.baseAddress! + 2 * done)
                }
            }
            done += count
            part += 1
        }
        return result
    }

    private static func halved(_ samples: [Int16], parts: [Int] = [320]) -> [Int16] {
        var halver = RateHalver()
        var result = [Int16](repeating: 0, count: samples.count / 2)
        var (done, part) = (0, 0)
        while done < samples.count {
            let count = min(parts[part % parts.count], samples.count - done)
            samples.withUnsafeBufferPointer { source in
                result.withUnsafeMutableBufferPointer {
                    halver.write(source.baseAddress! + done, count: count, into: $0.baseAddress! + done / 2)
                }
            }
            done += count
            part += 1
        }
        return result
    }

    /// The level of a frequency in the last half second, relative to the tone that was put in, dB.
    private static func response(_ samples: [Int16], _ frequency: Double, rate: Int, amplitude: Double = 16_000) -> Double {
        level(of: frequency, in: Array(samples.suffix(rate / 2)), rate: rate) - 20 * log10(amplitude / 32_767)
    }

    @Test func whatIsDoubledKeepsItsLevelAndHasNoImage() {
        for frequency in stride(from: 100.0, through: 3_400, by: 50) {
            let result = Self.doubled(Self.tone(frequency, rate: 8_000, count: 8_000))
            let passed = Self.response(result, frequency, rate: 16_000)
            let image = Self.response(result, 8_000 - frequency, rate: 16_000)
            #expect(abs(passed) < 0.03, "\(frequency) Hz: \(passed) dB")
            #expect(image < -54, "\(frequency) Hz: image \(image) dB")
        }
    }

    @Test func whatIsHalvedKeepsItsLevelAndFoldsNothing() {
        for frequency in stride(from: 100.0, through: 3_400, by: 50) {
            let passed = Self.response(Self.halved(Self.tone(frequency, rate: 16_000, count: 16_000)), frequency, rate: 8_000)
            #expect(abs(passed) < 0.03, "\(frequency) Hz: \(passed) dB")
        }
        for frequency in stride(from: 4_600.0, through: 7_950, by: 50) {
            let folded = Self.response(Self.halved(Self.tone(frequency, rate: 16_000, count: 16_000)), 8_000 - frequency, rate: 8_000)
            #expect(folded < -54, "\(frequency) Hz: folded at \(folded) dB")
        }
    }

    /// What a cascade leaves: the delay is that of two filters, and nothing else changes below 3.4 kHz.
    @Test(arguments: [300.0, 1_000, 2_700, 3_300])
    func thereAndBackIsADelay(frequency: Double) {
        let sound = Self.tone(frequency, rate: 8_000, count: 4_000)
        let result = Self.halved(Self.doubled(sound))
        // 38 samples of 16 kHz, less one: the halver's filter stands on the later of two.
        let delay = Double(RateDoubler.delay + RateHalver.delay - 1) / 2
        var worst = 0.0
        for index in 200..<4_000 {
            let wanted = 16_000 * sin(2 * .pi * frequency * (Double(index) - delay) / 8_000 + 0.3)
            worst = max(worst, abs(Double(result[index]) - wanted))
        }
        #expect(worst < 16_000 * 0.006, "\(worst)")
    }

    @Test func callsOfAnyLengthMakeOneStream() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("callsOfAnyLengthMakeOneStream seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let sound = (0..<5_000).map { _ in Int16.random(in: -32_768...32_767, using: &random) }
        let whole = (doubled: Self.doubled(sound, parts: [5_000]), halved: Self.halved(sound, parts: [5_000]))
        for _ in 0..<20 {
            let parts = (0..<Int.random(in: 1...9, using: &random)).map { _ in Int.random(in: 1...700, using: &random) }
            #expect(Self.doubled(sound, parts: parts) == whole.doubled, "\(parts)")
            #expect(Self.halved(sound, parts: parts.map { 2 * $0 }) == whole.halved, "\(parts)")
        }
        #expect(Self.doubled(sound, parts: [1]) == whole.doubled)
        #expect(Self.halved(sound, parts: [2]) == whole.halved)
    }

    @Test func fullScaleIsLimitedNotWrapped() {
        // A square wave at the edge of the range rings beyond it.
        let square = (0..<800).map { Int16($0 / 20 % 2 == 0 ? 32_767 : -32_768) }
        for (index, sample) in Self.doubled(square).enumerated() where index > 60 {
            let position = (index - RateDoubler.delay) % 80
            // Well inside each half of the wave its sign is its own.
            if position > 4, position < 36 { #expect(sample > 20_000, "\(index)") }
            if position > 44, position < 76 { #expect(sample < -20_000, "\(index)") }
        }
    }

    @Test func resettingForgets() {
        var doubler = RateDoubler()
        var halver = RateHalver()
        let loud = [Int16](repeating: 9_000, count: 320)
        var place = [Int16](repeating: 1, count: 640)
        doubler.write(loud, count: 320, into: &place)
        halver.write(loud, count: 320, into: &place)
        doubler.reset()
        halver.reset()
        let silence = [Int16](repeating: 0, count: 320)
        doubler.write(silence, count: 320, into: &place)
        #expect(place.allSatisfy { $0 == 0 })
        place = [Int16](repeating: 1, count: 160)
        halver.write(silence, count: 320, into: &place)
        #expect(place.allSatisfy { $0 == 0 })
        doubler.write(silence, count: 0, into: &place)
    }
}
