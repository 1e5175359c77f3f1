/// The codecs of which one octet is one sample, without memory of those before: the two laws of G.711. Their sound can be cut, joined and
/// kept encoded at any octet, which holds for no other codec; so what rests on it asks for this type. The raw value is the static RTP
/// payload type (RFC 3551 §6).
package enum SampledCodec: UInt8, Sendable, CaseIterable {
    case pcmu = 0
    case pcma = 8

    /// The code of silence: +0 in G.711, which is also what an idle line carries.
    package var silence: UInt8 {
        switch self {
        case .pcmu: 0xFF
        case .pcma: 0xD5
        }
    }

    /// Encodes `count` samples, one byte each. Both buffers must hold `count` elements.
    package func encode(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutablePointer<UInt8>) {
        switch self {
        case .pcmu: G711.encodeMuLaw(samples, count: count, into: bytes)
        case .pcma: G711.encodeALaw(samples, count: count, into: bytes)
        }
    }

    /// Decodes `count` bytes, one sample each. Both buffers must hold `count` elements.
    package func decode(_ bytes: UnsafePointer<UInt8>, count: Int, into samples: UnsafeMutablePointer<Int16>) {
        let table = decodeTable
        for index in 0..<max(count, 0) {
            samples[index] = table[Int(bytes[index])]
        }
    }

    /// 256 samples, indexed by code.
    package var decodeTable: UnsafePointer<Int16> {
        switch self {
        case .pcmu: G711.muLawDecodeTable
        case .pcma: G711.aLawDecodeTable
        }
    }
}
