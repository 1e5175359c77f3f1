import Audio
import Codecs

/// The peer's sound as a room wants it: one frame of linear samples a turn.
extension PlayoutPath {
    /// Writes one frame to `frame`; false, and nothing of use written, when it is digital silence throughout.
    mutating func voice(
        of stream: borrowing MediaStream, _ coder: StreamCoder?, into frame: UnsafeMutablePointer<Int16>, scratch: MediaScratch
    ) -> Bool {
        guard let codec = stream.form.sampled else { return false }
        var done = 0
        var isSound = false
        var isConcealed = false
        while done < AudioFrame.samples {
            let place = frame + done
            let wanted = AudioFrame.samples - done
            switch next(wanted, codec: codec, into: scratch.sound, linear: scratch.samples, history: scratch.history) {
            case .received(let count):
                if count == AudioFrame.samples, Self.isSilence(scratch.sound, codec) { return false }
                codec.decode(scratch.sound, count: count, into: place)
                isSound = true
                done += count
            case .blended(let count):
                place.update(from: scratch.samples, count: count)
                isSound = true
                done += count
            case .concealed(let count):
                place.update(from: scratch.samples, count: count)
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: 0, count: count)
                done += count
            }
        }
        if isConcealed { countConcealed() }
        return isSound
    }

    /// Whether a frame holds nothing but the codec's code of silence. (A-law has no zero: its silence decodes to a faint constant.)
    private static func isSilence(_ bytes: UnsafeMutablePointer<UInt8>, _ codec: SampledCodec) -> Bool {
        let words = UnsafeRawPointer(bytes)
        let silence = UInt64(codec.silence) &* 0x0101_0101_0101_0101
        for offset in stride(from: 0, to: AudioFrame.samples, by: 8)
        where words.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != silence {
            return false
        }
        return true
    }
}
