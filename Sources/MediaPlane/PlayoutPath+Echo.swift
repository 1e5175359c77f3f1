import Codecs

/// The peer's sound on its way back, in the codec's octets: undisturbed ones are those that came, bit by bit.
extension PlayoutPath {
    /// Writes `samples` octets to `out`; false when there is nothing to echo. `linear` and `history` as for `next`.
    mutating func echo(
        samples: Int, codec: SampledCodec, into out: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>,
        history: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        encoded(samples: samples, codec: codec, as: codec, into: out, linear: linear, history: history)
    }

    /// The same for somebody else, whose codec may be another one.
    mutating func encoded(
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
                    // Both run at 8 kHz; where the rates differ, the linear samples are resampled here.
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
