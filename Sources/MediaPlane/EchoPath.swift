import Audio
import Codecs
import RTP

/// The peer's own sound on its way back: jitter buffer, concealment of what was lost, and the codec's bytes again.
///
/// Undisturbed packets pass bit by bit and are not even decoded: only a gap or a seam decodes what was
/// played before it, for the concealment to go on from. Allocated when a session first echoes.
struct EchoPath: ~Copyable {
    /// As much as concealment looks back.
    static let memory = 480
    /// Where the samples stay below this, a change of the delay is not heard: about -46 dBFS.
    private static let quiet: Int16 = 160

    private var buffer: JitterBuffer
    private var concealment = PacketLossConcealment()
    /// Made-up sound came last: the concealment knows what was played, and blends the next real sound in.
    private var isConcealing = false
    private(set) var concealedFrames = 0

    /// `storage`: memory for the jitter buffer (`JitterBuffer.storageSize`); its own where nil.
    init(storage: UnsafeMutableRawPointer? = nil) {
        buffer = JitterBuffer(storage: storage)
    }

    mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer) {
        _ = buffer.insert(sequence: header.sequence, timestamp: header.timestamp, marker: header.marker, payload: payload)
    }

    /// Another source speaks from now on.
    mutating func reset() {
        buffer.reset()
        concealment.reset()
        isConcealing = false
    }

    /// Writes `samples` octets to `out`; false when there is nothing to echo (no stream, or a pause in it).
    /// `linear` and `history` have room for `samples` and for `memory` values.
    mutating func playout(
        samples: Int, codec: AudioCodec, into out: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>,
        history: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var done = 0
        var isSound = false
        var isConcealed = false
        let isQuiet = buffer.wantsQuiet && wasQuiet(codec)
        while done < samples {
            let place = out + done
            switch buffer.playout(samples: samples - done, into: place, quiet: isQuiet) {
            case .audio(let count, let joined):
                if isConcealing || joined {
                    recall(codec, linear, history)
                    codec.decode(place, count: count, into: linear)
                    concealment.accept(linear, count: count, joined: joined)
                    codec.encode(linear, count: count, into: place)
                    isConcealing = false
                }
                isSound = true
                done += count
            case .missing(let count):
                recall(codec, linear, history)
                isConcealing = true
                concealment.conceal(into: linear, count: count)
                codec.encode(linear, count: count, into: place)
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: codec.silence, count: count)
                done += count
            }
        }
        if isConcealed { concealedFrames += 1 }
        return isSound
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
