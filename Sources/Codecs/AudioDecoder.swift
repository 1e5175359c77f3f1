/// Turns the packets of one stream into linear sound. It owns the codec's memory: made off the way of a packet, used on it without
/// allocating, by one thread at a time. No payload can make it trap.
package final class AudioDecoder: @unchecked Sendable {
    /// What a packet may hold at most, in milliseconds: as much as fits into one of Ethernet under G.711. Opus ends at 120.
    package static let longestPacket = 200

    package let codec: AudioCodec
    /// Of the samples made, in hertz.
    package let sampleRate: Int
    private let coder: Coder

    private enum Coder: ~Copyable {
        case sampled(SampledCodec)
        case linear
        case g722(G722Decoder)
        case opus(OpusDecoder)
    }

    /// `sampleRate` in hertz is one of the codec's `sampleRates`; nil: its usual one. Nil when it is none, or for want of memory.
    package init?(_ codec: AudioCodec, sampleRate: Int? = nil) {
        let rate = sampleRate ?? codec.sampleRate
        guard codec.sampleRates.contains(rate) else { return nil }
        switch codec {
        case .pcmu: coder = .sampled(.pcmu)
        case .pcma: coder = .sampled(.pcma)
        case .l16, .l16Narrowband: coder = .linear
        case .g722:
            guard let decoder = G722Decoder(sampleRate: rate) else { return nil }
            coder = .g722(decoder)
        case .opus:
            guard let decoder = OpusDecoder(sampleRate: rate) else { return nil }
            coder = .opus(decoder)
        }
        self.codec = codec
        self.sampleRate = rate
    }

    /// Samples that `decode` makes at most.
    package var longestSamples: Int { Self.longestPacket * sampleRate / 1_000 }

    /// Samples of a payload, without decoding it; nil when it is malformed or longer than `longestPacket`.
    package func duration(of payload: UnsafeRawBufferPointer) -> Int? {
        let samples: Int
        switch coder {
        case .sampled: samples = payload.count
        // RFC 3551 §4.5.11: a sample is two octets.
        case .linear: samples = payload.count.isMultiple(of: 2) ? payload.count / 2 : 0
        case .g722: samples = payload.count * (sampleRate / codec.clockRate)
        case .opus: samples = Opus.duration(of: payload, sampleRate: sampleRate) ?? 0
        }
        return samples > 0 && samples <= longestSamples ? samples : nil
    }

    /// Decodes a payload and says how many samples it made: 0 when it is malformed, or longer than `longestPacket` or `samples`.
    package func decode(_ payload: UnsafeRawBufferPointer, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
        guard let start = payload.baseAddress, let place = samples.baseAddress, let count = duration(of: payload), count <= samples.count
        else { return 0 }
        switch coder {
        case .sampled(let law):
            law.decode(start.assumingMemoryBound(to: UInt8.self), count: count, into: place)
            return count
        case .linear:
            L16.decode(start, count: count, into: place)
            return count
        case .g722(let decoder):
            return decoder.decode(start, count: payload.count, into: place)
        case .opus(let decoder):
            return decoder.decode(payload, into: place, capacity: count)
        }
    }

    /// Makes up `count` samples that did not come, from the codec's own memory. False when the codec cannot: all but Opus, and Opus for
    /// what is not a multiple of 2.5 ms or is longer than 120 ms.
    package func conceal(_ count: Int, into samples: UnsafeMutablePointer<Int16>) -> Bool {
        switch coder {
        case .opus(let decoder): decoder.conceal(count, into: samples)
        default: false
        }
    }

    /// Whether `next` brings a copy of the sound before it, so that `recover` gives more than `conceal`.
    package func canRecover(from next: UnsafeRawBufferPointer) -> Bool {
        codec == .opus && Opus.holdsCopy(next)
    }

    /// Makes up the `count` samples before `next` from the copy that is in it (Opus in-band FEC). The copy reaches back as far as `next`
    /// itself lasts; what was lost before that is concealed. To be called before `next` is decoded. False as in `conceal`, and when
    /// `next` is malformed.
    package func recover(_ count: Int, from next: UnsafeRawBufferPointer, into samples: UnsafeMutablePointer<Int16>) -> Bool {
        switch coder {
        case .opus(let decoder): decoder.recover(count, from: next, into: samples)
        default: false
        }
    }

    /// Forgets the sound before: another stream begins.
    package func reset() {
        switch coder {
        case .g722(let decoder): decoder.reset()
        case .opus(let decoder): decoder.reset()
        default: break
        }
    }
}
