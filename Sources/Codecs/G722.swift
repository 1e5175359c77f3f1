import CSpandsp

/// ITU-T G.722 at 64 kbit/s (its mode 1, the only one that RTP has: RFC 3551 §4.5.2), through libspandsp. An octet is two samples at
/// 16 kHz, or one at 8 kHz, where the upper band is left out.
enum G722 {
    static let definition = CodecDefinition(
        encodingName: "G722", clockRate: 8_000, staticPayloadType: 9, sampleRates: [16_000, 8_000])

    fileprivate static let bitrate: Int32 = 64_000

    fileprivate static func options(_ sampleRate: Int) -> Int32 {
        sampleRate == 8_000 ? Int32(G722_SAMPLE_RATE_8000) : 0
    }
}

struct G722Encoder: ~Copyable {
    private let state: OpaquePointer
    private let samplesPerOctet: Int
    private let options: Int32

    /// Nil for want of memory.
    init?(sampleRate: Int) {
        options = G722.options(sampleRate)
        guard let state = g722_encode_init(nil, G722.bitrate, options) else { return nil }
        self.state = state
        samplesPerOctet = sampleRate / 8_000
    }

    deinit { g722_encode_free(state) }

    /// Octets written; 0 when `count` is odd at 16 kHz or `bytes` too small.
    func encode(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard count > 0, count % samplesPerOctet == 0, count / samplesPerOctet <= bytes.count, let start = bytes.baseAddress else {
            return 0
        }
        return Int(g722_encode(state, start.assumingMemoryBound(to: UInt8.self), samples, Int32(truncatingIfNeeded: count)))
    }

    func reset() { g722_encode_init(state, G722.bitrate, options) }
}

struct G722Decoder: ~Copyable {
    private let state: OpaquePointer
    private let options: Int32

    /// Nil for want of memory.
    init?(sampleRate: Int) {
        options = G722.options(sampleRate)
        guard let state = g722_decode_init(nil, G722.bitrate, options) else { return nil }
        self.state = state
    }

    deinit { g722_decode_free(state) }

    /// Any octets are sound; `samples` must hold `duration` of them. Samples written.
    func decode(_ bytes: UnsafeRawPointer, count: Int, into samples: UnsafeMutablePointer<Int16>) -> Int {
        Int(g722_decode(state, samples, bytes.assumingMemoryBound(to: UInt8.self), Int32(truncatingIfNeeded: count)))
    }

    func reset() { g722_decode_init(state, G722.bitrate, options) }
}
