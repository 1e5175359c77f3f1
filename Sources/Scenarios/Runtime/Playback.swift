/// Names one playback; unique within a call.
package struct PlayID: Hashable, Sendable {
    package var number: Int
    package init(_ number: Int) { self.number = number }
}

/// Names one recording; unique within a call.
package struct RecordingID: Hashable, Sendable {
    package var number: Int
    package init(_ number: Int) { self.number = number }
}

/// How a text is spoken.
package enum SayKind: String, CaseIterable, Sendable {
    /// Key by key, as one dials.
    case digits
    /// As a whole number.
    case number
    /// Letter by letter.
    case spell
    /// As a number of things: `one message`.
    case count
    /// A number to be dialled, in groups.
    case phone
    case date, time, duration
    /// When a schedule opens again.
    case nextOpening = "next_opening"
}

/// The signals that a scenario can play by name.
package enum ToneName: String, CaseIterable, Sendable {
    case dial, ringback, busy, reorder, beep, confirm
    /// The three rising tones before an announcement that a number cannot be reached (ITU-T E.180).
    case sit
}

/// One thing in what is played; all values are known by now.
package enum PromptItem: Equatable, Sendable {
    /// A clip of the prompt library, found by the playback's locale.
    case clip(String)
    /// A sound file by its path, such as a recording.
    case file(String)
    /// The text is as `SayGrammar.clips(saying:_:)` reads it for that kind.
    case say(SayKind, String)
    /// A text that nobody has recorded: a program speaks it in the playback's locale.
    case speech(String)
    /// A sound file at an http or https address.
    case url(String)
    case tone(ToneName, Duration)
    case silence(Duration)
}

/// What a key may do to a thing that plays.
package enum PlaybackControl: String, CaseIterable, Sendable {
    /// The first time it stands still, the second time it goes on.
    case pause
    /// By `PlaybackControl.jump`.
    case back, forward
    case restart
    /// Within `Playback.speeds`.
    case slower, faster
    /// Within `Playback.loudnesses`.
    case quieter, louder

    package static let jump = Duration.seconds(5)
}

/// Things that are played one after the other without a gap.
package struct Playback: Equatable, Sendable {
    package var id: PlayID
    package var items: [PromptItem]
    package var locale: String
    /// Where a clip is looked for that `locale` lacks, in this order.
    package var fallback: [String]
    /// How often in all; nil is for ever.
    package var repeatCount: Int?
    /// In dB; 0 leaves the level.
    package var gain: Double
    /// Where the first round begins.
    package var startAt: Duration
    /// Percent; voices keep their pitch.
    package var speed = 100

    /// What `slower` and `faster` go through.
    static let speeds = [50, 60, 75, 100, 125, 150, 175, 200]
    /// `quieter` and `louder` change the gain by 3 dB, within these.
    static let loudnesses = -15.0...15.0

    /// With another speed or level; nil where it is at its limit, or the control is none of these.
    package func changed(by control: PlaybackControl) -> Playback? {
        var changed = self
        switch control {
        case .faster: changed.speed = Self.speeds.first { $0 > speed } ?? speed
        case .slower: changed.speed = Self.speeds.last { $0 < speed } ?? speed
        case .louder: changed.gain = max(gain, min(gain + 3, Self.loudnesses.upperBound))
        case .quieter: changed.gain = min(gain, max(gain - 3, Self.loudnesses.lowerBound))
        case .pause, .back, .forward, .restart: break
        }
        return changed == self ? nil : changed
    }

    package init(
        id: PlayID, items: [PromptItem], locale: String, fallback: [String] = [], repeatCount: Int? = 1, gain: Double = 0,
        startAt: Duration = .zero
    ) {
        self.fallback = fallback
        self.id = id
        self.items = items
        self.locale = locale
        self.repeatCount = repeatCount
        self.gain = gain
        self.startAt = startAt
    }
}

/// What is to be recorded.
package struct RecordingOrder: Equatable, Sendable {
    package var id: RecordingID
    /// It ends by itself after this long.
    package var max: Duration
    /// It ends after this much silence; nil does not listen for it.
    package var silence: Duration?
    /// A tone before it begins, which is not recorded.
    package var beep: Bool
    /// Silence at both ends is cut off.
    package var trim: Bool
    /// Shorter ones count as nothing said.
    package var min: Duration
    package var channels: Int
    package var purpose: RecordingPurpose<String>

    package init(
        id: RecordingID, max: Duration, silence: Duration?, beep: Bool, trim: Bool, min: Duration, channels: Int,
        purpose: RecordingPurpose<String> = .recording
    ) {
        self.id = id
        self.max = max
        self.silence = silence
        self.beep = beep
        self.trim = trim
        self.min = min
        self.channels = channels
        self.purpose = purpose
    }
}

/// Why a recording ended.
package enum RecordingEnd: Equatable, Sendable {
    case maximum, silence, stopped, hangUp
    case failed(String)
}
