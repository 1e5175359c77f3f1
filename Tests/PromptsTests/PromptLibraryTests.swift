import AudioFiles
import Codecs
import Foundation
import Testing

@testable import Prompts

@Suite struct PromptLibraryTests {
    private static let prompts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("prompts").path
    /// Read once for all tests.
    private static let shipped = PromptLibrary.read(folder: prompts)

    /// A folder of its own, removed with all in it.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("antiphon-prompts-\(UUID().uuidString)").path

        init(_ files: [String: [UInt8]]) throws {
            for (name, bytes) in files {
                let file = URL(fileURLWithPath: path + "/" + name)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: file)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A WAV file of 16-bit samples.
    private static func wave(_ samples: [Int16], rate: Int = 8_000) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        let sound = samples.flatMap { two(Int($0)) }
        let format = Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1) + four(rate) + four(2 * rate) + two(2) + two(16)
        return Array("RIFF".utf8) + four(36 + sound.count) + format + Array("data".utf8) + four(sound.count) + sound
    }

    private func bytes(_ audio: EncodedAudio?) -> [UInt8]? {
        audio.map { Array(UnsafeBufferPointer(start: $0.bytes, count: $0.count)) }
    }

    // MARK: What is shipped

    @Test func everyShippedPromptIsReadable() {
        let (library, failures) = Self.shipped
        #expect(failures.isEmpty, "\(failures)")
        #expect(library.locales == ["de", "en"] && library.musicClasses == ["default"])
        let files = ["de", "en"].map { FolderListing.files(under: Self.prompts + "/" + $0, ending: ".wav").count }
        #expect(library.clipCount == files.reduce(0, +) && files.allSatisfy { $0 > 80 })
    }

    @Test func everyShippedPromptSaysSomething() throws {
        let paths = ["de", "en"].flatMap { locale in
            FolderListing.files(under: Self.prompts + "/" + locale, ending: ".wav").map { (locale, $0) }
        }
        for (locale, path) in paths {
            let name = String(path.dropLast(4))
            let clip = try #require(Self.shipped.library.clip(name, locale: locale, form: .pcmu), "\(name)")
            #expect((800...8_000 * 60).contains(clip.count), "\(name) lasts \(clip.count / 8) ms")
            var samples = [Int16](repeating: 0, count: clip.count)
            SampledCodec.pcmu.decode(clip.bytes, count: clip.count, into: &samples)
            #expect(samples.contains { abs(Int($0)) > 2_000 }, "\(name) is silent")
        }
    }

    @Test func whatCanBeSaidIsThere() throws {
        for locale in ["de", "en"] {
            for kind in ["digits", "spell", "number", "count", "phone", "date", "time", "duration", "next_opening"] {
                #expect(Self.shipped.library.missingClips(saying: kind, locale: locale) == [], "\(locale) \(kind)")
            }
        }
        #expect(Self.shipped.library.missingClips(saying: "digits", locale: "fr") != [])
        #expect(Self.shipped.library.missingClips(saying: "digits", locale: "en-GB").contains("digits/0"))
    }

    // MARK: Reading

    @Test func namesComeFromThePlaceInTheFolder() throws {
        let sound = Self.wave([0, 100, -100, 8_000])
        let folder = try Folder([
            "en/a.wav": sound, "en/deep/er/b.wav": sound, "de-AT/a.wav": sound, "music/waltz.wav": sound, "music/old/polka.wav": sound,
            "stray.wav": sound, "en/.hidden.wav": sound, "en/notes.txt": [1], "en/a.wav.bak": [1],
        ])
        let (library, failures) = PromptLibrary.read(folder: folder.path)
        #expect(failures.isEmpty && library.clipCount == 3)
        #expect(library.locales == ["de-AT", "en"] && library.musicClasses == ["old/polka", "waltz"])
        #expect(library.contains(clip: "deep/er/b", locale: "en") && library.contains(clip: "a", locale: "de-AT"))
        #expect(!library.contains(clip: "a", locale: "fr") && !library.contains(clip: "waltz", locale: "music"))
        #expect(library.containsMusic("waltz") && !library.containsMusic("a"))
        #expect(library.clip("none", locale: "en", form: .pcmu) == nil && library.music("none", form: .pcmu) == nil)
    }

    /// What a file is, libsndfile reads from its content; its name only says that it is a prompt.
    @Test func everyFormatIsAPrompt() throws {
        let sound = Self.wave([0, 100, -100, 8_000])
        let formats = ["wav", "flac", "ogg", "opus", "oga", "mp3", "aiff", "au", "WAV", "Mp3"]
        let folder = try Folder(
            Dictionary(uniqueKeysWithValues: formats.map { ("en/in.\($0).as.\($0)", sound) }).merging(
                ["music/waltz.mp3": sound, "en/a.txt": sound, "en/b.wave": sound, "en/mp3": sound, "en/.mp3": sound]) { $1 })
        let (library, failures) = PromptLibrary.read(folder: folder.path)
        #expect(failures.isEmpty && library.clipCount == formats.count && library.musicClasses == ["waltz"])
        for format in formats { #expect(library.contains(clip: "in.\(format).as", locale: "en"), "\(format)") }
    }

    @Test func theSamePromptInTwoFormatsIsAFinding() throws {
        let sound = Self.wave([0, 100])
        let folder = try Folder([
            "en/a.mp3": sound, "en/a.wav": sound, "en/a.ogg": sound, "de/a.ogg": sound, "en/b.wav": sound, "en/d/a.wav": sound,
            "music/waltz.flac": sound, "music/waltz.wav": sound, "en/broken.flac": [1], "en/broken.wav": sound,
        ])
        let (library, failures) = PromptLibrary.read(folder: folder.path)
        #expect(library.clipCount == 5 && library.musicClasses == ["waltz"])
        let second = failures.filter { $0.kind == .alreadyExists }
        #expect(second.map(\.path) == ["en/a.ogg", "en/a.wav", "music/waltz.wav"].map { folder.path + "/" + $0 })
        #expect(second.first?.problem == "the prompt `a` in `en` is there twice: also as en/a.mp3")
        #expect(second.last?.problem == "the music class `waltz` is there twice: also as music/waltz.flac")
        #expect(failures.count == 4, "an unreadable file beside a readable one is unreadable, not a second")
    }

    // MARK: Rates

    /// A sine of 1 kHz at 16 kHz, in a library of its own.
    private func library(_ samples: [Int16], loudness: LoudnessTarget? = nil) throws -> (PromptLibrary, Folder) {
        let folder = try Folder(["en/a.wav": Self.wave(samples, rate: 16_000), "music/m.wav": Self.wave(samples, rate: 16_000)])
        return (PromptLibrary.read(folder: folder.path, loudness: loudness).library, folder)
    }

    private static func sine(_ amplitude: Double, seconds: Double = 1) -> [Int16] {
        (0..<Int(16_000 * seconds)).map { Int16(amplitude * sin(2 * .pi * 1_000 * Double($0) / 16_000)) }
    }

    @Test func clipsAreThereAtEveryRate() throws {
        let samples = Self.sine(8_000)
        let (library, _) = try library(samples)
        let isTheFiles = library.sound("a", locale: "en", rate: 16_000) == PCM(samples: samples, rate: 16_000)
        #expect(isTheFiles)
        for rate in [8_000, 48_000, 44_100] {
            let sound = try #require(library.sound("a", locale: "en", rate: rate))
            #expect(sound.rate == rate && sound.samples.count == rate)
            let middle = sound.samples[(rate / 4)..<(rate * 3 / 4)]
            let error = middle.indices.map { abs(Double(sound.samples[$0]) - 8_000 * sin(2 * .pi * 1_000 * Double($0) / Double(rate))) }
            #expect((error.max() ?? 99) < 3, "\(rate) Hz: \(error.max() ?? 0)")
            let isTheSame = library.sound("a", locale: "en", rate: rate) == sound && library.musicSound("m", rate: rate) == sound
            #expect(isTheSame)
        }
        #expect(library.sound("b", locale: "en", rate: 8_000) == nil && library.musicSound("a", rate: 8_000) == nil)
        #expect(library.sound("a", locale: "en", rate: 0) == nil && library.sound("a", locale: "en", rate: -8_000) == nil)
        #expect(library.sound("a", locale: "en", rate: .max) == nil)
    }

    @Test func theCacheOfSoundsIsBounded() {
        var cache = SoundCache(capacity: 100)
        let clips = (0..<5).map { _ in NSObject() }
        func key(_ index: Int, rate: Int = 8_000) -> SoundCache.Key { .init(clip: ObjectIdentifier(clips[index]), rate: rate) }
        func sound(_ count: Int) -> PCM { PCM(samples: [Int16](repeating: 1, count: count), rate: 8_000) }
        cache.keep(sound(51), for: key(0))
        #expect(cache.sound(key(0)) == nil && cache.count == 0, "half of the room at most")
        for index in 0..<3 { cache.keep(sound(30), for: key(index)) }
        #expect(cache.count == 90 && cache.sound(key(0)) != nil)
        cache.keep(sound(30), for: key(0))
        #expect(cache.count == 90, "what is there is not counted twice")
        cache.keep(sound(20), for: key(3))
        #expect(cache.count == 80 && cache.sound(key(1)) == nil, "1 was not used for longest")
        #expect([0, 2, 3].allSatisfy { cache.sound(key($0)) != nil } && cache.sound(key(0, rate: 16_000)) == nil)
        for round in 0..<1_000 { cache.keep(sound(round % 50), for: key(round % 5, rate: 8_000 + round)) }
        #expect(cache.count <= 100)
    }

    /// First uses from many threads, each of another clip, rate or codec, find what one thread finds.
    @Test func manyThreadsFindTheSameSound() async throws {
        let alone = PromptLibrary.read(folder: Self.prompts, loudness: .telephone).library
        let shared = PromptLibrary.read(folder: Self.prompts, loudness: .telephone).library
        let names = ["welcome", "goodbye", "digits/1", "demonstration", "fd-main-menu"]
        let asked = names.flatMap { name in [8_000, 16_000, 48_000, 11_025].map { (name, $0) } }
        let expected = asked.map { alone.sound($0.0, locale: "en", rate: $0.1) }
        let found = await withTaskGroup(of: (Int, PCM?).self) { group in
            for (index, (name, rate)) in (asked + asked).enumerated() {
                group.addTask { (index % asked.count, shared.sound(name, locale: "en", rate: rate)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(expected.allSatisfy { $0 != nil } && found.count == 2 * asked.count)
        let wrong = found.filter { $0.1 != expected[$0.0] }.map { asked[$0.0] }
        #expect(wrong.isEmpty, "\(wrong)")
    }

    // MARK: Loudness

    @Test func clipsAreBroughtToTheLoudness() throws {
        let target = LoudnessTarget(loudness: -24)
        // 1 kHz: -3.01 LUFS at full scale, so an amplitude of 1,000 has -33.3 LUFS.
        for (amplitude, gain) in [(1_000.0, 9.3), (20_000, -12.0), (2_800, 0), (300, 12)] {
            let (library, _) = try library(Self.sine(amplitude), loudness: target)
            for rate in [8_000, 16_000] {
                let samples = try #require(library.sound("a", locale: "en", rate: rate)).samples
                let loudest = samples[100...].prefix(rate / 2).map { abs(Int($0)) }.max() ?? 0
                let heard = 20 * log10(Double(loudest) / amplitude)
                #expect(abs(heard - gain) < 0.5, "\(amplitude) at \(rate) Hz: \(heard) dB")
            }
        }
        // Near enough: sample for sample the file's.
        let (library, _) = try library(Self.sine(2_800), loudness: target)
        let isTheFiles = library.sound("a", locale: "en", rate: 16_000)?.samples == Self.sine(2_800)
        #expect(isTheFiles)
    }

    @Test func theEncodedClipHasTheLoudness() throws {
        let (library, _) = try library(Self.sine(1_000), loudness: .telephone)
        let clip = try #require(library.clip("a", locale: "en", form: .pcmu))
        let sound = try #require(library.sound("a", locale: "en", rate: 8_000))
        #expect(bytes(clip) == bytes(EncodedAudio(encoding: sound.samples, codec: .pcmu)))
        library.encodeAll { true }
        #expect(library.clip("a", locale: "en", form: .pcmu) === clip)
        #expect(bytes(library.clip("a", locale: "en", form: .pcma)) == bytes(EncodedAudio(encoding: sound.samples, codec: .pcma)))
    }

    /// From the original, and not from what telephones get.
    @Test func aWideClipIsTheFilesOwnSound() throws {
        let high = (0..<16_000).map { Int16(8_000 * sin(2 * .pi * 6_000 * Double($0) / 16_000)) }
        let folder = try Folder(["en/high.wav": Self.wave(high, rate: 16_000)])
        let library = PromptLibrary.read(folder: folder.path).library
        let clip = try #require(library.clip("high", locale: "en", form: .wide))
        func samples(_ clip: EncodedAudio) -> [Int16] {
            var samples = [Int16](repeating: 0, count: clip.count * clip.form.samplesPerTick)
            clip.form.decode(clip.bytes, ticks: clip.count, into: &samples)
            return samples
        }
        #expect(clip.count == 8_000 && samples(clip) == high)
        let softer = try #require(library.clip("high", locale: "en", form: .wide, gain: -6.0206))
        #expect(zip(samples(softer), high).allSatisfy { abs(Int($0) - Int($1) / 2) <= 1 })
        let narrow = try #require(library.clip("high", locale: "en", form: .linear))
        #expect(narrow.count == 8_000 && samples(narrow)[100..<7_900].allSatisfy { abs(Int($0)) < 200 }, "nothing of it is below 4 kHz")
    }

    @Test func theLawsAreEncodedFirst() throws {
        let folder = try Folder(["en/a.wav": Self.wave([1, 2]), "en/b.wav": Self.wave([1])])
        let library = PromptLibrary.read(folder: folder.path).library
        var asked = 0
        library.encodeAll(further: [.wide, .linear]) {
            asked += 1
            return true
        }
        #expect(asked == 6, "each clip for the laws, for the wide form and for the linear one")
    }

    @Test func encodingAheadCanBeEnded() throws {
        let folder = try Folder(["en/a.wav": Self.wave([1, 2]), "en/b.wav": Self.wave([1])])
        var asked = 0
        PromptLibrary.read(folder: folder.path).library.encodeAll {
            asked += 1
            return false
        }
        #expect(asked == 1)
    }

    /// The sentences that ship lie where the default puts them, so that turning it off or on is not heard.
    @Test func theDemonstrationAndTheMusicAreLeftAlone() throws {
        let level = PromptLibrary.read(folder: Self.prompts, loudness: .telephone).library
        let plain = Self.shipped.library
        let isSpeechTheSame =
            level.sound("demonstration", locale: "en", rate: 16_000) == plain.sound("demonstration", locale: "en", rate: 16_000)
        let isMusicTheSame = level.musicSound("default", rate: 16_000) == plain.musicSound("default", rate: 16_000)
        #expect(isSpeechTheSame && isMusicTheSame)
    }

    @Test func everyUnreadableFileIsNamed() throws {
        let folder = try Folder([
            "en/good.wav": Self.wave([1]), "en/empty.wav": [], "en/text.wav": Array("no sound at all, only words".utf8),
            "music/cut.wav": Array("RIFF".utf8),
        ])
        let (library, failures) = PromptLibrary.read(folder: folder.path)
        #expect(library.clipCount == 1 && library.musicClasses == [])
        #expect(failures.map(\.path) == ["en/empty.wav", "en/text.wav", "music/cut.wav"].map { folder.path + "/" + $0 })
        #expect(failures.allSatisfy { !$0.problem.isEmpty && !$0.remedy.isEmpty })
    }

    @Test func aFolderThatIsNotThereIsEmpty() {
        let (library, failures) = PromptLibrary.read(folder: "/not/there")
        #expect(library.clipCount == 0 && library.locales == [] && library.musicClasses == [] && failures.isEmpty)
    }

    @Test func aLoopOfLinksComesToAnEnd() throws {
        let folder = try Folder(["en/a.wav": Self.wave([1])])
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/en/again", withDestinationPath: folder.path + "/en")
        let (library, failures) = PromptLibrary.read(folder: folder.path)
        #expect(failures.isEmpty && library.contains(clip: "again/a", locale: "en") && library.clipCount < 10)
    }

    // MARK: Encoding

    @Test func aClipIsEncodedOnceForEveryone() throws {
        let library = Self.shipped.library
        let first = try #require(library.clip("welcome", locale: "en", form: .pcmu))
        #expect(library.clip("welcome", locale: "en", form: .pcmu) === first)
        let others = [
            library.clip("welcome", locale: "en", form: .pcma), library.clip("welcome", locale: "en", form: .pcmu, gain: -3),
            library.clip("goodbye", locale: "en", form: .pcmu),
        ]
        #expect(others.allSatisfy { $0 != nil && $0 !== first })
        #expect(others[0]?.count == first.count && others[0]?.form == .pcma)
        #expect(library.music("default", form: .pcmu) === library.music("default", form: .pcmu))
    }

    @Test func manyThreadsGetTheSameObject() async throws {
        let samples = [Int16](repeating: 1_000, count: 8_000)
        let folder = try Folder(["en/a.wav": Self.wave(samples)])
        let library = PromptLibrary.read(folder: folder.path).library
        let found = await withTaskGroup(of: ObjectIdentifier?.self) { group in
            for _ in 0..<16 { group.addTask { library.clip("a", locale: "en", form: .pcma).map { ObjectIdentifier($0) } } }
            var found: Set<ObjectIdentifier?> = []
            for await clip in group { found.insert(clip) }
            return found
        }
        #expect(found.count == 1 && found.first != .some(nil))
    }

    @Test func eachCodecAndGainIsMadeOfTheOriginal() throws {
        let samples: [Int16] = [0, 1_000, -1_000, 8_000, -8_000, 32_767, .min]
        let folder = try Folder(["en/a.wav": Self.wave(samples)])
        let library = PromptLibrary.read(folder: folder.path).library
        for form in SoundForm.allCases where form.rate == 8_000 {
            #expect(bytes(library.clip("a", locale: "en", form: form)) == bytes(EncodedAudio(encoding: samples, form: form)))
        }
        let softer = try #require(library.clip("a", locale: "en", form: .pcmu, gain: -6))
        var decoded = [Int16](repeating: 0, count: samples.count)
        SampledCodec.pcmu.decode(softer.bytes, count: softer.count, into: &decoded)
        for (before, after) in zip(samples, decoded) {
            #expect(abs(Double(before) * 0.501 - Double(after)) <= max(40, abs(Double(before)) * 0.03), "\(before) -> \(after)")
        }
        let louder = try #require(library.clip("a", locale: "en", form: .pcmu, gain: 40))
        SampledCodec.pcmu.decode(louder.bytes, count: louder.count, into: &decoded)
        #expect(decoded[3] > 32_000 && decoded[4] < -32_000, "too loud is cut, not wrapped")
    }
}
