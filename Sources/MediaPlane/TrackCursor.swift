import Codecs

/// How far a session has come in a track that it plays.
///
/// The part that plays stands here by its address, so that a packet touches the sound alone and neither the track nor its list of
/// parts: at a thousand calls each of them is a miss of the cache. Whoever ordered the playback holds the track as well, so letting
/// go of it here frees nothing.
struct TrackCursor {
    private let track: Unmanaged<PlaybackTrack>
    /// Nil for a track without sound.
    let form: SoundForm?
    private var part = 0
    private var roundsLeft: Int?
    /// What is left of the part that plays, in octets; `left` is 0 when the track is over.
    private(set) var next: UnsafePointer<UInt8>?
    private(set) var left: Int

    /// At the beginning of `track`. To be ended by `release`.
    init(_ track: PlaybackTrack) {
        self.track = .passRetained(track)
        form = track.form
        roundsLeft = track.rounds
        next = track.parts.first?.bytes
        left = track.parts.first?.count ?? 0
    }

    /// Ends the playback; the cursor is not to be used any more.
    func release() { track.release() }

    var isOver: Bool { left == 0 }

    /// Copies the next octets, and silence where the track ends within them; true when it has ended.
    mutating func fill(_ payload: UnsafeMutableRawPointer, octets: Int, silence: UInt8) -> Bool {
        var filled = 0
        while filled < octets, left > 0, let sound = next {
            let count = min(octets - filled, left)
            (payload + filled).copyMemory(from: sound, byteCount: count)
            filled += count
            next = sound + count
            left -= count
            if left == 0 { advance() }
        }
        if filled < octets {
            (payload + filled).initializeMemory(as: UInt8.self, repeating: silence, count: octets - filled)
        }
        return isOver
    }

    /// Goes to the next part, or to the first one where another round is to be played.
    private mutating func advance() {
        track._withUnsafeGuaranteedRef { track in
            part += 1
            if part >= track.parts.count {
                if let rounds = roundsLeft {
                    guard rounds > 1 else { return }
                    roundsLeft = rounds - 1
                }
                part = 0
            }
            guard part < track.parts.count else { return }
            next = track.parts[part].bytes
            left = track.parts[part].count
        }
    }
}
