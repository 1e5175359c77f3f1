import AudioFiles
import Codecs
import Foundation
import Prompts
import Scenarios
import Synchronization
import Testing
import Timing
import WebAddresses

@testable import CallControl
@testable import MediaPlane

/// Calls that play what has to be fetched first. The test says when it comes.
@Suite struct FetchedPlaybackTests {
    /// Whoever is asked for sound, and what he has been asked for.
    private final class Publisher: Sendable {
        private let waiting = Mutex<[(address: String, then: @Sendable (SoundFetcher.Answer) -> Void)]>([])

        var asked: [String] { waiting.withLock { $0.map(\.address) } }
        var fetcher: SoundFetcher { SoundFetcher { [self] address, then in waiting.withLock { $0.append((address, then)) } } }

        func answer(_ answer: SoundFetcher.Answer) {
            let first = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            first?.then(answer)
        }
    }

    private let publisher = Publisher()
    private let bench: SwitchboardBench
    private static let tone = FetchedSound(bytes: wave(8_000), digest: "tone")

    init() throws {
        let text = """
            scenario: s
            handlers: {error: {goto: trouble}}
            states:
              a: [answer, play: [welcome, {url: "https://media.example/{caller}"}], {goto: b}]
              b: [play: [goodbye], hangup]
              trouble: [play: [technical-trouble], hangup]
            """
        let listed = ListedOrigins(["media.example"].compactMap { WebOrigin(written: $0) })
        let scenarios = ScenarioSet.load(files: [("s.yaml", text)], prompts: AnyPrompts(), origins: listed).set
        let prompts = PromptLibrary.read(folder: Shipped.root + "/prompts", fetcher: publisher.fetcher).library
        bench = try SwitchboardBench(
            routes: [Route(pattern: try DialPattern("100"), scenario: "s", inputs: [:])], scenarios: scenarios, prompts: prompts)
    }

    /// A second of 8 kHz, of any sound.
    private static func wave(_ count: Int) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        let sound = (0..<count).flatMap { two($0 * 1_000 % 20_000) }
        let format = Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1) + four(8_000) + four(16_000) + two(2) + two(16)
        return Array("RIFF".utf8) + four(36 + sound.count) + format + Array("data".utf8) + four(sound.count) + sound
    }

    @Test func itPlaysWhenItHasCome() throws {
        let caller = try #require(bench.call(CallerDouble(number: "100")))
        #expect(publisher.asked == ["https://media.example/alice"])
        #expect(bench.session?.playing == nil, "the event loop has gone on meanwhile")
        publisher.answer(.success(Self.tone))
        #expect(bench.awaitBackground())
        let track = try #require(bench.session?.playing?.track)
        #expect(track.parts.count == 2 && track.parts.last?.count == 8_000)
        bench.finishPlaying()
        #expect(bench.switchboard.calls.values.first?.run.isFinished == false, "it plays goodbye")
        #expect(bench.trace.states.suffix(1) == ["b"], "\(bench.trace.states)")
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test(arguments: [
        SoundFetcher.Answer.failure(FetchFailure(description: "https://media.example/alice: the server answered 404")),
        .success(FetchedSound(bytes: Array("<html>".utf8), digest: "page")),
    ])
    func withoutItTheCallGoesOnAsWithoutAClip(answer: SoundFetcher.Answer) throws {
        let caller = try #require(bench.call(CallerDouble(number: "100")))
        publisher.answer(answer)
        #expect(bench.awaitBackground())
        #expect(bench.trace.states.last == "trouble", "\(bench.trace.states)")
        #expect(bench.trace.reasons.contains { $0.contains("https://media.example/alice: ") }, "\(bench.trace.reasons)")
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func whoLeavesMeanwhileLeavesNothing() throws {
        let caller = try #require(bench.call(CallerDouble(number: "100")))
        weak let call = bench.switchboard.calls.values.first
        #expect(call != nil)
        bench.receive(caller.request("BYE"))
        // Before the answer: nobody waits for a server that may never give one.
        bench.expectNothingLeft()
        #expect(call == nil)
        publisher.answer(.success(Self.tone))
        #expect(bench.awaitBackground())
        bench.expectNothingLeft()
    }

    @Test func anotherCodecMeanwhileIsNoMatter() throws {
        var caller = try #require(bench.call(CallerDouble(number: "100")))
        let other = CallerDouble.offer.replacing("AVP 0 101", with: "AVP 8 101")
        bench.receive(caller.request("INVITE", body: other))
        bench.receive(caller.request("ACK", branch: "ack-again"))
        caller.sequence += 1
        publisher.answer(.success(Self.tone))
        #expect(bench.awaitBackground())
        #expect(bench.session?.playing?.track.form == .pcma)
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }
}
