import Audio
import CMediaSockets
import Codecs
import RTP

/// The peer's own sound in order: jitter buffer, and concealment of what was lost. An echo sends it back, a room mixes it.
///
/// Undisturbed packets are handed on bit by bit and are not decoded here: only a gap or a seam decodes what was played before it,
/// for the concealment to go on from.
struct PlayoutPath: ~Copyable {
    /// As much as concealment looks back.
    static let memory = 480
    /// Where the samples stay below this, a change of the delay is not heard: about -46 dBFS.
    private static let quiet: Int16 = 160

    /// So many of the next samples, of one kind.
    enum Run {
        /// As they came: the codec's octets were written.
        case received(Int)
        /// Decoded and blended with what was made up before them: linear samples were written.
        case blended(Int)
        /// Made up: linear samples were written.
        case concealed(Int)
        /// Nothing plays: no stream, or a pause in it. Nothing was written.
        case idle(Int)
    }

    private var buffer: JitterBuffer
    private var concealment = PacketLossConcealment()
    /// Made-up sound came last: the concealment knows what was played, and blends the next real sound in.
    private var isConcealing = false
    private(set) var concealedFrames = 0

    /// `storage`: memory for the jitter buffer (`JitterBuffer.storageSize`); its own where nil. `maximumDelay` in milliseconds.
    init(storage: UnsafeMutableRawPointer? = nil, maximumDelay: Int = 200) {
        buffer = JitterBuffer(maximumDelay: maximumDelay, storage: storage)
    }

    /// What became of the packets, and the samples made up, skipped and held.
    var statistics: JitterBuffer.Statistics { buffer.statistics }
    /// The place on the sender's time line that is played next; nil while no stream is known.
    var playoutTimestamp: RTPTimestamp? { buffer.playoutTimestamp }

    mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer) {
        _ = buffer.insert(sequence: header.sequence, timestamp: header.timestamp, marker: header.marker, payload: payload)
    }

    /// Another source speaks from now on, or the same in another codec.
    mutating func reset() {
        buffer.reset()
        concealment.reset()
        isConcealing = false
    }

    /// Gives up to `samples` of the next samples; call again for the rest. Octets go to `bytes`, linear samples to `linear`, which
    /// has room for `samples` and for `memory` values, as has `history`. `isQuiet`: what `wantsChange` said before the first call.
    mutating func next(
        _ samples: Int, codec: AudioCodec, isQuiet: Bool, into bytes: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>,
        history: UnsafeMutablePointer<UInt8>
    ) -> Run {
        switch buffer.playout(samples: samples, into: bytes, quiet: isQuiet) {
        case .audio(let count, let joined):
            guard isConcealing || joined else { return .received(count) }
            recall(codec, linear, history)
            codec.decode(bytes, count: count, into: linear)
            concealment.accept(linear, count: count, joined: joined)
            isConcealing = false
            return .blended(count)
        case .missing(let count):
            recall(codec, linear, history)
            isConcealing = true
            concealment.conceal(into: linear, count: count)
            return .concealed(count)
        case .idle(let count):
            return .idle(count)
        }
    }

    /// Asks for the memory of the next samples and of those that will come, before they are needed.
    func prefetch() {
        media_prefetch(buffer.nextPlace, 2 * AudioFrame.samples)
        media_prefetch(buffer.nextNote, 64)
    }

    /// Some of a frame was made up.
    mutating func countConcealed() { concealedFrames += 1 }

    /// Whether the delay should change and this is a moment at which nobody hears it.
    func wantsChange(_ codec: AudioCodec) -> Bool {
        buffer.wantsQuiet && wasQuiet(codec)
    }

    /// Tells the concealment what was played last, unless it made that itself.
    private mutating func recall(_ codec: AudioCodec, _ linear: UnsafeMutablePointer<Int16>, _ bytes: UnsafeMutablePointer<UInt8>) {
        guard !isConcealing else { return }
        buffer.copyHistory(Self.memory, into: bytes)
        codec.decode(bytes, count: Self.memory, into: linear)
        concealment.accept(linear, count: Self.memory)
    }

    /// Whether what was played last was near silence, by every tenth sample of 20 ms.
    private func wasQuiet(_ codec: AudioCodec) -> Bool {
        let table = codec.decodeTable
        for step in 1...16 {
            guard abs(table[Int(buffer.played(back: 10 * step))]) < Self.quiet else { return false }
        }
        return true
    }
}
