/// Tells speech from the background by its level: a noise floor that falls at once and rises slowly, and a hangover
/// that bridges the gaps between words. Meant for "has the caller stopped talking", not for coding.
package struct VoiceActivity: Sendable {
    /// dBFS; starts low, so that a first loud frame counts as speech.
    private var floor = -60.0
    private var hangover = 0
    private let hangoverFrames: Int

    /// Above the floor by this many dB, and above the absolute threshold, is speech.
    private static let margin = 10.0
    private static let threshold = -45.0

    /// `hangover` in frames: how long a frame of speech keeps the state.
    package init(hangoverFrames: Int = 10) {
        self.hangoverFrames = hangoverFrames
    }

    /// Whether speech is heard, given the next frame's level in dBFS.
    package mutating func hears(level: Double) -> Bool {
        let isSpeech = level > Self.threshold && level > floor + Self.margin
        // 0.02 dB a frame of 20 ms is 1 dB a second: a fan that starts is background after half a minute.
        floor = level < floor ? max(level, -80) : min(floor + 0.02, -20)
        if isSpeech {
            hangover = hangoverFrames
        } else if hangover > 0 {
            hangover -= 1
        }
        return isSpeech || hangover > 0
    }
}
