import COpus

/// Turns linear sound of one stream into packets of one codec. It owns the codec's memory: made off the way of a packet, used on it
/// without allocating, by one thread at a time.
package final class AudioEncoder: @unchecked Sendable {
    package struct Settings: Equatable, Sendable {
        /// Of the samples given, in hertz, one of the codec's `sampleRates`; nil: the codec's usual one.
        package var sampleRate: Int?
        /// Opus: bits a second, on the average, 6,000...510,000.
        package var bitrate = 32_000
        /// Opus: what the peer plays at most, in hertz (`maxplaybackrate`): nothing above half of it is sent.
        package var playbackRate = 48_000
        /// Opus: 0...10, more is better and dearer.
        package var complexity = 5
        /// Opus: whether each packet may bring a coarser copy of the sound before it. How much goes into it follows the expected loss.
        package var usesFEC = true
        /// Opus: whether nothing is sent while nobody speaks.
        package var usesDTX = false
        /// Opus: whether all packets have the same size.
        package var isConstantBitrate = false
        /// Opus: lost packets in a hundred, to begin with.
        package var expectedLoss = 0

        package init(sampleRate: Int? = nil) { self.sampleRate = sampleRate }
    }

    package let codec: AudioCodec
    /// Of the samples given, in hertz.
    package let sampleRate: Int
    private let settings: Settings
    private let coder: Coder

    private enum Coder: ~Copyable {
        case sampled(SampledCodec)
        case linear
        case g722(G722Encoder)
        case opus(OpusEncoder)
    }

    /// Nil when the codec has no such sample rate, or for want of memory.
    package init?(_ codec: AudioCodec, _ settings: Settings = Settings()) {
        let rate = settings.sampleRate ?? codec.sampleRate
        guard codec.sampleRates.contains(rate) else { return nil }
        switch codec {
        case .pcmu: coder = .sampled(.pcmu)
        case .pcma: coder = .sampled(.pcma)
        case .l16, .l16Narrowband: coder = .linear
        case .g722:
            guard let encoder = G722Encoder(sampleRate: rate) else { return nil }
            coder = .g722(encoder)
        case .opus:
            guard let encoder = OpusEncoder(sampleRate: rate) else { return nil }
            encoder.set(OPUS_SET_BITRATE_REQUEST, min(max(settings.bitrate, 6_000), 510_000))
            encoder.set(OPUS_SET_MAX_BANDWIDTH_REQUEST, Opus.bandwidth(playbackRate: settings.playbackRate))
            encoder.set(OPUS_SET_COMPLEXITY_REQUEST, min(max(settings.complexity, 0), 10))
            encoder.set(OPUS_SET_INBAND_FEC_REQUEST, settings.usesFEC ? 1 : 0)
            encoder.set(OPUS_SET_DTX_REQUEST, settings.usesDTX ? 1 : 0)
            encoder.set(OPUS_SET_VBR_REQUEST, settings.isConstantBitrate ? 0 : 1)
            encoder.set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, min(max(settings.expectedLoss, 0), 100))
            coder = .opus(encoder)
        }
        self.codec = codec
        self.settings = settings
        sampleRate = rate
    }

    /// Octets that `encode` writes at most for `milliseconds` of sound.
    package static func maximumOctets(_ codec: AudioCodec, milliseconds: Int) -> Int {
        switch codec {
        case .pcmu, .pcma, .g722: 8 * milliseconds
        case .l16Narrowband: 16 * milliseconds
        case .l16: 32 * milliseconds
        case .opus: Opus.maximumOctets
        }
    }

    /// Encodes one packet of `count` samples and says how many octets it has: 0 when nothing is to be sent, which is so in silence with
    /// `usesDTX`, when `count` is no packet time of the codec (`packetTimes`) and when `bytes` has no room for it.
    package func encode(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard count > 0, let start = bytes.baseAddress else { return 0 }
        switch coder {
        case .sampled(let law):
            guard count <= bytes.count else { return 0 }
            law.encode(samples, count: count, into: start.assumingMemoryBound(to: UInt8.self))
            return count
        case .linear:
            guard count <= bytes.count / 2 else { return 0 }
            L16.encode(samples, count: count, into: start)
            return 2 * count
        case .g722(let encoder):
            return encoder.encode(samples, count: count, into: bytes)
        case .opus(let encoder):
            let octets = encoder.encode(samples, count: count, into: bytes)
            // libopus says with one or two octets that the packet need not be sent.
            return settings.usesDTX && octets <= 2 ? 0 : octets
        }
    }

    /// Opus: how many packets in a hundred the peer loses. From about 1 on they bring copies of the sound before them, if `usesFEC`.
    package func expectLoss(percent: Int) {
        switch coder {
        case .opus(let encoder): encoder.set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, min(max(percent, 0), 100))
        default: break
        }
    }

    /// Opus: bits a second, on the average.
    package func setBitrate(_ bitrate: Int) {
        switch coder {
        case .opus(let encoder): encoder.set(OPUS_SET_BITRATE_REQUEST, min(max(bitrate, 6_000), 510_000))
        default: break
        }
    }

    /// Forgets the sound before, and keeps the settings.
    package func reset() {
        switch coder {
        case .g722(let encoder): encoder.reset()
        case .opus(let encoder): encoder.reset()
        default: break
        }
    }
}
