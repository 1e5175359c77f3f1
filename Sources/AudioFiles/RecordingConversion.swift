import CSndfile
import Glibc

/// Makes a finished recording's WAV into a file of another format beside it, and takes the WAV away once the other is whole and on disk.
package enum RecordingConversion {
    private static let frames = 16_384

    /// Waits for the disk and for the encoder. `isCancelled` is asked now and then. Throws where the format cannot be written, the disk is
    /// full, the name is taken or it was cancelled: the WAV is then as it was, and nothing else is left.
    package static func convert(
        _ recording: FinishedRecording, to format: KeptFormat, isCancelled: () -> Bool = { false }
    ) throws(AudioFileError) -> FinishedRecording {
        guard format != .wav else { return recording }
        let path = (recording.path.hasSuffix(".wav") ? String(recording.path.dropLast(4)) : recording.path) + "." + format.pathExtension
        guard format.isWritten(at: recording.rate) else {
            throw AudioFileError(
                .notAudio, path: path, problem: "the libsndfile of this machine does not write \(format.rawValue) at \(recording.rate) Hz",
                remedy: "install a newer libsndfile1, or keep recordings as wav")
        }
        let part = path + UnfinishedName.suffix
        // One that a crash left: this recording's own, since names are never used twice.
        unlink(part)
        var descriptor = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AudioFileError.system(errno, path: path, while: "creating") }
        defer { close(descriptor) }
        do {
            try copy(recording, to: format, descriptor: &descriptor, path: path, isCancelled: isCancelled)
        } catch {
            unlink(part)
            throw error
        }
        guard fsync(descriptor) == 0 else {
            let code = errno
            unlink(part)
            throw AudioFileError.system(code, path: path, while: "bringing it to disk")
        }
        let settled = UnfinishedName.settle(part, as: path)
        guard settled == 0 else {
            unlink(part)
            throw AudioFileError.system(settled, path: path, while: "renaming \(part)")
        }
        unlink(recording.path)
        var converted = recording
        converted.path = path
        return converted
    }

    private static func copy(
        _ recording: FinishedRecording, to kept: KeptFormat, descriptor: inout Int32, path: String, isCancelled: () -> Bool
    ) throws(AudioFileError) {
        var source = open(recording.path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw AudioFileError.system(errno, path: recording.path, while: "opening") }
        defer { close(source) }
        var format = SF_INFO()
        guard let input = SoundDescriptor.open(&source, mode: SFM_READ, format: &format) else {
            throw AudioFileError.sndfile(nil, errno: errno, path: recording.path, while: "reading its format")
        }
        defer { sf_close(input) }
        var wanted = SF_INFO()
        wanted.samplerate = format.samplerate
        wanted.channels = format.channels
        wanted.format = kept.sndfileFormat
        guard let output = SoundDescriptor.open(&descriptor, mode: SFM_WRITE, format: &wanted) else {
            throw AudioFileError.sndfile(nil, errno: errno, path: path, while: "creating")
        }
        let channels = Int(max(format.channels, 1))
        var samples = [Int16](repeating: 0, count: frames * channels)
        var failure: AudioFileError?
        while failure == nil {
            let count = sf_readf_short(input, &samples, sf_count_t(frames))
            guard count > 0 else { break }
            errno = 0
            if sf_writef_short(output, samples, count) != count {
                failure = AudioFileError.sndfile(output, errno: errno, path: path, while: "writing")
            } else if isCancelled() {
                failure = AudioFileError(.closed, path: path, problem: "the server stops", remedy: "convert the WAV with sox or ffmpeg")
            }
        }
        errno = 0
        let closed = sf_close(output)
        if failure == nil, closed != 0 { failure = AudioFileError.system(errno == 0 ? EIO : errno, path: path, while: "closing") }
        if let failure { throw failure }
    }
}
