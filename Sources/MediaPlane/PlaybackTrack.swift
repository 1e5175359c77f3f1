import Codecs

/// What one `play` sends: shared encoded clips laid end to end on one RTP time line, some number of times.
///
/// The media thread walks `parts` by pointer. It never owns the last reference: whoever ordered the playback keeps one until
/// the playback is reported finished or the session closed, so nothing is freed on the packet path.
package final class PlaybackTrack: Sendable {
    struct Part {
        var bytes: UnsafePointer<UInt8>
        var count: Int
    }

    private let clips: [EncodedAudio]
    nonisolated(unsafe) let parts: UnsafeBufferPointer<Part>
    /// Times the whole is played; nil for ever.
    let rounds: Int?

    /// Clips must be encoded in the codec of the session (one byte is one sample at 8 kHz); empty ones are skipped.
    package init(_ clips: [EncodedAudio], rounds: Int? = 1) {
        let audible = clips.filter { $0.count > 0 }
        let storage = UnsafeMutableBufferPointer<Part>.allocate(capacity: audible.count)
        for (index, clip) in audible.enumerated() {
            storage.initializeElement(at: index, to: Part(bytes: clip.bytes, count: clip.count))
        }
        self.clips = audible
        self.parts = UnsafeBufferPointer(storage)
        // Nothing repeated for ever would spin: it is over at once.
        self.rounds = audible.isEmpty ? 0 : rounds
    }

    /// What the clips are encoded in; nil for a track without sound.
    package var codec: SampledCodec? { clips.first?.codec }

    /// Samples of one round.
    package var sampleCount: Int { clips.reduce(0) { $0 + $1.count } }

    deinit {
        UnsafeMutableBufferPointer(mutating: parts).deallocate()
    }
}
