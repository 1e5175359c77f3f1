import Audio

/// Whether one member of a large room is heard: with hysteresis and a hang-over, so that words keep their ends.
///
/// ```
///              louder than `opening`, and a place is free
///   closed ───────────────────────────────────────────────► open ◄── faded in ── invited, in place of somebody quieter
///     ▲  ◄── below `closing` for `hangOver` ─────────────────┤
///     └───── faded out over one frame ◄── yielding ◄─────────┘ somebody else is twice as loud
/// ```
struct TalkGate {
    enum State { case closed, invited, open, yielding }

    /// Mean magnitudes of sines of -45 and -51 dBFS: above the hiss of a headset, below somebody who speaks softly.
    static let opening: Int32 = 117
    static let closing: Int32 = 59
    /// Frames: half a second, as long as a breath between two words.
    static let hangOver: UInt8 = 25

    private(set) var state = State.closed
    /// Rises at once, falls by half in about 100 ms.
    private(set) var level: Int32 = 0
    private var quietFrames: UInt8 = 0

    var isHeard: Bool { state != .closed }

    /// What becomes of a frame.
    enum Verdict: Equatable {
        case unheard, heard
        case fading(Ramp.Direction)
    }

    /// Judges the next frame by its mean magnitude. `mayOpen`: a place among those who are heard is free.
    mutating func judge(_ loudness: Int32, mayOpen: Bool) -> Verdict {
        let before = level
        level = max(loudness, level - level >> 3)
        switch state {
        case .closed:
            guard mayOpen, loudness >= Self.opening else { return .unheard }
            open()
            // In the middle of a word, which had to wait for its place; the beginning of one is not to be softened.
            return before >= Self.opening ? .fading(.up) : .heard
        case .invited:
            open()
            return .fading(.up)
        case .open:
            quietFrames = loudness < Self.closing ? quietFrames + 1 : 0
            guard quietFrames < Self.hangOver else {
                state = .closed
                return .unheard
            }
            return .heard
        case .yielding:
            state = .closed
            return .fading(.down)
        }
    }

    private mutating func open() {
        state = .open
        quietFrames = 0
    }

    /// Gives this one the place of somebody quieter, from the next frame on.
    mutating func invite() {
        if state == .closed { state = .invited }
    }

    /// Lets somebody louder have the place: the next frame is the last one.
    mutating func yield() {
        if state == .open { state = .yielding }
    }

    mutating func close() {
        state = .closed
        level = 0
    }

    /// Whether somebody of `other` loudness deserves this one's place: by 6 dB, so that two who are equally loud do not alternate.
    func yields(to other: Int32) -> Bool { other / 2 > level }
}
