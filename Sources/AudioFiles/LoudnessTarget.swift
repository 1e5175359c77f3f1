/// The loudness that sounds of different makers are brought to, so that nobody reaches for the volume between two prompts.
package struct LoudnessTarget: Equatable, Sendable {
    /// In LUFS of one channel.
    package let loudness: Double

    /// What can be asked for. Louder than -14 even telephone speech would have to be limited.
    package static let range = -36.0 ... -14.0
    /// What speech at the nominal level of a telephone line measures: -26 dBov of active speech (ITU-T G.100.1 §5, measured by P.56).
    package static let telephone = LoudnessTarget(loudness: -24)
    /// As near as EBU R128 asks of what cannot be corrected afterwards: what lies within it is left alone, sample for sample.
    package static let tolerance = 1.0
    /// Beyond it a sound is meant to be loud or quiet, or it is noise that nobody wants to hear better.
    package static let largestGain = 12.0
    /// dBFS: no sample is brought above it.
    package static let ceiling = -1.0

    package init(loudness: Double) {
        self.loudness = min(max(loudness.isNaN ? Self.telephone.loudness : loudness, Self.range.lowerBound), Self.range.upperBound)
    }

    /// The gain in dB for a sound that was measured.
    package func gain(for sound: ProgrammeLoudness) -> Double {
        guard let integrated = sound.integrated else { return 0 }
        let difference = loudness - integrated
        guard abs(difference) > Self.tolerance else { return 0 }
        let gain = min(max(difference, -Self.largestGain), Self.largestGain)
        return min(gain, max(Self.ceiling - sound.samplePeak, min(gain, 0)))
    }
}
