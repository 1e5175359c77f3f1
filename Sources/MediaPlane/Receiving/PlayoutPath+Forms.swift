import Codecs

/// The peer's sound on its way back, in the session's form: undisturbed ones are those that came, bit by bit.
extension PlayoutPath {
    /// Writes `ticks` of sound to `out`, in the form `target`: the session's own, or that of somebody else who hears it. False when there
    /// is nothing to hear.
    mutating func sound(
        ticks: Int, of stream: borrowing MediaStream, _ coder: StreamCoder?, as target: SoundForm, into out: UnsafeMutablePointer<UInt8>,
        scratch: MediaScratch
    ) -> Bool {
        if let codec = stream.form.sampled, let law = target.sampled {
            return sampled(samples: ticks, codec: codec, as: law, into: out, linear: scratch.samples, history: scratch.history)
        }
        guard linear(ticks: ticks, of: stream.form, coder, into: scratch.voice, scratch: scratch) else { return false }
        conversion.convert(scratch.voice, of: stream.form, ticks: ticks, as: target, into: out)
        return true
    }

    /// From one law to the same or the other.
    mutating func sampled(
        samples: Int, codec: SampledCodec, as target: SampledCodec, into out: UnsafeMutablePointer<UInt8>,
        linear: UnsafeMutablePointer<Int16>, history: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var done = 0
        var isSound = false
        var isConcealed = false
        while done < samples {
            let place = out + done
            switch next(samples - done, codec: codec, into: place, linear: linear, history: history) {
            case .received(let count):
                if codec != target {
                    // Both run at 8 kHz.
                    codec.decode(place, count: count, into: linear)
                    target.encode(linear, count: count, into: place)
                }
                isSound = true
                done += count
            case .blended(let count):
                target.encode(linear, count: count, into: place)
                isSound = true
                done += count
            case .concealed(let count):
                target.encode(linear, count: count, into: place)
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: target.silence, count: count)
                done += count
            }
        }
        if isConcealed { countConcealed() }
        return isSound
    }
}
