import Testing

@testable import Codecs

/// Checked against the segment tables of ITU-T G.711, worked out here from their definition and not from the code under test.
@Suite struct G711Tests {
    /// The magnitudes of a mu-law code 0...127, in 14-bit units (G.711 table 2a, column "decision value"): 0, 1, 3 … 31, 35 … 95, 103 …
    /// 8,159: segment e begins at 32·2^e - 33 and has 16 steps of 2^(e+1), the first of all cut short at 0.
    private func muLawMagnitudes(_ code: Int) -> ClosedRange<Int> {
        let (segment, step) = (code / 16, code % 16)
        let low = (32 << segment) - 33 + step * (2 << segment)
        return max(low, 0)...(low + (2 << segment) - 1)
    }

    /// The inputs that fail: one expectation for 65,536 of them, since each costs more than the code under test.
    private func inputs(where fails: (Int16) -> Bool) -> [Int16] {
        (Int16.min...Int16.max).filter(fails)
    }

    @Test func muLawOfEveryInput() {
        let wrong = inputs { input in
            let code = Int(~G711.muLaw(input))
            let magnitude = input >= 0 ? Int(input) >> 2 : Int(~input) >> 2
            // The last interval takes everything above it: clipping at 8,158.
            return (code & 0x80 != 0) != (input < 0) || !muLawMagnitudes(code & 0x7F).contains(min(magnitude, 8_158))
        }
        #expect(wrong.isEmpty)
    }

    @Test func aLawOfEveryInput() {
        let wrong = inputs { input in
            let bits = Int(G711.aLaw(input) ^ 0x55)
            let magnitude = input >= 0 ? Int(input) >> 4 : Int(~input) >> 4
            let (segment, step) = ((bits >> 4) & 7, bits & 15)
            // Table 1a in 12-bit units: 32 steps of 1, then 16 steps each of 2, 4 … 64.
            let low = segment == 0 ? step : (16 + step) << (segment - 1)
            let width = segment == 0 ? 1 : 1 << (segment - 1)
            return (bits & 0x80 != 0) != (input >= 0) || !(low..<(low + width)).contains(magnitude)
        }
        #expect(wrong.isEmpty)
    }

    @Test func decodedValueLiesWithinHalfAStep() {
        // Steps in 16-bit units: mu-law 8·2^e up to the clipping point, A-law 16·2^(e-1).
        let wrongMuLaw = inputs { input in
            let code = G711.muLaw(input)
            let error = abs(Int(SampledCodec.pcmu.decodeTable[Int(code)]) - Int(input))
            return abs(Int(input)) <= 32_635 && error > 4 << ((Int(~code) >> 4) & 7)
        }
        let wrongALaw = inputs { input in
            let code = G711.aLaw(input)
            let error = abs(Int(SampledCodec.pcma.decodeTable[Int(code)]) - Int(input))
            return error > max(8, 8 << (((Int(code ^ 0x55) >> 4) & 7) - 1))
        }
        #expect(wrongMuLaw.isEmpty && wrongALaw.isEmpty)
    }

    @Test(arguments: SampledCodec.allCases) func encoderIsMonotonic(codec: SampledCodec) {
        var last = Int16.min
        let wrong = inputs { input in
            let output = codec.decodeTable[Int(codec == .pcmu ? G711.muLaw(input) : G711.aLaw(input))]
            defer { last = output }
            return output < last
        }
        #expect(wrong.isEmpty)
    }

    @Test func everyCodeComesBack() {
        for code in UInt8.min...UInt8.max {
            // Mu-law has two zeros; the negative one (0x7F) comes back as the positive.
            #expect(G711.muLaw(SampledCodec.pcmu.decodeTable[Int(code)]) == (code == 0x7F ? 0xFF : code))
            #expect(G711.aLaw(SampledCodec.pcma.decodeTable[Int(code)]) == code)
        }
    }

    /// Published values of the reference implementation (ITU-T G.191): ends, zero and the clipping points.
    @Test func knownValues() {
        #expect(G711.muLaw(0) == 0xFF)
        #expect(G711.muLaw(32_767) == 0x80)
        #expect(G711.muLaw(-32_768) == 0x00)
        #expect(SampledCodec.pcmu.decodeTable[0x80] == 32_124)
        #expect(SampledCodec.pcmu.decodeTable[0x00] == -32_124)
        #expect(G711.aLaw(0) == 0xD5)
        #expect(G711.aLaw(32_767) == 0xAA)
        #expect(G711.aLaw(-32_768) == 0x2A)
        #expect(SampledCodec.pcma.decodeTable[0xAA] == 32_256)
        #expect(SampledCodec.pcma.decodeTable[0xD5] == 8)
        #expect(SampledCodec.pcma.decodeTable[0x55] == -8)
    }
}
