import Audio
import Codecs

/// The peer's sound as linear samples: what a room wants of it, and what goes to somebody with another codec.
extension PlayoutPath {
    /// Writes one frame at the rates that are asked for, 160 samples to `narrow` and 320 to `wide`; false, and nothing of use written,
    /// when it is digital silence throughout.
    mutating func voice(
        of stream: borrowing MediaStream, _ coder: StreamCoder?, narrow: UnsafeMutablePointer<Int16>?, wide: UnsafeMutablePointer<Int16>?,
        scratch: MediaScratch
    ) -> Bool {
        let form = stream.form
        let isWide = form.samplesPerTick == 2
        guard let frame = (isWide ? wide : narrow) ?? (isWide ? narrow.map { _ in scratch.voice } : wide.map { _ in scratch.voice }),
            linear(ticks: AudioFrame.samples, of: form, coder, into: frame, scratch: scratch)
        else { return false }
        if let other = isWide ? narrow : wide { conversion.rate(frame, of: form, ticks: AudioFrame.samples, into: other) }
        return true
    }

    /// Writes `ticks` of sound at the rate of the stream's own form; false, and nothing of use written, when there is none.
    mutating func linear(
        ticks: Int, of form: SoundForm, _ coder: StreamCoder?, into frame: UnsafeMutablePointer<Int16>, scratch: MediaScratch
    ) -> Bool {
        let samplesPerTick = form.samplesPerTick
        var done = 0
        var isSound = false
        var isConcealed = false
        while done < ticks {
            let place = frame + done * samplesPerTick
            let wanted = ticks - done
            let run: Run
            if let coder {
                run = next(wanted, decoded: coder, into: scratch.samples)
            } else if let codec = form.sampled {
                run = next(wanted, codec: codec, into: scratch.sound, linear: scratch.samples, history: scratch.history)
                if case .received(let count) = run {
                    if count == AudioFrame.samples, Self.isSilence(scratch.sound, codec) {
                        place.update(repeating: 0, count: count)
                    } else {
                        codec.decode(scratch.sound, count: count, into: place)
                        isSound = true
                    }
                    done += count
                    continue
                }
            } else {
                return false
            }
            switch run {
            case .received(let count), .blended(let count):
                place.update(from: scratch.samples, count: count * samplesPerTick)
                isSound = true
                done += count
            case .concealed(let count):
                place.update(from: scratch.samples, count: count * samplesPerTick)
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: 0, count: count * samplesPerTick)
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
