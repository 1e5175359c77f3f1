import Audio
import AudioFiles
import Synchronization

/// One clip as its file has it, so that each rate, codec and loudness is made from the original.
final class PromptClip: Sendable {
    /// No codec carries more (Opus at 48 kHz), so nothing above it is kept.
    static let highestRate = 48_000

    private let original: PCM
    private let target: LoudnessTarget?
    /// Measured at the first use: `check` needs none of it.
    private let measured = Mutex<Double?>(nil)

    init(_ original: PCM, target: LoudnessTarget?) {
        self.original = original
        self.target = target
    }

    /// Reads a clip from its file.
    static func read(_ path: String, target: LoudnessTarget?) throws(AudioFileError) -> PromptClip {
        PromptClip(try AudioFileReader.read(path, rate: nil, highestRate: highestRate), target: target)
    }

    var seconds: Double { original.seconds }
    var sampleCount: Int { original.samples.count }

    /// What brings it to the wanted loudness, in dB.
    var gain: Double {
        guard let target else { return 0 }
        if let known = measured.withLock({ $0 }) { return known }
        // Outside the lock: nobody waits for another's measurement. Two at the same time find the same.
        let gain = ProgrammeLoudness(of: original).map { target.gain(for: $0) } ?? 0
        measured.withLock { $0 = gain }
        return gain
    }

    /// Whether `sound(rate:)` is the file's own sound, which needs no place of its own.
    func isOriginal(at rate: Int) -> Bool { rate == original.rate && gain == 0 }

    /// At `rate` and at the wanted loudness. Takes 0.1 to 0.4 ms per second of sound.
    func sound(rate: Int) -> PCM {
        let louder = gain == 0 ? original : PCM(samples: Gain(decibels: gain).applied(to: original.samples), rate: original.rate)
        return louder.converted(to: rate)
    }
}
