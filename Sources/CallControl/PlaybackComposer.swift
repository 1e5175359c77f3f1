import Audio
import AudioFiles
import Codecs
import MediaPlane
import Prompts
import Scenarios
import Synchronization
import Timing

/// Why something cannot be played, in words for the log.
struct PlaybackFailure: Error, CustomStringConvertible {
    let description: String
}

/// Turns what a scenario wants played into encoded sound, from the shared prompt cache wherever it can.
final class PlaybackComposer: Sendable {
    /// A tone or a silence longer than this is cut: nobody listens longer, and it is memory.
    private static let longestTone = Duration.seconds(60)

    private struct ToneKey: Hashable {
        var tone: ToneName
        var milliseconds: Int64
        var form: SoundForm
    }

    private let prompts: PromptLibrary
    private let plan: CallTone.Plan
    private let tones = Mutex<[ToneKey: EncodedAudio]>([:])

    init(prompts: PromptLibrary, tones plan: CallTone.Plan) {
        self.prompts = prompts
        self.plan = plan
    }

    /// Whether composing waits for something or works on all of the sound, and so must not happen on an event loop.
    func takesTime(_ playback: Playback) -> Bool {
        playback.speed != 100
            || playback.items.contains { item in
                switch item {
                case .file, .url, .speech: true
                case .clip, .say, .tone, .silence: false
                }
            }
    }

    /// Whether composing may wait for a program, and so must not hold up what reads files.
    func speaks(_ playback: Playback) -> Bool {
        playback.items.contains { if case .speech = $0 { true } else { false } }
    }

    /// What must be fetched before it can be composed.
    func addresses(of playback: Playback) -> Set<String> {
        Set(playback.items.compactMap { if case .url(let address) = $0 { address } else { nil } })
    }

    /// Returns at once; calls back from some thread with what became of each address.
    func fetch(_ addresses: Set<String>, then: @escaping @Sendable ([String: SoundFetcher.Answer]) -> Void) {
        prompts.fetch(addresses, then: then)
    }

    /// - `fetched`: what became of the addresses in it.
    func compose(
        _ playback: Playback, form: SoundForm, fetched: [String: SoundFetcher.Answer] = [:]
    ) throws(PlaybackFailure) -> PlaybackTrack {
        var clips: [EncodedAudio] = []
        for item in playback.items {
            if case .url(let address) = item {
                clips.append(try published(address, fetched[address], form: form, gain: playback.gain))
                continue
            }
            clips += try sound(item, locales: [playback.locale] + playback.fallback, form: form, gain: playback.gain)
        }
        if playback.speed != 100 { clips = [Self.at(Double(playback.speed) / 100, clips, form)] }
        let start = Int(min(max(playback.startAt, .zero).wholeMilliseconds, 86_400_000)) * SoundForm.tickRate / 1_000
        return PlaybackTrack(clips, rounds: playback.repeatCount, start: start * 100 / playback.speed)
    }

    private func published(
        _ address: String, _ answer: SoundFetcher.Answer?, form: SoundForm, gain: Double
    ) throws(PlaybackFailure) -> EncodedAudio {
        guard let answer else { throw PlaybackFailure(description: "`url` is not fetched here") }
        do {
            // The query may hold what is nobody's business, the log's neither.
            let name = String(address.prefix { $0 != "?" })
            let sound = try prompts.sound(try answer.get(), from: name, rate: form.rate)
            return EncodedAudio(encoding: Gain(decibels: gain).applied(to: sound.samples), form: form)
        } catch {
            throw PlaybackFailure(description: "\(error)")
        }
    }

    /// Music loops for as long as it is played.
    func music(_ musicClass: String, form: SoundForm) throws(PlaybackFailure) -> PlaybackTrack {
        guard let sound = prompts.music(musicClass, form: form) else {
            throw PlaybackFailure(description: "there is no music class `\(musicClass)`")
        }
        return PlaybackTrack([sound], rounds: nil)
    }

