import CSndfile
import Glibc

/// Reads a whole audio file of any format libsndfile knows, mixed to one channel, at the rate asked for or its own.
package enum AudioFileReader {
    /// The longest sound that is taken into memory.
    package static let longestSeconds = 30 * 60
    /// Rates below or above are no sound but a damaged header.
    package static let fileRates = 2_000...768_000

    /// Reads `path` at `rate` samples a second; where that is nil at the file's own rate, but at most at `highestRate`. Of a file that is
    /// cut short or damaged further on, the readable part is returned.
    ///
    /// Throws when there is no such file, when it is no audio, has a senseless rate, or is longer than `longestSeconds` (at most 30 minutes).
    package static func read(
        _ path: String, rate: Int?, highestRate: Int = fileRates.upperBound, longestSeconds: Int = longestSeconds
    ) throws(AudioFileError) -> PCM {
        try check(rate, path)
        var descriptor = try openRegularFile(path)
        defer { close(descriptor) }
        var format = SF_INFO()
        guard let file = SoundDescriptor.open(&descriptor, mode: SFM_READ, format: &format) else {
            throw AudioFileError.sndfile(nil, errno: errno, path: path, while: "reading its format")
        }
        defer { sf_close(file) }
        return try sound(file, format, rate: rate, highestRate: highestRate, longestSeconds: longestSeconds, path: path)
    }

    /// The same of what a file has in it. `name` stands for its path in errors.
    package static func read(
        _ bytes: [UInt8], name: String, rate: Int?, highestRate: Int = fileRates.upperBound, longestSeconds: Int = longestSeconds
    ) throws(AudioFileError) -> PCM {
        try check(rate, name)
        return try bytes.withUnsafeBufferPointer { (buffer) throws(AudioFileError) -> PCM in
            let memory = SoundMemory(buffer)
            var format = SF_INFO()
            return try withExtendedLifetime(memory) { () throws(AudioFileError) -> PCM in
                guard let file = memory.open(format: &format) else {
                    throw AudioFileError.sndfile(nil, errno: 0, path: name, while: "reading its format")
                }
                defer { sf_close(file) }
                return try sound(file, format, rate: rate, highestRate: highestRate, longestSeconds: longestSeconds, path: name)
            }
        }
    }

    private static func check(_ rate: Int?, _ path: String) throws(AudioFileError) {
        guard let rate, !fileRates.contains(rate) else { return }
        throw AudioFileError(.unsupportedRate, path: path, problem: "\(rate) Hz was asked for", remedy: "ask for 8000, 16000 or 48000 Hz")
    }

    private static func sound(
        _ file: OpaquePointer, _ format: SF_INFO, rate: Int?, highestRate: Int, longestSeconds: Int, path: String
    ) throws(AudioFileError) -> PCM {
        let fileRate = Int(format.samplerate)
        let channels = Int(format.channels)
        guard fileRates.contains(fileRate), (1...256).contains(channels) else {
            throw AudioFileError(
                .unsupportedRate, path: path, problem: "it claims \(fileRate) Hz and \(channels) channels",
                remedy: "convert it to 16000 Hz and one channel, for instance with sox")
        }
        let rate = rate ?? min(fileRate, highestRate)
        return PCM(
            samples: try mono(file, channels: channels, from: fileRate, to: rate, longestSeconds: longestSeconds, path: path), rate: rate)
    }

    private static func openRegularFile(_ path: String) throws(AudioFileError) -> Int32 {
        // Non-blocking: opening a FIFO for reading would otherwise wait for a writer for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw AudioFileError.system(errno, path: path, while: "opening") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let remedy = "name an audio file"
            throw AudioFileError(.notAFile, path: path, problem: "it is not a regular file", remedy: remedy)
        }
        guard status.st_size > 0 else {
            close(descriptor)
            throw AudioFileError(.notAudio, path: path, problem: "it is empty", remedy: "record or render it again")
        }
        return descriptor
    }

    /// Reads until the end is met: `SF_INFO.frames` is SF_COUNT_MAX for some streams and a lie in a damaged file.
    private static func mono(
        _ file: OpaquePointer, channels: Int, from fileRate: Int, to rate: Int, longestSeconds: Int, path: String
    ) throws(AudioFileError) -> [Int16] {
        var samples: [Int16] = []
        let conversion = fileRate == rate ? nil : RateConversion(from: fileRate, to: rate)
        if fileRate != rate, conversion == nil {
            throw AudioFileError(
                .unsupportedRate, path: path, problem: "\(fileRate) Hz cannot be converted to \(rate) Hz", remedy: "convert it with sox")
        }
        let frames = 4_096
        var interleaved = [Float](repeating: 0, count: frames * channels)
        var mixed = [Float](repeating: 0, count: frames)
        var total = 0
        while true {
            let count = Int(sf_readf_float(file, &interleaved, sf_count_t(frames)))
            guard count > 0, count <= frames else { break }
            total += count
            guard total <= max(0, min(longestSeconds, Self.longestSeconds)) * fileRate else {
                throw AudioFileError(
                    .tooLong, path: path, problem: "it is longer than \(longestSeconds) seconds", remedy: "cut it into pieces")
            }
            mix(interleaved, channels: channels, frames: count, into: &mixed)
            if let conversion {
                mixed.withUnsafeBufferPointer { conversion.convert(UnsafeBufferPointer(rebasing: $0[..<count]), into: &samples) }
            } else {
                for index in 0..<count { samples.append(Int16(sound: mixed[index])) }
            }
        }
        conversion?.finish(into: &samples)
        return samples
    }

    private static func mix(_ interleaved: [Float], channels: Int, frames: Int, into mixed: inout [Float]) {
        let share = 1 / Float(channels)
        for frame in 0..<frames {
            var sum: Float = 0
            for channel in 0..<channels { sum += interleaved[frame * channels + channel] }
            let value = sum * share
            // A NaN or an infinity of a float file would stay in the resampler's memory and spoil all that follows.
            mixed[frame] = value.isFinite ? min(max(value, -4), 4) : 0
        }
    }
}
