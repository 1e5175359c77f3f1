/// The codecs this server speaks, by their SDP names. What each of them is stands in its own file.
package enum AudioCodec: Hashable, Sendable, CaseIterable {
    case pcmu
    case pcma
    case g722
    case opus
    /// L16 at 16 kHz.
    case l16
    /// L16 at 8 kHz.
    case l16Narrowband

    /// The name in `a=rtpmap`, as its RFC writes it.
    package var encodingName: String { definition.encodingName }

    /// RTP clock, in hertz. G.722 has 8,000 though it samples at 16,000 (RFC 3551 §4.5.2); Opus has 48,000 at whatever rate it is
    /// decoded (RFC 7587 §4.1).
    package var clockRate: Int { definition.clockRate }

    /// Channels in `a=rtpmap`: 2 for Opus, always (RFC 7587 §7). All sound in the server has one.
    package var channels: Int { definition.channels }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 §6).
    package var staticPayloadType: UInt8? { definition.staticPayloadType }

    /// Rate of the linear sound in hertz, unless a coder is asked for another one.
    package var sampleRate: Int { sampleRates[0] }

    /// The rates that coders can be asked for, the usual one first, in hertz. Opus and G.722 filter within, so that sound for a telephone
    /// at 8 kHz or a mixer at 16 needs no resampler besides.
    package var sampleRates: [Int] { definition.sampleRates }

    /// Milliseconds that a packet of ours may hold, in ascending order.
    package var packetTimes: [Int] { definition.packetTimes }

    /// The codec as one with an octet for each sample; nil for those that are none.
    package var sampled: SampledCodec? {
        switch self {
        case .pcmu: .pcmu
        case .pcma: .pcma
        case .g722, .opus, .l16, .l16Narrowband: nil
        }
    }

    /// How the sound of a session with this codec lies in memory.
    package var form: SoundForm { sampled.map { .sampled($0) } ?? (sampleRate >= 16_000 ? .wide : .linear) }

    /// Whether one octet is one sample.
    package var isSampled: Bool { sampled != nil }

    package init(_ sampled: SampledCodec) {
        switch sampled {
        case .pcmu: self = .pcmu
        case .pcma: self = .pcma
        }
    }

    /// The codec of an SDP encoding name, letters in either case (RFC 8866 §6.6); nil when it is not ours.
    package init?(encodingName: String, clockRate: Int) {
        let name = encodingName.uppercased()
        guard let codec = Self.allCases.first(where: { $0.clockRate == clockRate && $0.encodingName.uppercased() == name })
        else { return nil }
        self = codec
    }

    /// RTP clock ticks that `samples` of linear sound at `sampleRate` last.
    package func ticks(samples: Int, sampleRate: Int) -> Int { samples * clockRate / sampleRate }

    /// Samples of linear sound at `sampleRate` in as many RTP clock ticks.
    package func samples(ticks: Int, sampleRate: Int) -> Int { ticks * sampleRate / clockRate }

    /// The registry.
    private var definition: CodecDefinition {
        switch self {
        case .pcmu: G711.muLawDefinition
        case .pcma: G711.aLawDefinition
        case .g722: G722.definition
        case .opus: Opus.definition
        case .l16: L16.definition
        case .l16Narrowband: L16.narrowbandDefinition
        }
    }
}

/// What SDP and RTP have to know of a codec.
struct CodecDefinition: Sendable {
    var encodingName: String
    var clockRate: Int
    var channels = 1
    var staticPayloadType: UInt8?
    /// The usual one first.
    var sampleRates: [Int]
    var packetTimes = [10, 20, 30, 40, 50, 60]
}
