import Codecs

/// The coders of a session whose codec is none of one octet a sample. Made by the control side when the codec is agreed on, used by the
/// media thread alone from then on.
final class StreamCoder: @unchecked Sendable {
    let codec: AudioCodec
    let settings: AudioEncoder.Settings
    let encoder: AudioEncoder
    /// For what is played.
    let decoder: AudioDecoder
    /// For what is recorded: every packet in its turn, some of them later than they are played.
    let recorded: AudioDecoder
    /// A packet's sound on its way into the encoder, in the session's form.
    let sound = UnsafeMutablePointer<UInt8>.allocate(capacity: SendPath.longestSound)

    /// Nil for want of memory.
    init?(_ codec: AudioCodec, _ settings: AudioEncoder.Settings) {
        var encoding = settings
        encoding.sampleRate = codec.form.rate
        guard let encoder = AudioEncoder(codec, encoding), let decoder = AudioDecoder(codec, sampleRate: codec.form.rate),
            let recorded = AudioDecoder(codec, sampleRate: codec.form.rate)
        else { return nil }
        self.codec = codec
        self.settings = settings
        self.encoder = encoder
        self.decoder = decoder
        self.recorded = recorded
        sound.initialize(repeating: 0, count: SendPath.longestSound)
    }

    deinit { sound.deallocate() }

    /// What stands in `sound`, as a packet's payload; gives its octets, 0 when nothing is to be sent.
    func encode(ticks: Int, into payload: UnsafeMutableRawPointer) -> Int {
        let samples = UnsafeMutableRawPointer(sound).assumingMemoryBound(to: Int16.self)
        return encoder.encode(
            samples, count: ticks * codec.form.samplesPerTick,
            into: UnsafeMutableRawBufferPointer(start: payload, count: SendPath.longestPayload))
    }
}
