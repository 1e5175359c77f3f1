import Audio
import Glibc
import Testing

/// Loud sums are made softer, not cut off; what fits is not touched.
@Suite struct LimiterTests {
    private static func limited(_ sum: [Int32], frame: Int, _ limiter: inout Limiter) -> [Int16] {
        var result = [Int16](repeating: 0, count: sum.count)
        for start in stride(from: 0, to: sum.count, by: frame) {
            let count = min(frame, sum.count - start)
            sum.withUnsafeBufferPointer { sum in
                result.withUnsafeMutableBufferPointer {
                    limiter.limit(sum.baseAddress! + start, count: count, into: $0.baseAddress! + start)
                }
            }
        }
        return result
    }

    /// Both at `level` dBFS.
    private static func tones(_ frequencies: [Double], level: Double, rate: Int, seconds: Int = 2) -> [Int32] {
        let amplitude = Decibels.amplitude(ofSine: level)
        return (0..<seconds * rate).map { index in
            Int32(frequencies.reduce(0) { $0 + amplitude * sin(2 * .pi * $1 * Double(index) / Double(rate)) }.rounded())
        }
    }

    /// What is neither of the tones, relative to them, dB; in the last second.
    private static func distortion(_ samples: [Int16], _ frequencies: [Double], rate: Int) -> Double {
        let second = samples.suffix(rate).map(Double.init)
        var rest = second
        var wanted = 0.0
        for frequency in frequencies {
            let angle = 2 * .pi * frequency / Double(rate)
            let cosine = second.indices.reduce(0) { $0 + second[$1] * cos(angle * Double($1)) } * 2 / Double(rate)
            let sine = second.indices.reduce(0) { $0 + second[$1] * sin(angle * Double($1)) } * 2 / Double(rate)
            for index in rest.indices { rest[index] -= cosine * cos(angle * Double(index)) + sine * sin(angle * Double(index)) }
            wanted += (cosine * cosine + sine * sine) / 2
        }
        return 10 * log10(rest.reduce(0) { $0 + $1 * $1 } / Double(rate) / wanted)
    }

    @Test func whatFitsPassesBitByBit() {
        var limiter = Limiter()
        let sum = (0..<65_536).map { Int32($0 * 40_503 % 65_536 - 32_768) }
        #expect(Self.limited(sum.filter { $0 > -32_768 }, frame: 160, &limiter) == sum.filter { $0 > -32_768 }.map { Int16($0) })
        #expect(limiter.isOpen)
    }

    /// Two tones of -1 dBFS each: 5 dB more than there is room for. Cutting off leaves a seventh of their amplitude as other tones.
    @Test(arguments: [8_000, 16_000], [[440.0, 620], [350, 1_300], [1_000, 1_300], [150, 2_110]])
    func twoLoudTalkersStayClean(rate: Int, frequencies: [Double]) {
        let sum = Self.tones(frequencies, level: -1, rate: rate)
        var limiter = Limiter()
        let soft = Self.distortion(Self.limited(sum, frame: rate / 50, &limiter), frequencies, rate: rate)
        let hard = Self.distortion(sum.map(Limiter.clipped), frequencies, rate: rate)
        print("limiter \(rate) Hz \(frequencies): \(soft) dB; cut off: \(hard) dB")
        #expect(soft < -30, "\(soft)")
        #expect(soft < hard - 12, "\(soft), cut off \(hard)")
    }

    @Test func itRecoversSlowlyAndCompletely() {
        var limiter = Limiter()
        var sum = Self.tones([500], level: 6, rate: 8_000, seconds: 1)
        sum += Self.tones([500], level: -6, rate: 8_000, seconds: 2)
        let result = Self.limited(sum, frame: 160, &limiter)
        func level(_ time: Int, _ length: Int = 20) -> Double {
            let part = Array(result[8 * time..<8 * (time + length)])
            return Decibels.level(of: part, count: part.count)
        }
        #expect(abs(level(900)) < 0.3, "full scale, no less: \(level(900))")
        #expect((-12.5 ... -10).contains(level(1_000)), "\(level(1_000))")
        #expect((-8.5 ... -7).contains(level(1_200)), "\(level(1_200))")
        #expect(abs(level(2_500) + 6) < 0.02 && limiter.isOpen, "\(level(2_500))")
    }

    /// Sums of any kind: nothing wraps, no sign turns, nothing becomes louder.
    @Test func anySumStaysInItsPlace() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anySumStaysInItsPlace seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var limiter = Limiter()
        for _ in 0..<500 {
            let peak = Int32([100, 32_768, 60_000, 2_000_000, Int(Int32.max)].randomElement(using: &random) ?? 100)
            let sum = (0..<Int.random(in: 0...320, using: &random)).map { _ in Int32.random(in: -peak...peak, using: &random) }
            let result = Self.limited(sum, frame: 320, &limiter)
            for (wanted, sample) in zip(sum, result) {
                #expect(Int(wanted) * Int(sample) >= 0 && abs(Int(sample)) <= abs(Int(wanted)) + 1)
            }
            if Bool.random(using: &random) { limiter.rest() }
        }
        for _ in 0..<100 { limiter.rest() }
        #expect(limiter.isOpen)
    }
}
