import CSndfile
import Glibc

/// One WAV file that is being recorded into, at any offset, in any order. Not thread-safe: one thread at a time.
///
/// Until `finish` it bears the name `path.part` and an advisory lock (flock), so that a repair by another process lets it be.
/// What was written is in the kernel's hands at once; a SIGKILL therefore loses nothing of it, whatever the header says then.
package final class RecordingFile {
    package let path: String
    package let format: RecordingFormat
    /// Samples from the start to the furthest one written.
    package private(set) var length = 0
    private var file: OpaquePointer?
    private var descriptor: Int32
    private var position = 0

    private var partPath: String { path + UnfinishedName.suffix }

    /// Creates `path.part` with mode 0600. Throws when either name exists, or the folder cannot be written.
    package init(creating path: String, format: RecordingFormat) throws(AudioFileError) {
        self.path = path
        self.format = format
        if access(path, F_OK) == 0 { throw AudioFileError.system(EEXIST, path: path, while: "creating") }
        let part = path + UnfinishedName.suffix
        descriptor = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AudioFileError.system(errno, path: path, while: "creating") }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        var header = SF_INFO()
        header.samplerate = Int32(clamping: format.rate)
        header.channels = 1
        header.format = format.encoding.sndfileFormat
        file = SoundDescriptor.open(&descriptor, mode: SFM_WRITE, format: &header)
        let code = errno
        var status = stat()
        // libsndfile does not tell when its first header finds no room; the size does.
        guard file != nil, fstat(descriptor, &status) == 0, status.st_size > 0 else {
            let error =
                file == nil
                ? AudioFileError.sndfile(nil, errno: code, path: path, while: "creating")
                : AudioFileError.system(code == 0 ? ENOSPC : code, path: path, while: "creating")
            if let file { sf_close(file) }
            file = nil
            close(descriptor)
            descriptor = -1
            unlink(part)
            throw error
        }
    }

    deinit {
        abandon()
    }

    /// Writes `samples` at `offset` samples from the start.
    ///
    /// Beyond the end the gap becomes silence; before it the samples there are replaced (late packets). What lies before zero or
    /// beyond the format's greatest length is dropped. On an error what was written until then is kept.
    package func write(samples: UnsafeBufferPointer<Int16>, at offset: Int) throws(AudioFileError) {
        let (end, overflow) = offset.addingReportingOverflow(samples.count)
        guard !overflow, end > 0, offset < format.longestSamples else { return }
        let first = max(0, -offset)
        let last = min(samples.count, format.longestSamples - offset)
        guard first < last else { return }
        let start = offset + first
        if start > length { try fillSilence(upTo: start) }
        try put(UnsafeBufferPointer(rebasing: samples[first..<last]), at: start)
    }

    /// Makes the header tell the true length, so that the file plays as it stands.
    package func updateHeader() throws(AudioFileError) {
        guard let file else { throw closedError }
        errno = 0
        sf_command(file, Int32(SFC_UPDATE_HEADER_NOW), nil, 0)
        let code = errno
        if sf_error(file) != 0 { throw AudioFileError.sndfile(file, errno: code, path: path, while: "updating the header") }
    }

    /// Cuts what lies after `samples`; a shorter recording stays as it is.
    package func trim(to samples: Int) throws(AudioFileError) {
        guard let file else { throw closedError }
        guard samples >= 0, samples < length else { return }
        var count = sf_count_t(samples)
        errno = 0
        let refused = sf_command(file, Int32(SFC_FILE_TRUNCATE), &count, Int32(MemoryLayout<sf_count_t>.size))
        let code = errno
        guard refused == 0 else { throw AudioFileError.sndfile(file, errno: code, path: path, while: "trimming") }
        length = samples
        position = samples
    }

    /// Writes the header, brings all of it to disk and gives the file its final name. Waits for the disk.
    package func finish() throws(AudioFileError) -> FinishedRecording {
        guard let file else { throw closedError }
        var failure: AudioFileError?
        do throws(AudioFileError) { try updateHeader() } catch { failure = error }
        sf_close(file)
        self.file = nil
        if fsync(descriptor) != 0, failure == nil { failure = AudioFileError.system(errno, path: path, while: "bringing it to disk") }
        // The new name comes before the lock goes: a repair must never see this file unlocked and unfinished.
        let settled = UnfinishedName.settle(partPath, as: path)
        close(descriptor)
        descriptor = -1
        if settled != 0 { throw AudioFileError.system(settled, path: path, while: "renaming \(partPath)") }
        let recording = FinishedRecording(path: path, samples: length, rate: format.rate)
        if var failure {
            failure.kept = recording
            throw failure
        }
        return recording
    }

    /// Closes the file under its unfinished name; the next start repairs it.
    package func abandon() {
        if let file { sf_close(file) }
        file = nil
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private var closedError: AudioFileError {
        AudioFileError(.closed, path: path, problem: "the recording is closed", remedy: "open a new one")
    }

    private func fillSilence(upTo end: Int) throws(AudioFileError) {
        // Not a hole in the file: its zero bytes would be full-scale noise in G.711, where silence is 0xFF or 0xD5.
        while length < end {
            let count = min(end - length, Self.silence.count)
            var failure: AudioFileError?
            Self.silence.withUnsafeBufferPointer { zeros in
                do throws(AudioFileError) {
                    try put(UnsafeBufferPointer(rebasing: zeros[..<count]), at: length)
                } catch { failure = error }
            }
            if let failure { throw failure }
        }
    }

    private static let silence = [Int16](repeating: 0, count: 16_384)

    private func put(_ samples: UnsafeBufferPointer<Int16>, at start: Int) throws(AudioFileError) {
        guard let file else { throw closedError }
        errno = 0
        if start != position, sf_seek(file, sf_count_t(start), SEEK_SET) != sf_count_t(start) {
            throw AudioFileError.sndfile(file, errno: errno, path: path, while: "seeking")
        }
        errno = 0
        let written = Int(sf_write_short(file, samples.baseAddress, sf_count_t(samples.count)))
        let code = errno
        position = start + max(0, written)
        length = max(length, position)
        guard written == samples.count else {
            let error = AudioFileError.sndfile(file, errno: code, path: path, while: "writing")
            // A full disk may have taken half a sample: only whole ones stay.
            var whole = sf_count_t(length)
            sf_command(file, Int32(SFC_FILE_TRUNCATE), &whole, Int32(MemoryLayout<sf_count_t>.size))
            position = length
            throw error
        }
    }
}
