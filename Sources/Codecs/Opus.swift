import COpus

/// Opus (RFC 6716) over RTP (RFC 7587) through libopus: one channel of speech.
enum Opus {
    static let definition = CodecDefinition(
        encodingName: "opus", clockRate: 48_000, channels: 2,
        // 16 kHz is the widest that any other codec here has, so a bridge or a room needs no resampler; speech gains little above it.
        sampleRates: [16_000, 8_000, 12_000, 24_000, 48_000], packetTimes: [10, 20, 40, 60])

    /// A frame's octets at most (RFC 6716 §3.2.1), which is also what fits into a packet of Ethernet.
    static let maximumOctets = 1_275

    /// The widest band that makes sense for who plays at `playbackRate` hertz (RFC 7587 §6.1, `maxplaybackrate`).
    static func bandwidth(playbackRate: Int) -> Int {
        switch playbackRate {
        case ..<12_000: Int(OPUS_BANDWIDTH_NARROWBAND)
        case ..<16_000: Int(OPUS_BANDWIDTH_MEDIUMBAND)
        case ..<24_000: Int(OPUS_BANDWIDTH_WIDEBAND)
        case ..<48_000: Int(OPUS_BANDWIDTH_SUPERWIDEBAND)
        default: Int(OPUS_BANDWIDTH_FULLBAND)
        }
    }

    /// Samples at `sampleRate` that a packet lasts, read from its first two octets; nil when it breaks RFC 6716 §3.1.
    static func duration(of payload: UnsafeRawBufferPointer, sampleRate: Int) -> Int? {
        guard let start = payload.baseAddress, payload.count > 0 else { return nil }
        let samples = opus_packet_get_nb_samples(
            start.assumingMemoryBound(to: UInt8.self), opus_int32(clamping: payload.count), opus_int32(clamping: sampleRate))
        return samples > 0 ? Int(samples) : nil
    }

    /// Whether a packet brings a second, coarser copy of the sound before it (in-band FEC; "LBRR" in RFC 6716 §4.2.4). The first frame's
    /// first bits say so: one for the activity of each 20 ms, and one for the copy, of each channel (§4.2.3).
    static func holdsCopy(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard let start = payload.baseAddress?.assumingMemoryBound(to: UInt8.self), payload.count > 1 else { return false }
        let configuration = start[0] >> 3
        // §3.1: 16 and up are CELT, which has no such copy; 0 to 11 are SILK of 10, 20, 40, 60 ms, the rest hybrid of 10 and 20.
        guard configuration < 16 else { return false }
        let frames = configuration < 12 ? max(Int(configuration & 3), 1) : 1
        guard let first = firstOctet(start, count: payload.count) else { return false }
        let isStereo = start[0] & 4 != 0
        return first >> (7 - UInt8(frames)) & 1 != 0 || (isStereo && first >> (6 - 2 * UInt8(frames)) & 1 != 0)
    }

    /// The first octet of the first frame; nil when the packet cannot be taken apart or that frame is empty.
    private static func firstOctet(_ packet: UnsafePointer<UInt8>, count: Int) -> UInt8? {
        // 48 frames of 2.5 ms are the most that a packet holds (RFC 6716 §3.2.5).
        withUnsafeTemporaryAllocation(of: opus_int16.self, capacity: 48) { sizes in
            withUnsafeTemporaryAllocation(of: Optional<UnsafePointer<UInt8>>.self, capacity: 48) { frames in
                guard let places = frames.baseAddress, let lengths = sizes.baseAddress,
                    opus_packet_parse(packet, opus_int32(clamping: count), nil, places, lengths, nil) > 0,
                    lengths[0] > 0, let frame = places[0]
                else { return nil }
                return frame[0]
            }
        }
    }
}

struct OpusEncoder: ~Copyable {
    private let state: OpaquePointer
    private let sampleRate: Int

    /// Nil when libopus does not take the rate, or for want of memory.
    init?(sampleRate: Int) {
        guard let state = opus_encoder_create(opus_int32(clamping: sampleRate), 1, OPUS_APPLICATION_VOIP, nil) else { return nil }
        self.state = state
        self.sampleRate = sampleRate
        set(OPUS_SET_SIGNAL_REQUEST, Int(OPUS_SIGNAL_VOICE))
    }

    deinit { opus_encoder_destroy(state) }

    /// A control that takes a number. One that libopus refuses leaves what was.
    func set(_ request: Int32, _ value: Int) {
        _ = opus_encoder_set(state, request, opus_int32(clamping: value))
    }

    /// Octets written; 0 when `count` is no packet time of Opus or there is no room.
    func encode(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard count > 0, count <= sampleRate, Opus.definition.packetTimes.contains(where: { $0 * sampleRate == count * 1_000 }),
            bytes.count > 0,
            let start = bytes.baseAddress
        else { return 0 }
        return max(
            Int(
                opus_encode(
                    state, samples, Int32(truncatingIfNeeded: count), start.assumingMemoryBound(to: UInt8.self),
                    opus_int32(clamping: min(bytes.count, Opus.maximumOctets)))), 0)
    }

    func reset() { _ = opus_encoder_reset(state) }
}

struct OpusDecoder: ~Copyable {
    private let state: OpaquePointer
    private let sampleRate: Int

    /// Nil when libopus does not take the rate, or for want of memory.
    init?(sampleRate: Int) {
        guard let state = opus_decoder_create(opus_int32(clamping: sampleRate), 1, nil) else { return nil }
        self.state = state
        self.sampleRate = sampleRate
    }

    deinit { opus_decoder_destroy(state) }

    /// Decodes a packet into at most `capacity` samples; the number written, 0 when it is malformed or does not fit.
    func decode(_ payload: UnsafeRawBufferPointer, into samples: UnsafeMutablePointer<Int16>, capacity: Int) -> Int {
        guard let start = payload.baseAddress, payload.count > 0 else { return 0 }
        return max(
            Int(
                opus_decode(
                    state, start.assumingMemoryBound(to: UInt8.self), opus_int32(clamping: payload.count), samples,
                    Int32(clamping: capacity), 0)), 0)
    }

    /// Whether libopus can make up `count` samples: whole frames of 2.5 ms, and no more than a packet's 120 ms.
    private func canMake(_ count: Int) -> Bool {
        count > 0 && count <= sampleRate * 3 / 25 && (count * 400).isMultiple(of: sampleRate)
    }

    /// Makes up `count` samples that did not come.
    func conceal(_ count: Int, into samples: UnsafeMutablePointer<Int16>) -> Bool {
        canMake(count) && opus_decode(state, nil, 0, samples, Int32(truncatingIfNeeded: count), 0) == Int32(truncatingIfNeeded: count)
    }

    /// Decodes the copy of the `count` samples before `next` from it; what the copy does not reach is made up.
    func recover(_ count: Int, from next: UnsafeRawBufferPointer, into samples: UnsafeMutablePointer<Int16>) -> Bool {
        guard canMake(count), let start = next.baseAddress, next.count > 0 else { return false }
        let made = opus_decode(
            state, start.assumingMemoryBound(to: UInt8.self), opus_int32(clamping: next.count), samples, Int32(truncatingIfNeeded: count), 1
        )
        return made == Int32(truncatingIfNeeded: count)
    }

    func reset() { _ = opus_decoder_reset(state) }
}
