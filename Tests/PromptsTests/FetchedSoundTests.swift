import AudioFiles
import Foundation
import Synchronization
import Testing

@testable import Prompts

@Suite struct FetchedSoundTests {
    private static func wave(_ samples: [Int16], rate: Int = 8_000) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        let sound = samples.flatMap { two(Int($0)) }
        let format = Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1) + four(rate) + four(2 * rate) + two(2) + two(16)
        return Array("RIFF".utf8) + four(36 + sound.count) + format + Array("data".utf8) + four(sound.count) + sound
    }

    private func library(loudness: LoudnessTarget? = nil, _ fetcher: SoundFetcher?) -> PromptLibrary {
        PromptLibrary.read(folder: "/nonexistent", loudness: loudness, fetcher: fetcher).library
    }

    @Test func itIsHeardAtAnyRateAndAsLoudAsAPrompt() throws {
        let tone = (0..<16_000).map { Int16(300 * sin(2 * .pi * 500 * Double($0) / 16_000)) }
        let fetched = FetchedSound(bytes: Self.wave(tone, rate: 16_000), digest: "1")
        #expect(try library(nil).sound(fetched, from: "x", rate: 16_000).samples == tone)
        #expect(try library(nil).sound(fetched, from: "x", rate: 8_000).samples.count == 8_000)
        let target = LoudnessTarget.telephone
        let louder = try library(loudness: target, nil).sound(fetched, from: "x", rate: 16_000)
        let before = try #require(ProgrammeLoudness(of: PCM(samples: tone, rate: 16_000)))
        let gained = try #require(ProgrammeLoudness(of: louder)?.integrated) - (try #require(before.integrated))
        #expect(abs(gained - target.gain(for: before)) < 0.2 && gained > 5, "\(gained) dB")
    }

    @Test func whatIsNoSoundIsNamedByItsAddress() {
        let library = library(nil)
        for bytes in [Array("<html>".utf8), Self.wave([])] {
            let error = #expect(throws: AudioFileError.self) {
                try library.sound(FetchedSound(bytes: bytes, digest: "2"), from: "https://media.example/a", rate: 8_000)
            }
            #expect(error?.description.hasPrefix("https://media.example/a: ") == true)
        }
    }

    @Test func theBytesAreReadOnce() throws {
        let library = library(nil)
        let sound = try library.sound(FetchedSound(bytes: Self.wave([1, 2, 3]), digest: "3"), from: "x", rate: 8_000)
        #expect(try library.sound(FetchedSound(bytes: [], digest: "3"), from: "x", rate: 8_000) == sound)
    }

    @Test func whatWasNotPlayedForLongestMakesRoom() {
        var recent = RecentClips(capacity: 100)
        func clip(_ count: Int) -> PromptClip { PromptClip(PCM(samples: [Int16](repeating: 0, count: count), rate: 8_000), target: nil) }
        recent.keep(clip(40), as: "a")
        recent.keep(clip(40), as: "b")
        recent.keep(clip(51), as: "too large")
        #expect(recent.clip("a") != nil && recent.clip("too large") == nil)
        recent.keep(clip(40), as: "c")
        #expect(recent.clip("b") == nil && recent.clip("a") != nil && recent.clip("c") != nil && recent.count == 80)
        recent.keep(clip(1), as: "c")
        #expect(recent.count == 80)
    }

    @Test func allAreAskedForAtOnceAndToldTogether() throws {
        let waiting = Mutex<[String: @Sendable (SoundFetcher.Answer) -> Void]>([:])
        let told = Mutex<[[String: SoundFetcher.Answer]]>([])
        let library = library(SoundFetcher { address, then in waiting.withLock { $0[address] = then } })
        library.fetch(["a", "b"]) { answers in told.withLock { $0.append(answers) } }
        let both = waiting.withLock { $0 }
        #expect(both.keys.sorted() == ["a", "b"])
        let (good, bad) = (FetchedSound(bytes: [1], digest: "1"), FetchFailure(description: "gone"))
        both["a"]?(.success(good))
        #expect(told.withLock { $0.isEmpty })
        both["b"]?(.failure(bad))
        #expect(told.withLock { $0 } == [["a": .success(good), "b": .failure(bad)]])
    }

    @Test func withoutAFetcherNothingIsFetched() throws {
        let told = Mutex<[String: SoundFetcher.Answer]>([:])
        library(nil).fetch(["a"]) { answers in told.withLock { $0 = answers } }
        #expect(throws: FetchFailure.self) { try #require(told.withLock { $0["a"] }).get() }
    }
}
