import Codecs

/// The peer's sound on its way back, in the codec's octets: undisturbed ones are those that came, bit by bit.
extension PlayoutPath {
    /// Writes `samples` octets to `out`; false when there is nothing to echo. `linear` and `history` as for `next`.
    mutating func echo(
        samples: Int, codec: AudioCodec, into out: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>,
        history: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var done = 0
        var isSound = false
        var isConcealed = false
        let isQuiet = wantsChange(codec)
        while done < samples {
            let place = out + done
            switch next(samples - done, codec: codec, isQuiet: isQuiet, into: place, linear: linear, history: history) {
            case .received(let count):
                isSound = true
                done += count
            case .blended(let count):
                codec.encode(linear, count: count, into: place)
                isSound = true
                done += count
            case .concealed(let count):
                codec.encode(linear, count: count, into: place)
                isSound = true
                isConcealed = true
                done += count
            case .idle(let count):
                place.update(repeating: codec.silence, count: count)
                done += count
            }
        }
        if isConcealed { countConcealed() }
        return isSound
    }
}
