import Audio
import AudioFiles
import Codecs
import Speech
import Synchronization

/// The spoken clips and the music, read once at start and made once for all calls in each form that sessions have.
///
/// `prompts/<locale>/<name>.wav` is the clip `name` of that locale, `prompts/music/<class>.wav` a music class; `PromptFileName` says which
/// other formats there are. Any rate and number of channels will do; all is mixed to one channel.
package final class PromptLibrary: Sendable {
    /// Room for clips at other rates than their own: 16 MiB, three minutes at 48 kHz.
    private static let converted = 8 << 20
    /// Room for clips that were fetched, likewise.
    private static let fetched = 8 << 20

    private struct Key: Hashable {
        var locale: String
        var clip: String
    }

    private struct EncodedKey: Hashable {
        var clip: ObjectIdentifier
        var form: SoundForm
        var gain: Double
    }

    private let clips: [Key: PromptClip]
    private let music: [String: PromptClip]
    private let encoded = Mutex<[EncodedKey: EncodedAudio]>([:])
    private let sounds = Mutex(SoundCache(capacity: converted))
    private let speech: SpokenText?
    let loudness: LoudnessTarget?
    let fetcher: SoundFetcher?
    let recentClips = Mutex(RecentClips(capacity: fetched))
    package let locales: [String]

    private init(
        clips: [Key: PromptClip], music: [String: PromptClip], loudness: LoudnessTarget?, speech: SpokenText?, fetcher: SoundFetcher?
    ) {
        self.fetcher = fetcher
        self.loudness = loudness
        self.speech = speech
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

    /// Reads every clip under `folder`. Unreadable ones are named in `failures`, all of them, not only the first; so are second files of
    /// the same clip (`alreadyExists`), which are left out. With `loudness` each clip is brought to it when it is first used.
    /// `speech` speaks what is no clip, `fetcher` gets what is published elsewhere.
    package static func read(
        folder: String, loudness: LoudnessTarget? = nil, speech: SpokenText? = nil, fetcher: SoundFetcher? = nil
    ) -> (library: PromptLibrary, failures: [AudioFileError]) {
        var clips: [Key: PromptClip] = [:]
        var music: [String: PromptClip] = [:]
        var paths: [Key: String] = [:]
        var failures: [AudioFileError] = []
        for path in FolderListing.files(under: folder, where: PromptFileName.isSound) {
            guard let name = PromptFileName(path: path) else { continue }
            let key = Key(locale: name.folder, clip: name.clip)
            if let first = paths[key] {
                failures.append(Self.second(folder + "/" + path, of: name, beside: first))
                continue
            }
            do throws(AudioFileError) {
                let clip = try PromptClip.read(folder + "/" + path, target: loudness)
                paths[key] = path
                if name.folder == "music" { music[name.clip] = clip } else { clips[key] = clip }
            } catch {
                failures.append(error)
            }
        }
        return (PromptLibrary(clips: clips, music: music, loudness: loudness, speech: speech, fetcher: fetcher), failures)
    }

    private static func second(_ path: String, of name: PromptFileName, beside first: String) -> AudioFileError {
        let what = name.folder == "music" ? "the music class `\(name.clip)`" : "the prompt `\(name.clip)` in `\(name.folder)`"
        return AudioFileError(
            .alreadyExists, path: path, problem: "\(what) is there twice: also as \(first)", remedy: "remove or rename one of the two")
    }

    // MARK: Samples

    /// The clip as samples at `rate` (2,000 to 768,000 a second), at the library's loudness; nil when there is none. Where it is not kept
    /// yet it is converted here, 0.1 to 0.4 ms per second of sound, and nobody waits for the conversion of another clip.
    package func sound(_ name: String, locale: String, rate: Int) -> PCM? {
        clips[Key(locale: locale, clip: name)].flatMap { sound($0, rate: rate) }
    }

    /// The music of a class, likewise.
    package func musicSound(_ musicClass: String, rate: Int) -> PCM? {
        music[musicClass].flatMap { sound($0, rate: rate) }
    }

    /// Whether texts can be spoken.
    package var speaks: Bool { speech != nil }

    /// A text as samples at `rate`, at the library's loudness. The first time a program speaks it, for seconds; later its sound is read
    /// from a file. Not for an event loop.
    package func speech(_ text: String, locale: String, rate: Int) throws(SpeechFailure) -> PCM {
        guard let speech else { throw SpeechFailure(description: "no program is set that speaks texts (`speech:` in the configuration)") }
        return PromptClip(try speech.sound(of: text, locale: locale), target: loudness).sound(rate: rate)
    }

    private func sound(_ clip: PromptClip, rate: Int) -> PCM? {
        guard AudioFileReader.fileRates.contains(rate) else { return nil }
        if clip.isOriginal(at: rate) { return clip.sound(rate: rate) }
        let key = SoundCache.Key(clip: ObjectIdentifier(clip), rate: rate)
        if let ready = sounds.withLock({ $0.sound(key) }) { return ready }
        // Outside the lock: two calls may convert the same clip at its first use.
        let made = clip.sound(rate: rate)
        sounds.withLock { $0.keep(made, for: key) }
        return made
    }

    // MARK: Encoding

    /// The clip in `form`, made louder or softer by `gain` dB; nil when there is none.
    package func clip(_ name: String, locale: String, form: SoundForm, gain: Double = 0) -> EncodedAudio? {
        clips[Key(locale: locale, clip: name)].flatMap { encode($0, form: form, gain: gain) }
    }

    /// The music of a class, likewise.
    package func music(_ musicClass: String, form: SoundForm, gain: Double = 0) -> EncodedAudio? {
        music[musicClass].flatMap { encode($0, form: form, gain: gain) }
    }

    /// Encodes everything in both laws of G.711, and then in further forms, so that no call has to wait for it: the longest first, since what
    /// a call waits for at its first use is longer with them. For a thread of its own. Asked before each clip, `isWanted` ends it.
    package func encodeAll(further forms: [SoundForm] = [], while isWanted: () -> Bool) {
        let longestFirst = (Array(clips.values) + music.values).sorted { $0.seconds > $1.seconds }
        for forms in [SampledCodec.allCases.map { .sampled($0) }] + forms.map({ [$0] }) {
            for clip in longestFirst {
                guard isWanted() else { return }
                // Not through the cache of sounds: once it is encoded, nobody asks for it at this rate.
                let sound = clip.sound(rate: forms[0].rate)
                for form in forms { _ = encode(clip, form: form, gain: 0, from: sound) }
            }
        }
    }

    private func encode(_ clip: PromptClip, form: SoundForm, gain: Double, from known: PCM? = nil) -> EncodedAudio? {
        let key = EncodedKey(clip: ObjectIdentifier(clip), form: form, gain: gain)
        if let ready = encoded.withLock({ $0[key] }) { return ready }
        // Outside the lock: two calls may encode the same clip once, at the first use; the first one kept serves all.
        guard let sound = known ?? sound(clip, rate: form.rate) else { return nil }
        let made = EncodedAudio(encoding: Gain(decibels: gain).applied(to: sound.samples), form: form)
        return encoded.withLock { cache in
            if let ready = cache[key] { return ready }
            cache[key] = made
            return made
        }
    }
}