    func tone(_ name: ToneName, _ length: Duration, form: SoundForm) -> EncodedAudio {
        let milliseconds = min(length, Self.longestTone).wholeMilliseconds
        let key = ToneKey(tone: name, milliseconds: milliseconds, form: form)
        if let ready = tones.withLock({ $0[key] }) { return ready }
        let samples = ToneGenerator.samples(CallTone(name), plan: plan, rate: form.rate, milliseconds: Int(milliseconds))
        let made = EncodedAudio(encoding: samples, form: form)
        tones.withLock { cache in
            // Lengths come from scenario files, so there are few; the bound is against expressions that vary them.
            if cache.count >= 256 { cache.removeAll() }
            cache[key] = made
        }
        return made
    }

    private func sound(
        _ item: PromptItem, locales: [String], form: SoundForm, gain: Double
    ) throws(PlaybackFailure) -> [EncodedAudio] {
        switch item {
        case .clip(let name):
            for locale in locales {
                if let clip = prompts.clip(name, locale: locale, form: form, gain: gain) { return [clip] }
            }
            throw PlaybackFailure(description: "there is no prompt `\(name)` in \(locales.joined(separator: ", "))")
        case .say(let kind, let text):
            return try say(kind, text, locales: locales, form: form, gain: gain)
        case .file(let path):
            do {
                let sound = try AudioFileReader.read(path, rate: form.rate)
                return [EncodedAudio(encoding: Gain(decibels: gain).applied(to: sound.samples), form: form)]
            } catch {
                throw PlaybackFailure(description: "\(error)")
            }
        case .speech(let text):
            do {
                let sound = try prompts.speech(text, locale: locales.first ?? "", rate: form.rate)
                return [EncodedAudio(encoding: Gain(decibels: gain).applied(to: sound.samples), form: form)]
            } catch {
                throw PlaybackFailure(description: "\(error)")
            }
        case .url: throw PlaybackFailure(description: "`url` is not fetched here")
        case .tone(let name, let length):
            return [tone(name, length, form: form)]
        case .silence(let length):
            return [Self.silence(length, form: form)]
        }
    }

    /// In the first locale that has all that it takes: nothing is said half in one language and half in another.
    private func say(_ kind: SayKind, _ text: String, locales: [String], form: SoundForm, gain: Double) throws(PlaybackFailure)
        -> [EncodedAudio]
    {
        var missing: [String] = []
        for locale in locales {
            guard let grammar = SayGrammar.of(locale: locale) else {
                missing.append("locale `\(locale)` has no grammar to say things by")
                continue
            }
            var spoken: [EncodedAudio] = []
            let names = grammar.clips(saying: kind.rawValue, text)
            for name in names {
                guard name != SayGrammar.pause else {
                    spoken.append(Self.silence(.milliseconds(250), form: form))
                    continue
                }
                guard let clip = prompts.clip(name, locale: locale, form: form, gain: gain) else {
                    missing.append("there is no prompt `\(name)` in locale `\(locale)`")
                    break
                }
                spoken.append(clip)
            }
            if spoken.count == names.count { return spoken }
        }
        throw PlaybackFailure(description: missing.joined(separator: ", "))
    }

    private static func silence(_ length: Duration, form: SoundForm) -> EncodedAudio {
        let count = Int(min(length, longestTone).wholeMilliseconds) * form.rate / 1_000
        return EncodedAudio(encoding: [Int16](repeating: 0, count: max(0, count)), form: form)
    }

    /// All of it so many times as fast.
    private static func at(_ speed: Double, _ clips: [EncodedAudio], _ form: SoundForm) -> EncodedAudio {
        let sound = clips.flatMap { $0.decoded() }
        return EncodedAudio(encoding: SpeechSpeed.changed(sound, rate: form.rate, speed: speed), form: form)
    }
}

extension CallTone {
    fileprivate init(_ name: ToneName) {
        switch name {
        case .dial: self = .dial
        case .ringback: self = .ringback
        case .busy: self = .busy
        case .reorder: self = .reorder
        case .beep: self = .beep
        case .confirm: self = .confirm
        case .sit: self = .specialInformation
        }
    }
}
