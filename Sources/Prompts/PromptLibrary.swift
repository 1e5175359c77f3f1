import Audio
import AudioFiles
import Codecs
import Synchronization
import Threads

/// The spoken clips and the music, read once at start and encoded once per codec for all calls.
///
/// `prompts/<locale>/<name>.wav` is the clip `name` of that locale, `prompts/music/<class>.wav` a music class. Any format and rate
/// that libsndfile reads will do; all is mixed to one channel and resampled to the 8 kHz of the line.
package final class PromptLibrary: Sendable {
    /// Samples a second on the line (G.711).
    package static let lineRate = 8_000

    private struct Key: Hashable {
        var locale: String
        var clip: String
    }

    private struct EncodedKey: Hashable {
        var clip: ObjectIdentifier
        var codec: SampledCodec
        var gain: Double
    }

    /// One clip as samples, so that each codec and loudness is made from the original. It is brought to the line's rate when it is
    /// first asked for: that takes longer than all else at start, and `check` needs none of it.
    ///
    /// A monitor, since the conversion is long enough for another thread to wait for it: how `Mutex` waits, the thread sanitizer
    /// does not see.
    private final class Source: Sendable {
        private let sound: Monitor<PCM>

        init(_ sound: PCM) { self.sound = Monitor(sound) }

        var samples: [Int16] {
            sound.withLock { sound in
                sound = sound.converted(to: PromptLibrary.lineRate)
                return sound.samples
            }
        }
    }

    private let clips: [Key: Source]
    private let music: [String: Source]
    private let encoded = Mutex<[EncodedKey: EncodedAudio]>([:])
    package let locales: [String]

    private init(clips: [Key: Source], music: [String: Source]) {
        self.clips = clips
        self.music = music
        locales = Set(clips.keys.map(\.locale)).sorted()
    }

    package var clipCount: Int { clips.count }
    package var musicClasses: [String] { music.keys.sorted() }

    package func contains(clip: String, locale: String) -> Bool {
        clips[Key(locale: locale, clip: clip)] != nil
    }

    /// In any locale.
    package func contains(clip: String) -> Bool {
        locales.contains { contains(clip: clip, locale: $0) }
    }

    package func containsMusic(_ musicClass: String) -> Bool {
        music[musicClass] != nil
    }

    // MARK: Reading

    /// Reads every clip under `folder`. Unreadable ones are named in `failures`, all of them, not only the first.
    package static func read(folder: String) -> (library: PromptLibrary, failures: [AudioFileError]) {
        var clips: [Key: Source] = [:]
        var music: [String: Source] = [:]
        var failures: [AudioFileError] = []
        for path in FolderListing.files(under: folder, ending: ".wav") {
            do throws(AudioFileError) {
                let source = Source(try AudioFileReader.read(folder + "/" + path, rate: nil))
                let parts = path.dropLast(4).split(separator: "/", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { continue }
                if parts[0] == "music" {
                    music[parts[1]] = source
                } else {
                    clips[Key(locale: parts[0], clip: parts[1])] = source
                }
            } catch {
                failures.append(error)
            }
        }
        return (PromptLibrary(clips: clips, music: music), failures)
    }

    // MARK: Encoding

    /// The clip in `codec`, made louder or softer by `gain` dB; nil when there is none.
    package func clip(_ name: String, locale: String, codec: SampledCodec, gain: Double = 0) -> EncodedAudio? {
        clips[Key(locale: locale, clip: name)].map { encode($0, codec: codec, gain: gain) }
    }

    /// The music of a class, likewise.
    package func music(_ musicClass: String, codec: SampledCodec, gain: Double = 0) -> EncodedAudio? {
        music[musicClass].map { encode($0, codec: codec, gain: gain) }
    }

    /// Encodes everything in every codec, so that no call has to wait for it. Takes seconds: for a thread of its own. Asked before each
    /// clip, `isWanted` ends it.
    package func encodeAll(while isWanted: () -> Bool) {
        for source in Array(music.values) + Array(clips.values) {
            guard isWanted() else { return }
            for codec in SampledCodec.allCases { _ = encode(source, codec: codec, gain: 0) }
        }
    }

    private func encode(_ source: Source, codec: SampledCodec, gain: Double) -> EncodedAudio {
        let key = EncodedKey(clip: ObjectIdentifier(source), codec: codec, gain: gain)
        if let ready = encoded.withLock({ $0[key] }) { return ready }
        // Outside the lock: two calls may encode the same clip once, at the first use; the first one kept serves all.
        let made = EncodedAudio(encoding: Gain(decibels: gain).applied(to: source.samples), codec: codec)
        return encoded.withLock { cache in
            if let ready = cache[key] { return ready }
            cache[key] = made
            return made
        }
    }
}
