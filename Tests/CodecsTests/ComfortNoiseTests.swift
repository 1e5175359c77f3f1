import Foundation
import Testing

@testable import Codecs

@Suite struct ComfortNoiseTests {
    private func read(_ payload: [UInt8]) -> ComfortNoise? { payload.withUnsafeBytes { ComfortNoise(payload: $0) } }

    private func written(_ noise: ComfortNoise, room: Int = 20) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xA5, count: room)
        let count = bytes.withUnsafeMutableBytes { noise.write(into: $0) }
        return Array(bytes[..<count])
    }

    private func made(_ noise: ComfortNoise, rate: Int = 8_000, seconds: Int = 4, seed: UInt64 = 7) -> [Int16] {
        var generator = ComfortNoiseGenerator(sampleRate: rate, seed: seed)
        generator.follow(noise)
        var samples = [Int16](repeating: 0, count: rate * seconds)
        generator.generate(samples.count, into: &samples)
        return samples
    }

    /// Decibels below overload.
    private func level(_ samples: some Collection<Int16>) -> Double {
        -10 * log10(max(TestVoice.energy(samples) / Double(samples.count), 1e-9) / (32_768 * 32_768))
    }

    /// RFC 3389 §3: octets, and what they stand for.
    @Test func payloads() throws {
        let noise = try #require(read([0x80 | 50, 127, 0, 254, 255]))
        #expect(noise.level == 50 && noise.order == 4)
        #expect(noise.reflection(0) == 0)
        #expect(abs(noise.reflection(1) + 0.999_94) < 1e-5 && abs(noise.reflection(2) - 0.999_94) < 1e-5)
        #expect(noise.reflection(3) == noise.reflection(2) && noise.reflection(4) == 0 && noise.reflection(-1) == 0)
        #expect(written(noise) == [50, 127, 0, 254, 254])
        #expect(written(noise, room: 4) == [] && written(noise, room: 5).count == 5)
        #expect(read([]) == nil)
        #expect(read([60]) == ComfortNoise(level: 60) && written(ComfortNoise(level: 60)) == [60])
        #expect(ComfortNoise(level: 200).level == 127)
        #expect(try #require(read([UInt8](repeating: 100, count: 200))).order == ComfortNoise.maximumOrder)
    }

    @Test func everyCodeComesBack() throws {
        for level in UInt8(0)...127 {
            for code in stride(from: UInt8(level % 2), to: 255, by: 2) {
                let payload = [level, code, 254 - code]
                #expect(written(try #require(read(payload))) == payload)
            }
        }
    }

    @Test(arguments: [UInt8(20), 30, 45, 60], [[], [90, 140], [20, 160, 110]] as [[UInt8]])
    func theLevelIsThePackets(level asked: UInt8, codes: [UInt8]) throws {
        for rate in [8_000, 16_000] {
            let samples = made(try #require(read([asked] + codes)), rate: rate)
            #expect(abs(level(samples) - Double(asked)) < 1, "\(level(samples))")
        }
    }

    @Test func silenceIsSilent() {
        #expect(made(ComfortNoise(level: 127)).allSatisfy { $0 == 0 })
        var generator = ComfortNoiseGenerator(sampleRate: 8_000, seed: 0)
        var samples = [Int16](repeating: 1, count: 80)
        generator.generate(80, into: &samples)
        #expect(samples.allSatisfy { $0 == 0 })
        // The seed that a shift register would stay at.
        generator.follow(ComfortNoise(level: 30))
        generator.generate(80, into: &samples)
        #expect(Set(samples).count > 40)
    }

    /// Coefficients that were put in are found again in the noise, to the step of the packet and a little of chance.
    @Test func theSpectrumIsThePackets() throws {
        for codes in [[60, 170, 120, 140], [200, 150, 100, 127], [127, 127, 127, 127]] as [[UInt8]] {
            let samples = made(try #require(read([30] + codes)), seconds: 20)
            let measured = ComfortNoise(measuring: samples, count: samples.count, order: 4)
            #expect(abs(Int(measured.level) - 30) <= 1)
            for (asked, found) in zip(codes, written(measured).dropFirst()) {
                #expect(abs(Int(asked) - Int(found)) <= 3, "\(asked) \(found)")
            }
        }
    }

    /// A hiss falls off towards low notes, a hum has nothing but them: the sign of the first coefficient (§3.2: 1 / (1 + k·z⁻¹)).
    @Test func lowNoiseHasANegativeFirstCoefficient() {
        let hum = TestVoice.tone(100, amplitude: 300, rate: 8_000, count: 1_600)
        let noise = ComfortNoise(measuring: hum, count: hum.count, order: 2)
        #expect(noise.reflection(0) < -0.9)
        #expect(abs(Int(noise.level) - 44) <= 1, "\(noise.level)")
        #expect(ComfortNoise(measuring: hum, count: 0) == ComfortNoise(level: 127))
        #expect(ComfortNoise(measuring: [0, 0, 0], count: 3).level == 127)
        #expect(ComfortNoise(measuring: [.min, .min, .min, .min], count: 4, order: 0).level == 0)
    }

    /// The measured level is the nearest.
    @Test func levelsAreRounded() {
        for decibels in stride(from: 1.0, through: 60, by: 0.25) {
            let amplitude = Int16((32_768 * pow(10, -decibels / 20)).rounded())
            let square = (0..<160).map { $0 % 2 == 0 ? amplitude : -amplitude }
            let exact = level(square)
            let found = Double(ComfortNoise(measuring: square, count: 160, order: 0).level)
            #expect(abs(found - exact) <= 0.51, "\(exact) \(found)")
        }
    }

    @Test func aNewLevelIsNoStep() throws {
        var generator = ComfortNoiseGenerator(sampleRate: 8_000, seed: 3)
        var samples = [Int16](repeating: 0, count: 8_000)
        generator.follow(ComfortNoise(level: 30))
        generator.generate(8_000, into: &samples)
        #expect(abs(level(samples[..<800]) - 30) < 2)
        generator.follow(ComfortNoise(level: 50))
        generator.generate(8_000, into: &samples)
        #expect(level(samples[..<40]) < 36 && level(samples[4_000...]) > 48)
    }

    @Test func differentSeedsDoNotAddUp() {
        let one = made(ComfortNoise(level: 40), seed: 1)
        let other = made(ComfortNoise(level: 40), seed: 2)
        let sum = zip(one, other).map { $0 &+ $1 }
        // 3 dB for the powers; 6 would be the same noise.
        #expect(abs(level(sum) - 37) < 0.5)
    }
}
