import AudioFiles
import Foundation
import Testing

@testable import Speech

/// Texts spoken by small programs of the tests' own.
@Suite struct SpokenTextTests {
    private final class Bench {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("antiphon-speech-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// A program that the settings name; `$0`'s folder holds a sound, `good.wav`. A shell reads it: executed itself it may be
        /// refused as busy (ETXTBSY), for a child that another test starts at this moment holds what is being written for an instant.
        func settings(_ script: String, arguments: [String] = [], seconds: Double = 20) throws -> SpeechSettings {
            let program = folder + "/speak"
            try Data(("#!/bin/sh\nhere=$(dirname \"$0\")\n" + script + "\n").utf8).write(to: URL(fileURLWithPath: program))
            try Data(SpokenTextTests.wave([Int16](repeating: 1_000, count: 800))).write(to: URL(fileURLWithPath: folder + "/good.wav"))
            var settings = SpeechSettings(command: ["/bin/sh", program] + arguments, folder: folder + "/kept")
            settings.limit = .seconds(seconds)
            return settings
        }

        func text(_ name: String) -> String { (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? "" }
        var kept: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder + "/kept")) ?? [] }
    }

    private static func wave(_ samples: [Int16]) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        let sound = samples.flatMap { two(Int($0)) }
        let format = Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1) + four(8_000) + four(16_000) + two(2) + two(16)
        return Array("RIFF".utf8) + four(36 + sound.count) + format + Array("data".utf8) + four(sound.count) + sound
    }

    private func failure(_ settings: SpeechSettings, _ text: String = "hello", locale: String = "en") throws -> String {
        let spoken = SpokenText(settings)
        return try #require(#expect(throws: SpeechFailure.self) { try spoken.sound(of: text, locale: locale) }).description
    }

    // MARK: What is spoken

    @Test func theTextGoesInAndTheSoundComesOut() throws {
        let bench = try Bench()
        let settings = try bench.settings(
            "cat > \"$here/text\"; printf '%s\\n' \"$@\" > \"$here/arguments\"; cat \"$here/good.wav\"",
            arguments: ["-v", "{locale}", "x-{locale}-{locale}", "$(touch \(bench.folder)/trap)", "a b"])
        let spoken = SpokenText(settings)
        let text = "Straße; rm -rf / `touch \(bench.folder)/trap` $(touch \(bench.folder)/trap) \"'\\"
        let sound = try spoken.sound(of: text, locale: "de-AT")
        #expect(sound.rate == 8_000 && sound.samples.count == 800 && sound.samples[400] == 1_000)
        #expect(bench.text("text") == text + "\n")
        #expect(bench.text("arguments") == "-v\nde-AT\nx-de-AT-de-AT\n$(touch \(bench.folder)/trap)\na b\n")
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/trap"), "no shell has read it")
    }

    @Test func eachTextIsSpokenOnce() throws {
        let bench = try Bench()
        let settings = try bench.settings("echo x >> \"$here/runs\"; cat \"$here/good.wav\"", arguments: ["{locale}"])
        var spoken = SpokenText(settings)
        for _ in 0..<3 { _ = try spoken.sound(of: "one", locale: "en") }
        #expect(bench.text("runs") == "x\n")
        // Kept over a restart.
        spoken = SpokenText(settings)
        _ = try spoken.sound(of: "one", locale: "en")
        #expect(bench.text("runs") == "x\n")
        // Another text, locale or command is another sound.
        _ = try spoken.sound(of: "two", locale: "en")
        _ = try spoken.sound(of: "one", locale: "de")
        var other = settings
        other.command[2] = "-{locale}"
        _ = try SpokenText(other).sound(of: "one", locale: "en")
        #expect(bench.text("runs") == "x\nx\nx\nx\n" && bench.kept.count == 4)
    }

    @Test func callsThatWantTheSameTextWaitForOneProgram() async throws {
        let bench = try Bench()
        let spoken = try SpokenText(bench.settings("echo x >> \"$here/runs\"; sleep 0.3; cat \"$here/good.wav\""))
        let lengths = await withTaskGroup(of: Int?.self) { group in
            for index in 0..<6 { group.addTask { try? spoken.sound(of: "text \(index % 2)", locale: "en").samples.count } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lengths == [Int?](repeating: 800, count: 6))
        #expect(bench.text("runs") == "x\nx\n")
    }

    @Test func aDamagedSoundIsMadeAgain() throws {
        let bench = try Bench()
        let spoken = try SpokenText(bench.settings("echo x >> \"$here/runs\"; cat \"$here/good.wav\""))
        _ = try spoken.sound(of: "one", locale: "en")
        let kept = try #require(bench.kept.first)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: bench.folder + "/kept/" + kept))
        #expect(try spoken.sound(of: "one", locale: "en").samples.count == 800)
        #expect(bench.text("runs") == "x\nx\n")
    }

    // MARK: Bounds

    @Test func theFolderIsBounded() throws {
        let bench = try Bench()
        var settings = try bench.settings("echo x >> \"$here/runs\"; cat \"$here/good.wav\"")
        settings.capacity = 3 * 1_644 + 100
        let spoken = SpokenText(settings)
        for name in ["a", "b", "c"] { _ = try spoken.sound(of: name, locale: "en") }
        // Times of files, set apart by hand: a, then b, then c.
        for (age, name) in bench.kept.enumerated() {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -1_000 + Double(age))], ofItemAtPath: bench.folder + "/kept/" + name)
        }
        _ = try spoken.sound(of: "a", locale: "en")
        _ = try spoken.sound(of: "d", locale: "en")
        #expect(bench.kept.count == 3)
        _ = try spoken.sound(of: "a", locale: "en")
        #expect(bench.text("runs") == "x\nx\nx\nx\n", "a was used last, so it stayed")
        let attributes = try FileManager.default.attributesOfItem(atPath: bench.folder + "/kept")
        #expect((attributes[.posixPermissions] as? Int) == 0o700)
    }

    @Test func whatAKilledServerLeftIsCleared() throws {
        let bench = try Bench()
        let settings = try bench.settings("cat \"$here/good.wav\"")
        try FileManager.default.createDirectory(atPath: settings.folder, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: settings.folder + "/abc.part"))
        #expect(try SpokenText(settings).sound(of: "a", locale: "en").samples.count == 800)
        #expect(bench.kept.count == 1 && bench.kept.first?.hasSuffix(".sound") == true)
    }

    @Test func aProgramThatTakesTooLongIsKilledWithAllItStarted() throws {
        let bench = try Bench()
        let clock = ContinuousClock()
        // A machine under load may not get as far as the program's first line within a second.
        for seconds in [1.0, 5, 25] where bench.text("self").isEmpty {
            let settings = try bench.settings("sleep 600 & echo $! > \"$here/child\"; echo $$ > \"$here/self\"; wait", seconds: seconds)
            let start = clock.now
            let said = try failure(settings)
            #expect(said.contains("took longer than \(seconds) seconds"), "\(said)")
            #expect(clock.now - start < .seconds(seconds + 20))
        }
        for name in ["child", "self"] {
            let number = try #require(pid_t(bench.text(name).trimmingCharacters(in: .whitespacesAndNewlines)))
            // Killed, and at most waiting for init to take note.
            let state = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8))?.split(separator: " ")
            #expect(state == nil || state?[2] == "Z", "\(name) \(state?[2] ?? "")")
        }
        #expect(bench.kept.isEmpty)
    }

    @Test func aDescendantThatKeepsTheOutputOpenDoesNotHoldTheCall() throws {
        let bench = try Bench()
        let settings = try bench.settings("sleep 600 & cat \"$here/good.wav\"; exit 0", seconds: 1)
        #expect(try failure(settings).contains("took longer"))
    }

    @Test func endlessOutputIsCutOff() throws {
        let bench = try Bench()
        #expect(try failure(try bench.settings("yes")).contains("wrote more than 16 MiB"))
        #expect(bench.kept.isEmpty)
    }

    @Test func itsInputNeedNotBeRead() throws {
        let bench = try Bench()
        let spoken = try SpokenText(bench.settings("exec 0<&-; cat \"$here/good.wav\""))
        #expect(try spoken.sound(of: String(repeating: "long ", count: 400), locale: "en").samples.count == 800)
    }

    /// Neither the server's descriptors nor its environment are the program's.
    @Test func nothingOfTheServerGoesAlong() throws {
        let bench = try Bench()
        setenv("ANTIPHON_SECRET", "x", 1)
        let open = Glibc.open(bench.folder, O_RDONLY)
        defer { close(open) }
        let spoken = try SpokenText(
            bench.settings("env > \"$here/environment\"; ls /proc/$$/fd > \"$here/open\"; cat \"$here/good.wav\""))
        _ = try spoken.sound(of: "one", locale: "en")
        #expect(!bench.text("environment").contains("SECRET") && bench.text("environment").contains("LANG=C.UTF-8"))
        // The shell itself opens its script, at 10 or above.
        let numbers = bench.text("open").split(separator: "\n").compactMap { Int($0) }
        #expect(numbers.filter { $0 < 10 } == [0, 1, 2], "\(numbers)")
        #expect(!numbers.contains(Int(open)) || open >= 10)
    }

    // MARK: Failures

    @Test func failuresSayWhatIsWrong() throws {
        let bench = try Bench()
        #expect(try failure(try bench.settings("echo 'no such voice' >&2; exit 3")).hasSuffix("sh: ended with status 3: no such voice"))
        #expect(try failure(try bench.settings("kill -9 $$")).hasSuffix("ended with signal 9"))
        #expect(try failure(try bench.settings("echo no sound at all")).contains("is no sound file"))
        #expect(try failure(try bench.settings("exit 0")).contains("is no sound file"))
        #expect(bench.kept.isEmpty)
        var settings = try bench.settings("exit 0")
        settings.command = [bench.folder + "/missing"]
        #expect(try failure(settings).contains("cannot be started: No such file"))
        settings.command = []
        #expect(try failure(settings).contains("cannot be started"))
        settings = try bench.settings("cat \"$here/good.wav\"")
        #expect(try failure(settings, " \n") == "there is nothing to say")
        #expect(try failure(settings, String(repeating: "x", count: 2_001)).contains("too long"))
        for locale in ["", "../x", "a b", "-\u{0}"] { #expect(try failure(settings, locale: locale).contains("is no locale")) }
        settings.folder = bench.folder + "/speak"
        #expect(try failure(settings).contains("no folder"))
    }
}
