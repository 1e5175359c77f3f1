import CSndfile
import Glibc
import Testing

/// Writes test files of any format through libsndfile, and makes the sounds that stand in them.
enum SoundFile {
    static func write(_ path: String, format: Int, rate: Int, channels: Int = 1, frames: [Float]) throws {
        var header = SF_INFO()
        header.samplerate = Int32(rate)
        header.channels = Int32(channels)
        header.format = Int32(format)
        let file = try #require(sf_open(path, Int32(SFM_WRITE), &header), "libsndfile cannot write format \(String(format, radix: 16))")
        let count = sf_count_t(frames.count / channels)
        #expect(sf_writef_float(file, frames, count) == count)
        #expect(sf_close(file) == 0)
    }

    static func canWrite(_ format: Int) -> Bool {
        var header = SF_INFO()
        header.samplerate = 48_000
        header.channels = 1
        header.format = Int32(format)
        return sf_format_check(&header) != 0
    }

    /// A sine of `frequency` Hz and peak `amplitude`, in full scale ±1.
    static func tone(_ frequency: Double, rate: Int, seconds: Double, amplitude: Double = 0.5) -> [Float] {
        (0..<Int(Double(rate) * seconds)).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    }

    /// How far `samples` lie from the same tone at `rate`, as signal to error in dB, away from the ends.
    static func toneToError(_ samples: [Int16], _ frequency: Double, rate: Int, amplitude: Double = 0.5, skip: Int = 200) -> Double {
        var signal = 0.0
        var error = 0.0
        for index in skip..<max(skip, samples.count - skip) {
            let wanted = amplitude * 32_768 * sin(2 * .pi * frequency * Double(index) / Double(rate))
            signal += wanted * wanted
            error += (wanted - Double(samples[index])) * (wanted - Double(samples[index]))
        }
        return 10 * log10(max(signal, 1e-9) / max(error, 1e-9))
    }
}
