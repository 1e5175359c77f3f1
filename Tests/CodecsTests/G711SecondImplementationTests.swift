import Testing

@testable import Codecs

/// G.711 a second time, by looking up the decision values of its tables 1 and 2 instead of computing segments; all inputs and codes must
/// agree bit by bit.
@Suite struct G711SecondImplementationTests {
    /// The lower ends of the 128 intervals of a sign, and the values at which they are played.
    private struct Law {
        var decisions: [Int] = []
        var values: [Int] = []

        /// The number of the interval, by walking through them.
        func interval(_ magnitude: Int) -> Int {
            var number = 0
            while number < 127, decisions[number + 1] <= magnitude { number += 1 }
            return number
        }
    }

    /// Table 1a: 12-bit magnitudes; two segments of 16 steps of 1, then steps that double. Values lie in the middle.
    private static let aLaw: Law = {
        var law = Law()
        var (low, step) = (0, 1)
        for segment in 0..<8 {
            if segment > 1 { step *= 2 }
            for _ in 0..<16 {
                law.decisions.append(low)
                law.values.append((2 * low + step) * 8)
                low += step
            }
        }
        return law
    }()

    /// Table 2a: 14-bit magnitudes; the first interval is 1 wide and is played as 0, 15 of 2 follow, then 16 of 4, 8 … 256.
    private static let muLaw: Law = {
        var law = Law(decisions: [0], values: [0])
        var low = 1
        for segment in 0..<8 {
            let step = 2 << segment
            for _ in (segment == 0 ? 1 : 0)..<16 {
                law.decisions.append(low)
                law.values.append((low + step / 2) * 4)
                low += step
            }
        }
        return law
    }()

    /// Code words: A-law is sign and magnitude with every other bit turned over, mu-law with all of them.
    private static func aLaw(_ input: Int16) -> UInt8 {
        let number = Self.aLaw.interval(Int(input < 0 ? ~input : input) / 16)
        return UInt8(number + (input < 0 ? 0 : 128)) ^ 0x55
    }

    private static func muLaw(_ input: Int16) -> UInt8 {
        let number = Self.muLaw.interval(Int(input < 0 ? ~input : input) / 4)
        return 255 - UInt8(number + (input < 0 ? 128 : 0))
    }

    @Test func allInputs() {
        let wrongALaw = (Int16.min...Int16.max).filter { Self.aLaw($0) != G711.aLaw($0) }
        let wrongMuLaw = (Int16.min...Int16.max).filter { Self.muLaw($0) != G711.muLaw($0) }
        #expect(wrongALaw.isEmpty && wrongMuLaw.isEmpty)
    }

    @Test func allCodes() {
        for code in 0..<256 {
            let aLaw = (code ^ 0x55) & 127
            #expect(Int(SampledCodec.pcma.decodeTable[code]) == ((code ^ 0x55) & 128 != 0 ? 1 : -1) * Self.aLaw.values[aLaw])
            let muLaw = (255 - code) & 127
            #expect(Int(SampledCodec.pcmu.decodeTable[code]) == (code & 128 != 0 ? 1 : -1) * Self.muLaw.values[muLaw])
        }
    }

    /// The blocks that the packets go through do the same as the single codes.
    @Test func blocks() {
        let inputs = Array(Int16.min...Int16.max)
        for codec in SampledCodec.allCases {
            var codes = [UInt8](repeating: 0, count: inputs.count)
            codec.encode(inputs, count: inputs.count, into: &codes)
            #expect(codes == inputs.map(codec == .pcmu ? Self.muLaw : Self.aLaw))
        }
    }
}
