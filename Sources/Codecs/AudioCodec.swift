/// The codecs this server can send and receive; the raw value is the static RTP payload type (RFC 3551 §6).
package enum AudioCodec: UInt8, Sendable, CaseIterable {
    case pcmu = 0
    case pcma = 8

    /// The name in `a=rtpmap` (RFC 3551 §4.5.14).
    package var encodingName: String {
        switch self {
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        }
    }

    /// RTP clock and sampling rate, in hertz.
    package var clockRate: Int { 8_000 }

    /// The code of silence: +0 in G.711, which is also what an idle line carries.
    package var silence: UInt8 {
        switch self {
        case .pcmu: 0xFF
        case .pcma: 0xD5
        }
    }

    /// The codec of an SDP encoding name, letters in either case (RFC 8866 §6.6); nil when it is not ours.
    package init?(encodingName: String, clockRate: Int) {
        guard let codec = Self.allCases.first(where: { $0.encodingName == encodingName.uppercased() && $0.clockRate == clockRate })
        else { return nil }
        self = codec
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
