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

    /// Where `track` begins. To be ended by `release`.
    init(_ track: PlaybackTrack) {
        self.track = .passRetained(track)
        form = track.form
        roundsLeft = track.rounds
        next = track.parts.first?.bytes
        left = track.parts.first?.count ?? 0
        if track.start > 0 { seek(to: track.start) }
    }

    /// As far in `track` as `other` is in its own, by the share of a round: the same sound made anew, for another codec or speed.
    init(_ track: PlaybackTrack, asFarAs other: TrackCursor) {
        self.init(track)
        roundsLeft = other.roundsLeft
        let length = other.length
        seek(to: length > 0 ? other.position * self.length / length : 0)
    }

    /// Ends the playback; the cursor is not to be used any more.
    func release() { track.release() }

    var isOver: Bool { left == 0 }

    /// Of one round, in ticks of 8 kHz.
    private var length: Int {
        track._withUnsafeGuaranteedRef { track in track.parts.reduce(0) { $0 + $1.count } / (track.form?.octetsPerTick ?? 1) }
    }

    /// Ticks of the present round that have been played.
    var position: Int {
        track._withUnsafeGuaranteedRef { track in
            let before = track.parts.prefix(part).reduce(0) { $0 + $1.count }
            let played = part < track.parts.count ? track.parts[part].count - left : 0
            return (before + played) / (track.form?.octetsPerTick ?? 1)
        }
    }

    /// Goes to a tick of the present round: at its end the next one begins, or the track is over.
    mutating func seek(to tick: Int) {
        let isInside = track._withUnsafeGuaranteedRef { track in
            var rest = min(max(0, tick), 1 << 40) * (track.form?.octetsPerTick ?? 1)
            for (index, sound) in track.parts.enumerated() {
                guard rest >= sound.count else {
                    (part, next, left) = (index, sound.bytes + rest, sound.count - rest)
                    return true
                }
                rest -= sound.count
            }
            part = max(0, track.parts.count - 1)
            left = 0
            return false
        }
        if !isInside { advance() }
    }

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
