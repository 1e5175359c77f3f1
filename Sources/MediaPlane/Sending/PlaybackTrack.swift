import Codecs

/// What one `play` sends: shared encoded clips laid end to end on one RTP time line, some number of times.
///
/// The media thread walks `parts` by pointer. It never owns the last reference: whoever ordered the playback keeps one until
/// the playback is reported finished or the session closed, so nothing is freed on the packet path.
package final class PlaybackTrack: Sendable {
    struct Part {
        var bytes: UnsafePointer<UInt8>
        /// Octets.
        var count: Int
    }

    private let clips: [EncodedAudio]
    /// What the clips are in; nil for a track without sound.
    package let form: SoundForm?
    nonisolated(unsafe) let parts: UnsafeBufferPointer<Part>
    /// Times the whole is played; nil for ever.
    let rounds: Int?
    /// Where the first round begins, in ticks of 8 kHz.
    package let start: Int

    /// Clips must be in one form, that of the session if it is to cost least; empty ones are skipped.
    package init(_ clips: [EncodedAudio], rounds: Int? = 1, start: Int = 0) {
        let sounding = clips.filter { $0.count > 0 }
        // All in one form: what is in another one would be noise.
        let audible = sounding.filter { $0.form == sounding.first?.form }
        let storage = UnsafeMutableBufferPointer<Part>.allocate(capacity: audible.count)
        for (index, clip) in audible.enumerated() {
            storage.initializeElement(at: index, to: Part(bytes: clip.bytes, count: clip.count * clip.form.octetsPerTick))
        }
        self.clips = audible
        form = audible.first?.form
        self.parts = UnsafeBufferPointer(storage)
        self.start = start
        // Nothing repeated for ever would spin: it is over at once.
        self.rounds = audible.isEmpty ? 0 : rounds
    }

    /// Ticks of 8 kHz of one round.
    package var tickCount: Int { clips.reduce(0) { $0 + $1.count } }

    deinit {
        UnsafeMutableBufferPointer(mutating: parts).deallocate()
    }
}
