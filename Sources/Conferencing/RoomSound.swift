/// How a room sounds.
package struct RoomSound: Equatable, Sendable {
    /// What configurations may ask for, dBFS.
    package static let comfortNoiseLevels = -90.0 ... -40.0

    /// Where only those who talk are mixed: the level of the faint noise that is heard when nobody does, in dBFS; nil for dead silence.
    package var comfortNoise: Double?
    /// Members are brought to one loudness.
    package var automaticGain: Bool
    /// Steady noise is taken out of what members send.
    package var noiseSuppression: Bool

    package init(comfortNoise: Double? = -62, automaticGain: Bool = false, noiseSuppression: Bool = false) {
        self.comfortNoise = comfortNoise
        self.automaticGain = automaticGain
        self.noiseSuppression = noiseSuppression
    }
}
