import AudioFiles

/// How long a recording is, by the recording itself.
enum SoundLength {
    /// Milliseconds. Throws when there is nothing in it that can be played.
    static func milliseconds(_ path: String) throws(VoicemailError) -> Int {
        let sound: PCM
        do { sound = try AudioFileReader.read(path, rate: 8_000) } catch { throw .audio(error) }
        guard !sound.samples.isEmpty else { throw VoicemailError(.notAudio, path, "there is no sound in it", mend: "record it again") }
        return sound.samples.count / 8
    }
}
