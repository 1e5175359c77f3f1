import Audio
import Codecs

/// The peer's sound as a room wants it: one frame of linear samples a turn.
extension PlayoutPath {
    /// Writes the next 20 ms, at 8 kHz to `narrow` and at 16 kHz to `wide`, where they are wanted; false, and nothing of use written, when
    /// it is digital silence throughout.
    mutating func voice(
        of stream: borrowing MediaStream, _ coder: StreamCoder?, narrow: UnsafeMutablePointer<Int16>?,
        wide: UnsafeMutablePointer<Int16>?, scratch: MediaScratch
    ) -> Bool {
        guard let codec = stream.form.sampled else { return false }
        guard let narrow else {
            guard let wide else { return false }
            // The second half of the place is written to only after what stands there has been read.
            guard sampled(codec, into: wide + AudioFrame.samples, scratch: scratch) else { return rest() }
            return withUnsafeTemporaryAllocation(of: Int16.self, capacity: AudioFrame.samples) { frame in
                guard let frame = frame.baseAddress else { return false }
                frame.update(from: wide + AudioFrame.samples, count: AudioFrame.samples)
                doubler.write(frame, count: AudioFrame.samples, into: wide)
                return true
            }
        }
        guard sampled(codec, into: narrow, scratch: scratch) else { return rest() }
        if let wide { doubler.write(narrow, count: AudioFrame.samples, into: wide) }
        return true
    }

    private mutating func rest() -> Bool {
        doubler.reset()
        return false
    }

    private mutating func sampled(_ codec: SampledCodec, into frame: UnsafeMutablePointer<Int16>, scratch: MediaScratch) -> Bool {
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
