/// ITU-T G.711: 8 bits a sample, logarithmic. Samples are 16-bit linear; mu-law looks at the upper 14 bits and A-law at
/// the upper 13 (12 of magnitude, as in ITU-T G.191), so the encoder tables hold 16,384 and 4,096 codes and stay in the first-level cache.
package enum G711 {
    static let muLawDefinition = CodecDefinition(encodingName: "PCMU", clockRate: 8_000, staticPayloadType: 0, sampleRates: [8_000])
    static let aLawDefinition = CodecDefinition(encodingName: "PCMA", clockRate: 8_000, staticPayloadType: 8, sampleRates: [8_000])

    /// Encodes 16-bit linear samples to mu-law. Both buffers must hold `count` elements.
    package static func encodeMuLaw(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutablePointer<UInt8>) {
        let table = muLawEncodeTable
        for index in 0..<max(count, 0) {
            bytes[index] = table[Int(samples[index] >> 2) + 8_192]
        }
    }

    /// Encodes 16-bit linear samples to A-law. Both buffers must hold `count` elements.
    package static func encodeALaw(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutablePointer<UInt8>) {
        let table = aLawEncodeTable
        for index in 0..<max(count, 0) {
            bytes[index] = table[Int(samples[index] >> 4) + 2_048]
        }
    }

    /// The mu-law code of one sample.
    package static func muLaw(_ sample: Int16) -> UInt8 { muLawEncodeTable[Int(sample >> 2) + 8_192] }
    /// The A-law code of one sample.
    package static func aLaw(_ sample: Int16) -> UInt8 { aLawEncodeTable[Int(sample >> 4) + 2_048] }

    // The tables are written once, before anyone sees the pointer, and never freed: sharing them between threads is safe.
    nonisolated(unsafe) static let muLawDecodeTable = table(256) { linear(muLaw: UInt8($0)) }
    nonisolated(unsafe) static let aLawDecodeTable = table(256) { linear(aLaw: UInt8($0)) }
    nonisolated(unsafe) private static let muLawEncodeTable = table(16_384) { code(muLawOf: $0 - 8_192) }
    nonisolated(unsafe) private static let aLawEncodeTable = table(4_096) { code(aLawOf: $0 - 2_048) }

    private static func table<Element>(_ count: Int, _ value: (Int) -> Element) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
        for index in 0..<count { (memory + index).initialize(to: value(index)) }
        return UnsafePointer(memory)
    }

    /// G.711 table 2a: code bits are inverted; segment e spans 33·2^e - 33 upwards in 14-bit units, 16 steps each.
    private static func linear(muLaw code: UInt8) -> Int16 {
        let bits = Int(~code)
        let segment = (bits >> 4) & 7
        let magnitude = ((((bits & 15) << 1) + 33) << segment) - 33
        return Int16((bits & 0x80 == 0 ? magnitude : -magnitude) << 2)
    }

    /// G.711 table 1a: even bits are inverted (0x55); the first two segments have the same step. The value is the middle of its interval.
    private static func linear(aLaw code: UInt8) -> Int16 {
        let bits = Int(code ^ 0x55)
        let segment = (bits >> 4) & 7
        let mantissa = bits & 15
        let magnitude = segment == 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (segment - 1)
        return Int16(bits & 0x80 != 0 ? magnitude : -magnitude)
    }

    /// `value` is 14 bits. Negative values are mirrored by complement, as G.191 does, so -1 is the smallest negative step.
    private static func code(muLawOf value: Int) -> UInt8 {
        let magnitude = min((value < 0 ? ~value : value) + 33, 0x1FFF)
        // 33 has its highest bit at 5, 0x1FFF at 12: the segment is how far it moved.
        let segment = Int.bitWidth - magnitude.leadingZeroBitCount - 6
        let bits = (segment << 4) | ((magnitude >> (segment + 1)) & 15)
        return ~UInt8(bits | (value < 0 ? 0x80 : 0))
    }

    /// `value` is 12 bits and a sign.
    private static func code(aLawOf value: Int) -> UInt8 {
        let magnitude = value < 0 ? ~value : value
        let segment = magnitude < 32 ? magnitude >> 4 : Int.bitWidth - magnitude.leadingZeroBitCount - 4
        let mantissa = segment == 0 ? magnitude & 15 : (magnitude >> (segment - 1)) & 15
        return UInt8((segment << 4) | mantissa | (value < 0 ? 0 : 0x80)) ^ 0x55
    }
}
