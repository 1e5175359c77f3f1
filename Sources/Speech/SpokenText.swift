import AudioFiles
import Crypto
import Glibc
import KeptFiles
import Threads

/// Speaks texts with a program of the operator's choice. Each is spoken once and kept by what it was made of: command, locale and text.
///
/// The calling thread waits, so it must be none that calls depend on.
package final class SpokenText: Sendable {
    /// Characters; a text is a sentence, not a book.
    package static let longestText = 2_000
    /// A minute or more of speech in any format: 11 MiB are two minutes at 48 kHz.
    private static let largestSound = 16 << 20
    private static let longestSound = 300
    /// Programs at one time; a synthesiser takes a core.
    private static let atOnce = 2

    private struct Work {
        var isCleared = false
        var running = 0
        var underWay: Set<String> = []
    }

    private let settings: SpeechSettings
    private let sounds: BoundedFolder
    private let work = Monitor(Work())

    /// Makes nothing and starts nothing yet: that waits for the first text.
    package init(_ settings: SpeechSettings) {
        self.settings = settings
        sounds = BoundedFolder(path: settings.folder, capacity: settings.capacity, suffix: ".sound")
    }

    /// The sound of `text` as the program made it, at its own rate up to 48 kHz.
    package func sound(of text: String, locale: String) throws(SpeechFailure) -> PCM {
        guard text.count <= Self.longestText else {
            throw SpeechFailure(description: "a text of \(text.count) characters is too long to be spoken (\(Self.longestText))")
        }
        guard text.contains(where: { !$0.isWhitespace }) else { throw SpeechFailure(description: "there is nothing to say") }
        guard !locale.isEmpty, locale.utf8.allSatisfy({ Self.isOfALocale($0) }) else {
            throw SpeechFailure(description: "`\(locale)` is no locale")
        }
        let key = key(text, locale)
        if let ready = kept(key) { return ready }
        try enter(key)
        defer { leave(key) }
        // Another call may have waited for the same.
        if let ready = kept(key) { return ready }
        return try speak(text, locale, key)
    }

    private static func isOfALocale(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }

    private func kept(_ key: String) -> PCM? {
        guard access(sounds.path(key), F_OK) == 0 else { return nil }
        do {
            let sound = try read(key)
            sounds.touch(key)
            return sound
        } catch {
            // Damaged on the disk: it is made again.
            sounds.remove(key)
            return nil
        }
    }

    private func read(_ key: String) throws(AudioFileError) -> PCM {
        try AudioFileReader.read(sounds.path(key), rate: nil, highestRate: 48_000, longestSeconds: Self.longestSound)
    }

    private func speak(_ text: String, _ locale: String, _ key: String) throws(SpeechFailure) -> PCM {
        guard sounds.make() else {
            throw SpeechFailure(description: "\(settings.folder): no folder for spoken texts: \(String(cString: strerror(errno)))")
        }
        // Under the lock: nobody of this process writes before.
        work.withLock { work in
            if !work.isCleared { sounds.clear() }
            work.isCleared = true
        }
        let command = settings.command.map { $0.split(separator: "{locale}", omittingEmptySubsequences: false).joined(separator: locale) }
        let program = settings.command.first ?? ""
        let bytes: [UInt8]
        do {
            bytes = try ChildProcess.run(command, input: Array(text.utf8) + [0x0A], within: settings.limit, size: Self.largestSound)
        } catch {
            throw SpeechFailure(description: "\(program): \(Self.words(for: error, limit: settings.limit))")
        }
        guard sounds.write(bytes, as: key) else {
            throw SpeechFailure(description: "\(sounds.path): cannot be written: \(String(cString: strerror(errno)))")
        }
        do throws(AudioFileError) {
            let sound = try read(key)
            guard !sound.samples.isEmpty else { throw AudioFileError(.notAudio, path: program, problem: "it has no samples", remedy: "") }
            sounds.prune()
            return sound
        } catch {
            sounds.remove(key)
            throw SpeechFailure(description: "\(program): what it wrote to its standard output is no sound file (\(error.problem))")
        }
    }

    private static func words(for failure: ChildProcess.Failure, limit: Duration) -> String {
        switch failure {
        case .notStarted(let code): "cannot be started: \(String(cString: strerror(code)))"
        case .timedOut: "took longer than \(limit)"
        case .tooMuchOutput: "wrote more than \(largestSound >> 20) MiB"
        case .failed(let ending, let message): "ended with \(ending)\(message.isEmpty ? "" : ": \(message)")"
        }
    }

    /// Lengths stand before the parts, so that no two lists of parts make the same bytes.
    private func key(_ text: String, _ locale: String) -> String {
        var hash = SHA256()
        for part in settings.command + [locale, text] {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    // MARK: One program for one text, and few at a time

    private func enter(_ key: String) throws(SpeechFailure) {
        // Each turn waits a tenth of a second or until somebody has finished; in all as long as one program may take.
        for _ in 0..<max(settings.limit.milliseconds / 100, 1) {
            let take = { (work: inout Work) -> Bool in
                guard Self.isFree(work, key) else { return false }
                work.running += 1
                work.underWay.insert(key)
                return true
            }
            let isIn = work.wait(until: { Self.isFree($0, key) }, forAtMost: { _ in 100 }, take)
            if isIn { return }
        }
        throw SpeechFailure(description: "too many texts are to be spoken at a time")
    }

    private static func isFree(_ work: Work, _ key: String) -> Bool { work.running < atOnce && !work.underWay.contains(key) }

    private func leave(_ key: String) {
        work.signal { work in
            work.running -= 1
            work.underWay.remove(key)
        }
    }
}
