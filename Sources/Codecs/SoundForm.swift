/// How sound lies in memory between a session's wire and everything that is shared: tracks, rooms, bridges. G.711 stays as it came, since a
/// telephone call that is only passed on or played to is never decoded; whatever other codec a session has on the wire, its sound is linear
/// here, at the rate of the codec's sound.
///
/// Lengths are counted in ticks of 8 kHz, whatever the form: a packet of 20 ms is 160 of them.
package enum SoundForm: Hashable, Sendable {
    /// The octets of a codec of one octet a sample, at 8 kHz.
    case sampled(SampledCodec)
    /// Linear samples at 8 kHz, in the machine's order.
    case linear
    /// Linear samples at 16 kHz.
    case wide

    package static let pcmu = SoundForm.sampled(.pcmu)
    package static let pcma = SoundForm.sampled(.pcma)

    /// Ticks a second.
    package static let tickRate = 8_000

    package static let allCases: [SoundForm] = SampledCodec.allCases.map { .sampled($0) } + [.linear, .wide]

    /// Samples a second.
    package var rate: Int { samplesPerTick * Self.tickRate }

    package var samplesPerTick: Int { self == .wide ? 2 : 1 }

    package var octetsPerTick: Int {
        switch self {
        case .sampled: 1
        case .linear: 2
        case .wide: 4
        }
    }

    /// The most that `octetsPerTick` can be.
    package static let mostOctetsPerTick = 4

    /// The law, where there is one.
    package var sampled: SampledCodec? {
        if case .sampled(let codec) = self { codec } else { nil }
    }

    /// Of which each octet of silence consists.
    package var silence: UInt8 { sampled?.silence ?? 0 }

    /// Writes `ticks` of linear samples at `rate` as `ticks * octetsPerTick` octets. The linear forms want places aligned for samples.
    package func encode(_ samples: UnsafePointer<Int16>, ticks: Int, into octets: UnsafeMutablePointer<UInt8>) {
        switch self {
        case .sampled(let codec): codec.encode(samples, count: ticks, into: octets)
        case .linear, .wide:
            UnsafeMutableRawPointer(octets).copyMemory(from: samples, byteCount: max(ticks, 0) * octetsPerTick)
        }
    }

    /// The other way: gives `ticks * samplesPerTick` samples.
    package func decode(_ octets: UnsafePointer<UInt8>, ticks: Int, into samples: UnsafeMutablePointer<Int16>) {
        switch self {
        case .sampled(let codec): codec.decode(octets, count: ticks, into: samples)
        case .linear, .wide:
            UnsafeMutableRawPointer(samples).copyMemory(from: octets, byteCount: max(ticks, 0) * octetsPerTick)
        }
    }
}
