import Audio
import Codecs
import RTP

/// The peer's own sound on its way back: jitter buffer, concealment of what was lost, and the codec's bytes again.
///
/// Undisturbed packets pass bit by bit; only what is missing is made up. Allocated when a session first echoes.
struct EchoPath: ~Copyable {
    private var buffer = JitterBuffer()
    private var concealment = PacketLossConcealment()
    /// The seam after made-up sound is blended, and so must be encoded anew.
    private var isMending = false
    private(set) var concealedFrames = 0

    mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer) {
        _ = buffer.insert(sequence: header.sequence, timestamp: header.timestamp, marker: header.marker, payload: payload)
    }

    /// Another source speaks from now on.
    mutating func reset() {
        buffer.reset()
        concealment.reset()
        isMending = false
    }

    /// Writes `samples` octets to `out`; false when there is nothing to echo (no stream, or a pause in it).
    /// `linear` has room for `samples` values.
    mutating func playout(
        samples: Int, codec: AudioCodec, into out: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>
    ) -> Bool {
        var done = 0
        var isSound = false
        var isConcealed = false
        while done < samples {
            let place = out + done
            switch buffer.playout(samples: samples - done, into: place) {
            case .audio(let count, let joined):
                codec.decode(place, count: count, into: linear)
                concealment.accept(linear, count: count, joined: joined)
                if isMending || joined { codec.encode(linear, count: count, into: place) }
                isMending = false
                isSound = true
                done += count
            case .missing(let count):
                concealment.conceal(into: linear, count: count)
                codec.encode(linear, count: count, into: place)
                isMending = true
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: codec.silence, count: count)
                done += count
            }
        }
        if isConcealed { concealedFrames &+= 1 }
        return isSound
    }
}
