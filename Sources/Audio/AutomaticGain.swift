import Glibc

/// Brings talkers to one loudness, slowly: how loud somebody speaks is measured over seconds of his speech alone, and the gain is moved by
/// a few decibels a second while he speaks, so that nothing is heard of it but that all are equally loud in the end.
///
/// ```
///  sound    ▁▁▁▃▅▃▁▁▁▁▁▁▁▅▃▅▁▁▁▁       quiet talker
///  gate     ___▔▔▔_______▔▔▔____       10 dB above his background, and above -50 dBFS
///  gain     ────╱▔▔──────╱▔▔────       stands still in pauses: no background is pulled up
/// ```
package struct AutomaticGain: Sendable {
    /// dBFS (RMS of a sine of that level): where telephone speech of good loudness lies.
    package static let target: Float = -19
    /// Decibels, either way: more would be another microphone, not another talker.
    package static let bound: Float = 15
    /// Decibels a frame of 20 ms: 3 and 8 a second. Too loud is worse than too soft.
    private static let rise: Float = 0.06
    private static let fall: Float = 0.16
    /// Decibels within which nothing is done.
    private static let tolerance: Float = 0.5
    /// Below it nobody speaks, dBFS.
    private static let silence: Float = -50
    /// Decibels above the background.
    private static let margin: Float = 10
    /// Frames of speech that are averaged: two seconds; and how many there must be before anything is done.
    private static let memory: Float = 100
    private static let patience: Float = 10

    /// In decibels.
    package private(set) var decibels: Float = 0
    /// dBFS of the background: falls to what is softer within frames, rises by a decibel a second. The first frame is taken for it: who
    /// begins with a word is known by his first pause, whose line begins with noise is not made louder.
    private var background: Float?
    /// Mean square of the speech, and of how many frames, up to `memory`.
    private var power: Double = 0
    private var frames: Float = 0

    package init() {}

    /// Hears the next 20 ms, at any rate; gives the gain from now on, in decibels.
    package mutating func follow(_ samples: UnsafePointer<Int16>, count: Int) -> Float {
        guard count > 0 else { return decibels }
        let meanSquare = Double(Decibels.energy(of: samples, count: count)) / Double(count)
        let level = Float(Decibels.level(meanSquare: meanSquare))
        let floor = background ?? level
        let next = level < floor ? floor + (max(level, -90) - floor) * 0.3 : floor + 0.02
        background = next
        guard level > max(Self.silence, next + Self.margin) else { return decibels }
        frames = min(frames + 1, Self.memory)
        power += (meanSquare - power) / Double(frames)
        guard frames >= Self.patience else { return decibels }
        let wanted = min(max(Self.target - Float(Decibels.level(meanSquare: power)), -Self.bound), Self.bound)
        if abs(wanted - decibels) > Self.tolerance { decibels += min(max(wanted - decibels, -Self.fall), Self.rise) }
        return decibels
    }
}
