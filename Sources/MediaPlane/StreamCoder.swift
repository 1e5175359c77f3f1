import Codecs
import RTP

/// The coders of a session whose codec is none of one octet a sample. Made by the control side when the codec is agreed on, used by the
/// media thread alone from then on.
final class StreamCoder: @unchecked Sendable {
    let codec: AudioCodec
    let settings: AudioEncoder.Settings
    let encoder: AudioEncoder
    /// What the peer says, in order, where a playout path asks for it.
    let playout: DecodedPlayout
    /// For what is recorded: every packet in its turn, some of them later than they are played.
    let recorded: AudioDecoder
    /// Lost packets in a hundred that the encoder reckons with, and the report that it was last told by.
    private var expectedLoss = 0
    private var lastReport: ReceptionReport?
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
        playout = DecodedPlayout(decoder, form: codec.form)
        self.recorded = recorded
        sound.initialize(repeating: 0, count: SendPath.longestSound)
    }

    deinit { sound.deallocate() }

    /// The peer has told how much of what we send is lost: the encoder puts as much into copies. It is believed at once, and forgotten by a
    /// quarter with each better report, since losses come in spells.
    func follow(_ report: ReceptionReport) {
        guard report != lastReport else { return }
        lastReport = report
        let lost = (Int(report.fractionLost) * 100 + 128) / 256
        let expected = max(lost, expectedLoss * 3 / 4)
        guard expected != expectedLoss else { return }
        expectedLoss = expected
        // Beyond this the copies leave too little of the bit rate for the sound itself.
        encoder.expectLoss(percent: min(expected, 30))
    }

    /// Ticks of 8 kHz that a payload lasts; 0 when it is malformed.
    func ticks(of payload: UnsafeRawBufferPointer) -> Int { playout.ticks(of: payload) }

    /// What stands in `sound`, as a packet's payload; gives its octets, 0 when nothing is to be sent.
    func encode(ticks: Int, into payload: UnsafeMutableRawPointer) -> Int {
        let samples = UnsafeMutableRawPointer(sound).assumingMemoryBound(to: Int16.self)
        return encoder.encode(
            samples, count: ticks * codec.form.samplesPerTick,
            into: UnsafeMutableRawBufferPointer(start: payload, count: SendPath.longestPayload))
    }
}
