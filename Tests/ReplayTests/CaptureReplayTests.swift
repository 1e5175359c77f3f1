import Codecs
import Foundation
import Replay
import Testing

@Suite struct CaptureReplayTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// A-law expanded by the formula (ITU-T G.711 Table 1a), without the tables that are under test.
    private static func expanded(_ code: UInt8) -> Int16 {
        let bits = Int(code ^ 0x55)
        let segment = bits >> 4 & 7
        let step = (bits & 15) << 4 + 8
        let size = segment == 0 ? step : (step + 256) << (segment - 1)
        return Int16(bits & 0x80 == 0 ? -size : size)
    }

    private static func decoded(_ packets: Range<Int>) -> [Int16] {
        packets.flatMap { CaptureWriter.sound($0).map(expanded) }
    }

    /// Where `sound` stands in `heard`, sample for sample.
    private func place(of sound: [Int16], in heard: [Int16]) -> Int? {
        guard heard.count >= sound.count else { return nil }
        return (0...heard.count - sound.count).first { heard[$0] == sound[0] && heard[$0..<$0 + sound.count].elementsEqual(sound) }
    }

    @Test func anUndisturbedCallIsHeardBitByBit() throws {
        let (report, sound, _) = try workplace.replay(CaptureWriter.call(packets: 200) { _ in 0 })
        // One packet of playout delay, then all of it.
        let start = try #require(place(of: Self.decoded(0..<200), in: sound))
        #expect(start <= 320)
        #expect(sound.count <= start + 200 * 160 + 160)
        #expect(report.received == 200 && report.expected == 200 && report.lost == 0 && report.late == 0)
        #expect(report.concealedMilliseconds == 0)
        #expect(report.jitterP95 == 0 && report.highestDelay == 0)
        #expect((10...40).contains(report.meanPlayoutDelay))
        #expect(abs((report.listeningQuality ?? 0) - 4.41) < 0.01 && report.cause == nil)
    }

    /// Codecs whose packets are decoded in order: a tone comes out with its level and its length, and what is lost is made up.
    @Test(arguments: [AudioCodec.g722, .opus, .l16, .l16Narrowband])
    func everyCodecIsHeard(codec: AudioCodec) throws {
        let encoder = try #require(AudioEncoder(codec))
        let perPacket = encoder.sampleRate / 50
        var call = CaptureWriter()
        for number in 0..<200 {
            let tone = (number * perPacket..<(number + 1) * perPacket).map {
                Int16(8_000 * sin(2 * .pi * 500 * Double($0) / Double(encoder.sampleRate)))
            }
            var bytes = [UInt8](repeating: 0, count: AudioEncoder.maximumOctets(codec, milliseconds: 20))
            let octets = bytes.withUnsafeMutableBytes { encoder.encode(tone, count: perPacket, into: $0) }
            if number % 50 == 30 { continue }
            call.addRTP(
                Array(bytes.prefix(octets)), at: Double(number) * 20, sequence: number,
                timestamp: 0xFFFF_F000 + number * codec.clockRate / 50,
                type: 96)
        }
        let (report, sound, _) = try workplace.replay(call, codec: codec.encodingName)
        #expect(report.lost == 4 && report.expected == 200 && report.late == 0 && report.refused == 0)
        #expect(abs(report.concealedMilliseconds - 80) <= 10, "\(report)")
        #expect((198...203).contains(sound.count / perPacket), "\(sound.count / perPacket)")
        let middle = sound[(sound.count / 4)..<(sound.count * 3 / 4)]
        let level = sqrt(middle.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(middle.count))
        #expect(abs(20 * log10(level / (8_000 / 2.0.squareRoot()))) < 1, "\(level)")
    }

    @Test func reorderingWithinTheDelayIsNotHeard() throws {
        let call = CaptureWriter.call(packets: 300) { $0 % 7 == 3 && $0 > 50 ? 25 : 0 }
        let (report, sound, _) = try workplace.replay(call)
        #expect(report.reordered == (0..<300).count { $0 % 7 == 3 && $0 > 50 })
        #expect(report.lost == 0 && report.late == 0)
        // The first packet that came after the next one made the delay longer; from then on nothing is touched.
        #expect(place(of: Self.decoded(60..<300), in: sound) != nil)
    }

    @Test func lossIsConcealedForAsLongAsItLasts() throws {
        let lost: Set<Int> = [40, 80, 81, 82, 120]
        let (report, sound, picture) = try workplace.replay(CaptureWriter.call(packets: 200) { lost.contains($0) ? nil : 0 })
        #expect(report.lost == 5 && report.longestLoss == 3 && report.expected == 200)
        #expect(report.concealedMilliseconds == 100)
        #expect(place(of: Self.decoded(0..<40), in: sound) != nil)
        #expect(picture.contains("loss 2.5 % (5, longest burst 3)"))
    }

    @Test func whatComesTooLateIsToldFromWhatIsLost() throws {
        // Longer than the limit: the buffer does not follow, since later packets have been played.
        let (report, _, picture) = try workplace.replay(CaptureWriter.call(packets: 400) { $0 == 150 || $0 == 300 ? 700 : 0 }, limit: 100)
        #expect(report.late == 2 && report.lost == 0)
        #expect(report.highestDelay == 700)
        #expect(picture.contains("late 2"))
    }

    @Test func duplicatesAreCountedAndNotPlayed() throws {
        var call = CaptureWriter.call(packets: 100) { _ in 0 }
        for number in [10, 50] {
            call.addRTP(
                CaptureWriter.sound(number), at: Double(number) * 20 + 5, sequence: 65_500 + number, timestamp: 0xFFFF_0000 + number * 160)
        }
        let (report, sound, _) = try workplace.replay(call)
        #expect(report.duplicates == 2 && report.received == 100 && report.lost == 0)
        #expect(place(of: Self.decoded(0..<100), in: sound) != nil)
    }

    @Test func keysBetweenTheSoundAreNoLoss() throws {
        var call = CaptureWriter()
        for number in 0..<200 {
            let isKey = (100..<110).contains(number)
            let event: [UInt8] = [5, 10, 0, 160]
            call.addRTP(
                isKey ? event : CaptureWriter.sound(number), at: Double(number) * 20, sequence: number,
                timestamp: isKey ? 16_000 : number * 160, type: isKey ? 101 : 8)
        }
        let (report, _, _) = try workplace.replay(call)
        #expect(report.lost == 0 && report.expected == 200)
        #expect(report.stream.besides == [101])
    }

    @Test func aSenderThatBeginsANewTimeLineIsFollowed() throws {
        var call = CaptureWriter()
        for number in 0..<400 {
            call.addRTP(
                CaptureWriter.sound(number), at: Double(number) * 20, sequence: number,
                timestamp: number * 160 + (number < 200 ? 0 : 5_000_000))
        }
        let (report, sound, picture) = try workplace.replay(call)
        #expect(report.timeLineSteps == 1 && report.highestDelay == 0)
        #expect(place(of: Self.decoded(210..<400), in: sound) != nil)
        #expect(picture.contains("time line starts anew"))
    }

    @Test func theSameCaptureGivesTheSameFiles() throws {
        var random = SeededGenerator(seed: 7)
        let delays = (0..<400).map { _ in Double.random(in: 0..<1, using: &random) < 0.05 ? nil : Double.random(in: 0...40, using: &random)
        }
        let call = CaptureWriter.call(packets: 400) { delays[$0] }
        let first = try workplace.replay(call)
        let second = try workplace.replay(call)
        #expect(first.report == second.report && first.sound == second.sound && first.picture == second.picture)
        #expect(first.report.lost == delays.count { $0 == nil })
    }

    // MARK: Files and options

    @Test func existingFilesAreKeptUnlessForced() throws {
        let capture = try workplace.write(CaptureWriter.call(packets: 50) { _ in 0 }.file)
        _ = try CaptureReplay(capture: capture).run()
        #expect(workplace.files == ["call.pcap", "call.svg", "call.wav"])
        #expect(throws: CaptureReplay.Failure.self) { _ = try CaptureReplay(capture: capture).run() }
        var replay = CaptureReplay(capture: capture)
        replay.replaces = true
        _ = try replay.run()
        // Never the capture itself, forced or not, by whatever name.
        try FileManager.default.createSymbolicLink(atPath: "\(workplace.path)/other.wav", withDestinationPath: capture)
        replay.sound = "\(workplace.path)/other.wav"
        #expect(throws: CaptureReplay.Failure.self) { _ = try replay.run() }
        replay.sound = capture
        #expect(throws: CaptureReplay.Failure.self) { _ = try replay.run() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: capture)).count > 50 * 200)
        replay = CaptureReplay(capture: capture)
        replay.stream = 1
        let outcome = try replay.run()
        #expect(outcome.sound.hasSuffix("/call-1.wav") && outcome.picture.hasSuffix("/call-1.svg"))
    }

    @Test func whatCannotBeDoneIsSaid() throws {
        func failure(_ change: (inout CaptureReplay) -> Void, _ bytes: [UInt8]) throws -> String {
            var replay = CaptureReplay(capture: try workplace.write(bytes))
            replay.replaces = true
            change(&replay)
            do {
                _ = try replay.run()
                return "done"
            } catch {
                return "\(error)"
            }
        }
        let call = CaptureWriter.call(packets: 50) { _ in 0 }.file
        #expect(try failure({ $0.stream = 2 }, call).contains("there is no stream 2, the streams are 1 to 1"))
        #expect(try failure({ $0.codec = "speex" }, call).contains("codec speex is not known"))
        #expect(try failure({ $0.delayLimit = 5 }, call).contains("20 to 500"))
        #expect(try failure({ $0.picture = "/nowhere/x.svg" }, call).contains("/nowhere/x.svg: cannot be created"))
        #expect(try failure({ $0.picture = $0.sound }, call) == "done")
        #expect(try failure({ _ in }, Array(call.prefix(24))).contains("no RTP stream in 0 frames"))
        #expect(try failure({ _ in }, Array(call.prefix(20))).contains("at byte 20"))
        var other = CaptureWriter()
        for number in 0..<20 { other.addRTP([1, 2, 3], at: Double(number) * 20, sequence: number, timestamp: number * 160, type: 18) }
        #expect(try failure({ _ in }, other.file).contains("stream 1 is G729 (payload type 18), which is not decoded here"))
        var named = CaptureWriter()
        for number in 0..<20 {
            named.addRTP(CaptureWriter.sound(number), at: Double(number) * 20, sequence: number, timestamp: number * 160, type: 97)
        }
        #expect(try failure({ _ in }, named.file).contains("name its true codec with --codec"))
        #expect(try failure({ $0.codec = "PCMA" }, named.file) == "done")
    }

    @Test(arguments: 0..<4) func damagedCapturesDoNoHarm(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let original = CaptureWriter.call(packets: 30) { _ in 0 }.file
        for round in 0..<20 {
            var file = original
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                file[Int.random(in: 24..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var replay = CaptureReplay(capture: try workplace.write(file, "damaged.pcap"))
            replay.replaces = true
            do {
                let outcome = try replay.run()
                #expect(outcome.report.received <= 30, "seed \(seed), round \(round)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
