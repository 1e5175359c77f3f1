/// The grid of the audio inside the server: 16-bit linear samples, one channel.
package enum AudioFrame {
    /// Hertz, of telephone audio.
    package static let rate = 8_000
    package static let samplesPerMillisecond = 8
    /// The frame that most packets hold: 20 ms.
    package static let samples = 160
}
