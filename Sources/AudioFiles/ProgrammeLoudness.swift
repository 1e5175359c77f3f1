import CEbur128
import Glibc

/// How loud a whole sound is, by ITU-R BS.1770 as EBU R128 uses it: K-weighted, pauses gated out, measured with libebur128.
package struct ProgrammeLoudness: Equatable, Sendable {
    /// In LUFS of one channel: a sine of 997 Hz at 0 dBFS (AES17) has -3.01. Nil where nothing is louder than the gate of -70 LUFS.
    package var integrated: Double?
    /// The highest sample in dBFS, where 0 is full scale; -200 for digital silence.
    package var samplePeak: Double

    package init(integrated: Double?, samplePeak: Double) {
        self.integrated = integrated
        self.samplePeak = samplePeak
    }

    /// Measures `sound`. Nil when there is none, or no memory.
    package init?(of sound: PCM) {
        // Below 4 kHz the weighting's shelf (1.7 kHz) lies beyond the band, and its filter would not be stable.
        let sound = sound.rate < 8_000 ? sound.converted(to: 8_000) : sound
        guard !sound.samples.isEmpty, let rate = UInt(exactly: sound.rate), rate >= 8_000 else { return nil }
        let milliseconds = UInt(sound.samples.count) * 1_000 / rate
        // A gating block has 400 ms (BS.1770-4 Annex 1): a sound shorter than that has none, so all of it is taken as one block.
        let isShort = milliseconds < 400
        let mode = isShort ? EBUR128_MODE_S : EBUR128_MODE_I
        var state = ebur128_init(1, rate, Int32(mode.rawValue))
        guard state != nil else { return nil }
        defer { ebur128_destroy(&state) }
        guard ebur128_add_frames_short(state, sound.samples, sound.samples.count) == 0 else { return nil }
        var loudness = -Double.infinity
        let result = isShort ? ebur128_loudness_window(state, max(milliseconds, 1), &loudness) : ebur128_loudness_global(state, &loudness)
        integrated = result == 0 && loudness > -70 ? loudness : nil
        let peak = sound.samples.reduce(0) { max($0, Int($1.magnitude)) }
        samplePeak = peak > 0 ? 20 * log10(Double(peak) / 32_768) : -200
    }
}
