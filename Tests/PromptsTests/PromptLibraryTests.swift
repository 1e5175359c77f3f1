import AudioFiles
import Codecs
import Foundation
import Prompts
import Testing

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

    /// A WAV file of 16-bit samples at 8 kHz.
    private static func wave(_ samples: [Int16]) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        let sound = samples.flatMap { two(Int($0)) }
        let format = Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1) + four(8_000) + four(16_000) + two(2) + two(16)
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
            let clip = try #require(Self.shipped.library.clip(name, locale: locale, codec: .pcmu), "\(name)")
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
        #expect(library.clip("none", locale: "en", codec: .pcmu) == nil && library.music("none", codec: .pcmu) == nil)
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
        let first = try #require(library.clip("welcome", locale: "en", codec: .pcmu))
        #expect(library.clip("welcome", locale: "en", codec: .pcmu) === first)
        let others = [
            library.clip("welcome", locale: "en", codec: .pcma), library.clip("welcome", locale: "en", codec: .pcmu, gain: -3),
            library.clip("goodbye", locale: "en", codec: .pcmu),
        ]
        #expect(others.allSatisfy { $0 != nil && $0 !== first })
        #expect(others[0]?.count == first.count && others[0]?.codec == .pcma)
        #expect(library.music("default", codec: .pcmu) === library.music("default", codec: .pcmu))
    }

    @Test func manyThreadsGetTheSameObject() async throws {
        let samples = [Int16](repeating: 1_000, count: 8_000)
        let folder = try Folder(["en/a.wav": Self.wave(samples)])
        let library = PromptLibrary.read(folder: folder.path).library
        let found = await withTaskGroup(of: ObjectIdentifier?.self) { group in
            for _ in 0..<16 { group.addTask { library.clip("a", locale: "en", codec: .pcma).map { ObjectIdentifier($0) } } }
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
        for codec in SampledCodec.allCases {
            #expect(bytes(library.clip("a", locale: "en", codec: codec)) == bytes(EncodedAudio(encoding: samples, codec: codec)))
        }
        let softer = try #require(library.clip("a", locale: "en", codec: .pcmu, gain: -6))
        var decoded = [Int16](repeating: 0, count: samples.count)
        SampledCodec.pcmu.decode(softer.bytes, count: softer.count, into: &decoded)
        for (before, after) in zip(samples, decoded) {
            #expect(abs(Double(before) * 0.501 - Double(after)) <= max(40, abs(Double(before)) * 0.03), "\(before) -> \(after)")
        }
        let louder = try #require(library.clip("a", locale: "en", codec: .pcmu, gain: 40))
        SampledCodec.pcmu.decode(louder.bytes, count: louder.count, into: &decoded)
        #expect(decoded[3] > 32_000 && decoded[4] < -32_000, "too loud is cut, not wrapped")
    }
}
