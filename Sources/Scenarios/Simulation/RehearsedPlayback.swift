import Timing

/// Something that plays in a call without a telephone: a second for each item, whatever its speed.
struct RehearsedPlayback {
    let id: PlayID
    /// Of all rounds; nil is for ever.
    private let length: Duration?
    private var played = Duration.zero
    /// Nil while it is paused.
    private var since: MonotonicTime?

    init(_ playback: Playback, at now: MonotonicTime) {
        id = playback.id
        length = playback.repeatCount.map { .seconds(max(1, playback.items.count)) * $0 }
        since = now
    }

    /// When it ends by itself, as it is now.
    var end: MonotonicTime? {
        guard let length, let since else { return nil }
        return since + (length - played)
    }

    mutating func obey(_ control: PlaybackControl, at now: MonotonicTime) {
        if let since { played += now - since }
        let isPaused = since == nil
        switch control {
        case .pause: since = isPaused ? now : nil
        case .back: played = max(.zero, played - PlaybackControl.jump)
        case .forward: played = min(length ?? .zero, played + PlaybackControl.jump)
        case .restart: played = .zero
        case .slower, .faster, .quieter, .louder: break
        }
        if control != .pause, !isPaused { since = now }
    }
}
