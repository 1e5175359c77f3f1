import Audio
import Codecs
import Foundation
import Prompts
import Scenarios
import Testing

@testable import CallControl
@testable import MediaPlane

/// What plays on calls whose sound is linear, at 8 or 16 kHz, beside the same on those of G.711.
@Suite struct WidePlaybackTests {
    private let composer = PlaybackComposer(prompts: Shipped.prompts, tones: .european)

    private func compose(_ items: [PromptItem], _ form: SoundForm, adjust: (inout Playback) -> Void = { _ in }) throws -> PlaybackTrack {
        var playback = Playback(id: PlayID(1), items: items, locale: "en")
        adjust(&playback)
        return try composer.compose(playback, form: form)
    }

    /// As the media thread reads them.
    private func samples(_ track: PlaybackTrack) throws -> [Int16] {
        let form = try #require(track.form)
        return track.parts.flatMap { part in
            let ticks = part.count / form.octetsPerTick
            var samples = [Int16](repeating: 0, count: ticks * form.samplesPerTick)
            form.decode(part.bytes, ticks: ticks, into: &samples)
            return samples
        }
    }

    private func level(_ samples: [Int16]) -> Double {
        samples.withUnsafeBufferPointer { sound in sound.baseAddress.map { Decibels.level(of: $0, count: sound.count) } ?? -.infinity }
    }

    private static let items: [[PromptItem]] = [
        [.clip("goodbye")], [.say(.number, "1234"), .say(.digits, "907")], [.tone(.ringback, .seconds(5))], [.silence(.milliseconds(70))],
        [.clip("goodbye"), .silence(.milliseconds(500)), .tone(.beep, .milliseconds(400)), .say(.spell, "abc")],
    ]

    @Test(arguments: items, [SoundForm.wide, .linear])
    func itIsAsLongAndAsLoudAsInG711(items: [PromptItem], form: SoundForm) throws {
        let (law, other) = (try compose(items, .pcma), try compose(items, form))
        #expect(
            other.form == form && abs(other.tickCount - law.tickCount) <= items.count * 8, "\(other.tickCount) and \(law.tickCount) ticks")
        // What lies above 4 kHz is louder by nothing that counts in speech.
        let (heard, expected) = (level(try samples(other)), level(try samples(law)))
        #expect(expected < -60 ? heard < -60 : abs(heard - expected) < 1, "\(heard) and \(expected) dBFS")
    }

    @Test(arguments: [SoundForm.wide, .linear, .pcmu]) func louderSofterAndFromTheMiddle(form: SoundForm) throws {
        let whole = try compose([.clip("goodbye"), .say(.number, "42")], form)
        let softer = try compose([.clip("goodbye"), .say(.number, "42")], form) { $0.gain = -12 }
        #expect(abs(level(try samples(whole)) - level(try samples(softer)) - 12) < 0.3)
        for skipped in [300, 900] {
            let rest = try compose([.clip("goodbye"), .say(.number, "42")], form) { $0.startAt = .milliseconds(skipped) }
            #expect(rest.start == 8 * skipped && rest.tickCount == whole.tickCount)
            let faster = try compose([.clip("goodbye"), .say(.number, "42")], form) {
                ($0.startAt, $0.speed) = (.milliseconds(skipped), 200)
            }
            #expect(faster.start == 4 * skipped && abs(Double(faster.tickCount) / Double(whole.tickCount) - 0.5) < 0.01)
        }
    }

    /// 425 Hz in the European plan, whatever the rate.
    @Test(arguments: SoundForm.allCases) func tonesHaveTheirFrequency(form: SoundForm) throws {
        let sound = try samples(compose([.tone(.dial, .seconds(1))], form))
        #expect(sound.count == form.rate)
        func power(_ frequency: Double) -> Double {
            var (real, imaginary) = (0.0, 0.0)
            for (index, sample) in sound.enumerated() {
                let angle = 2 * Double.pi * frequency * Double(index) / Double(form.rate)
                real += Double(sample) * cos(angle)
                imaginary += Double(sample) * sin(angle)
            }
            return real * real + imaginary * imaginary
        }
        #expect(power(425) > 1_000 * max(power(212.5), power(850)))
    }

    @Test func musicLoopsAtItsOwnRate() throws {
        let (law, wide) = (try composer.music("default", form: .pcmu), try composer.music("default", form: .wide))
        #expect(wide.rounds == nil && wide.form == .wide && abs(wide.tickCount - law.tickCount) <= 8)
    }

    // MARK: The codec changes while something plays

    private static let opus = CallerDouble.offer.replacing("AVP 0 101", with: "AVP 96 101") + "a=rtpmap:96 opus/48000/2\r\n"

    private func called(_ number: String, rooms: [RoomBook.Entry] = []) throws -> (bench: SwitchboardBench, caller: CallerDouble) {
        var routes = Shipped.routes
        routes.append(Route(pattern: try DialPattern("3XXX"), scenario: "conference-enter", inputs: [:]))
        let bench = try SwitchboardBench(routes: routes, rooms: rooms) { $0.capabilities.codecs = [.opus, .pcmu] }
        return (bench, try #require(bench.call(CallerDouble(number: number))))
    }

    @Test func whatPlaysGoesOnInTheNewCodec() throws {
        var (bench, caller) = try called("601")
        let session = try #require(bench.session)
        let first = try #require(session.playing)
        #expect(first.track.form == .pcmu)
        bench.pass(.seconds(2))
        _ = bench.takeOrders()
        bench.receive(caller.request("INVITE", body: Self.opus))
        bench.receive(caller.request("ACK", branch: "ack-\(caller.sequence)"))
        caller.sequence += 1
        let second = try #require(session.playing)
        // It is the same playback, and goes on where it was.
        #expect(session.stream?.codec == .opus && second.track.form == .wide && second.id == first.id)
        let orders = bench.takeOrders().filter { !$0.hasPrefix("use") }
        #expect(orders == ["exchange for \(second.track.tickCount / 8) ms"] && abs(second.track.tickCount - first.track.tickCount) <= 8)
        bench.finishPlaying()
        #expect(!bench.takeOrders().isEmpty, "\(orders)")
    }

    @Test func musicAndWhatPlaysToWhoIsAloneGoOnToo() throws {
        var (bench, caller) = try called("moh")
        bench.receive(caller.request("INVITE", body: Self.opus))
        #expect(bench.session?.playing?.track.form == .wide && bench.session?.playing?.track.rounds == nil)
        bench.receive(caller.request("ACK", branch: "ack-again"))
        caller.sequence += 1
        bench.receive(caller.request("INVITE", body: Self.opus))
        let orders = bench.takeOrders().filter { $0.hasPrefix("play") || $0.hasPrefix("exchange") }
        #expect(orders.count { $0.hasPrefix("exchange") } == 1, "the same codec again changes nothing: \(orders)")
    }
}
