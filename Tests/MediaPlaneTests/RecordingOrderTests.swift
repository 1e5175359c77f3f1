import Codecs
import Glibc
import RTP
import Testing

@testable import AudioFiles
@testable import MediaPlane

/// What the network does to packets on their way into a recording.
@Suite struct RecordingOrderTests {
    /// A packet on its way.
    struct Packet {
        var payload: [UInt8]
        var number: Int
        var timestamp: UInt32
        var sentAt: Int
    }

    /// So many packets of 20 ms of a voice-like sound: a tone of changing pitch with harmonics, swelling.
    static func packets(_ count: Int, codec: AudioCodec, first: Int = 65_500, encoding: AudioEncoder.Settings = .init()) throws -> [Packet]
    {
        let rate = codec.form.rate
        var settings = encoding
        settings.sampleRate = rate
        let encoder = try #require(AudioEncoder(codec, settings))
        var phase = 0.0
        return (0..<count).map { index in
            let samples = (0..<rate / 50).map { place -> Int16 in
                let time = Double(index * rate / 50 + place) / Double(rate)
                phase += (140 + 30 * sin(3 * time)) / Double(rate)
                let tone = (1...8).reduce(0.0) { $0 + sin(2 * .pi * phase * Double($1)) / Double($1) }
                return Int16(3_000 * tone * (0.6 + 0.4 * sin(7 * time)))
            }
            var octets = [UInt8](repeating: 0, count: 1_500)
            let length = octets.withUnsafeMutableBytes { encoder.encode(samples, count: samples.count, into: $0) }
            return Packet(
                payload: Array(octets.prefix(length)), number: first + index,
                timestamp: UInt32.max - 9_000 &+ UInt32(index * codec.clockRate / 50), sentAt: 20 * index)
        }
    }

    /// Records packets as they arrive: the index in `packets`, and when, in ms.
    static func record(
        _ packets: [Packet], _ arrivals: [(index: Int, at: Int)], codec: AudioCodec, rate: Int? = nil, until end: Int
    ) throws -> [Int16] {
        let bench = try RecordingBench(next: codec.isSampled ? packets[0].timestamp : nil, codec: codec, rate: rate)
        let arrivals = arrivals.sorted { ($0.at, $0.index) < ($1.at, $1.index) }
        var next = 0
        for time in 0...end {
            while next < arrivals.count, arrivals[next].at <= time {
                let packet = packets[arrivals[next].index]
                bench.take(packet.payload, number: packet.number, packet.timestamp, at: time)
                next += 1
            }
            if time % 20 == 0 { #expect(bench.turn(at: time) == nil) }
        }
        _ = bench.end()
        return try bench.sound()
    }

    private static let codecs: [AudioCodec] = [.pcmu, .pcma, .l16, .l16Narrowband, .g722, .opus]

    @Test(arguments: codecs) func jitterReorderingAndDuplicatesChangeNothing(codec: AudioCodec) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("jitterReorderingAndDuplicates seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let packets = try Self.packets(100, codec: codec)
        let clean = try Self.record(packets, packets.indices.map { ($0, 20 * $0 + 1) }, codec: codec, until: 3_000)
        #expect(clean.count >= 100 * codec.form.rate / 50)
        for most in [15, 60, 380] {
            // The first comes in time: where a stream has not begun, it shows where the recording stands.
            var arrivals = packets.indices.map { (index: $0, at: 20 * $0 + 1 + ($0 == 0 ? 0 : Int.random(in: 0...most, using: &random))) }
            for _ in 0..<20 {
                let index = Int.random(in: 1..<100, using: &random)
                arrivals.append((index, 20 * index + 1 + Int.random(in: 0...most, using: &random)))
            }
            let disturbed = try Self.record(packets, arrivals, codec: codec, until: 3_000)
            #expect(disturbed == clean, "delays up to \(most) ms, seed \(seed)")
        }
    }

    /// Later than anything is waited for: what was made up gives way to what came, where a packet stands for itself.
    @Test(arguments: codecs) func whatComesMuchTooLateGoesToItsPlace(codec: AudioCodec) throws {
        let packets = try Self.packets(100, codec: codec)
        let clean = try Self.record(packets, packets.indices.map { ($0, 20 * $0 + 1) }, codec: codec, until: 4_000)
        let late: Set = [20, 21, 40, 77, 99]
        let arrivals = packets.indices.map { (index: $0, at: 20 * $0 + (late.contains($0) ? 900 : 1)) }
        let disturbed = try Self.record(packets, arrivals, codec: codec, until: 4_000)
        #expect(disturbed.count == clean.count)
        if codec != .g722, codec != .opus { #expect(disturbed == clean) }
    }

    @Test(arguments: codecs) func whatIsLostIsMadeUpAndNothingElseIsTouched(codec: AudioCodec) throws {
        let packets = try Self.packets(100, codec: codec)
        let clean = try Self.record(packets, packets.indices.map { ($0, 20 * $0 + 1) }, codec: codec, until: 3_000)
        let lost: Set = [20, 41, 42, 77]
        let heard = try Self.record(
            packets, packets.indices.filter { !lost.contains($0) }.map { ($0, 20 * $0 + 1) }, codec: codec, until: 3_000)
        #expect(heard.count == clean.count)
        let length = codec.form.rate / 50
        let shift = clean.count - 100 * length
        for index in 0..<100 {
            let place = shift + index * length..<shift + (index + 1) * length
            if lost.contains(index) {
                let power = clean[place].reduce(0.0) { $0 + Double($1) * Double($1) }
                let error = zip(clean[place], heard[place]).reduce(0.0) {
                    $0 + Double(Int($1.0) - Int($1.1)) * Double(Int($1.0) - Int($1.1))
                }
                if codec == .opus {
                    // What libopus makes up is like the sound, and not in step with it.
                    let made = heard[place].reduce(0.0) { $0 + Double($1) * Double($1) }
                    #expect(made > power * 0.1 && made < power * 4, "packet \(index): \(made / power)")
                } else {
                    // Silence would be wrong by the whole power.
                    #expect(error < power * 0.7, "\(codec) packet \(index): \(error / power)")
                }
            } else if codec != .g722, codec != .opus {
                #expect(clean[place] == heard[place], "packet \(index)")
            }
        }
    }

    @Test func opusGivesBackALostPacketFromTheNext() throws {
        var encoding = AudioEncoder.Settings()
        encoding.expectedLoss = 20
        let packets = try Self.packets(100, codec: .opus, encoding: encoding)
        let clean = try Self.record(packets, packets.indices.map { ($0, 20 * $0 + 1) }, codec: .opus, until: 3_000)
        let heard = try Self.record(packets, packets.indices.filter { $0 % 9 != 5 }.map { ($0, 20 * $0 + 1) }, codec: .opus, until: 3_000)
        let power = clean.reduce(0.0) { $0 + Double($1) * Double($1) }
        let error = zip(clean, heard).reduce(0.0) { $0 + Double(Int($1.0) - Int($1.1)) * Double(Int($1.0) - Int($1.1)) }
        #expect(heard.count == clean.count && error < power * 0.1, "\(error / power)")
    }

    @Test(arguments: codecs) func aPauseOfTheSenderStaysSilent(codec: AudioCodec) throws {
        var packets = try Self.packets(60, codec: codec)
        for index in 30..<60 {
            packets[index].timestamp &+= UInt32(codec.clockRate)
            packets[index].sentAt += 1_000
        }
        // One lost right before the pause takes no more than its length.
        let sound = try Self.record(
            packets, packets.indices.filter { $0 != 29 }.map { ($0, packets[$0].sentAt + 1) }, codec: codec, until: 4_000)
        let rate = codec.form.rate
        let shift = sound.count - 60 * rate / 50 - rate
        let pause = sound[(shift + 30 * rate / 50)..<(shift + 30 * rate / 50 + rate)]
        #expect(pause.allSatisfy { $0 == 0 } && pause.count == rate)
        #expect(sound[(shift + 29 * rate / 50)..<(shift + 30 * rate / 50)].contains { abs(Int($0)) > 100 })
    }

    @Test func keysAndNoiseAmongTheNumbersAreNoLoss() throws {
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20, number: 1)
        for index in 0..<10 { bench.pass(number: 2 + index, 160, at: 40 + 20 * index) }
        bench.hear(2, 1_760, at: 240, number: 12)
        #expect(bench.end().samples == 1_920)
        #expect(try bench.runs() == [[0, 160, 1], [160, 1_600, 0], [1_760, 160, 2]])
    }

    @Test func whatWaitsIsSpeech() throws {
        let bench = try RecordingBench(next: 0, silence: 500)
        bench.hear(1, 0, at: 20, number: 1)
        bench.hear(2, 3_840, at: 500, number: 25)
        #expect(bench.turn(at: 520) == nil)
        #expect(bench.turn(at: 900) == nil && bench.turn(at: 999) == nil && bench.turn(at: 1_000) == .silence)
        #expect(bench.end().samples == 4_000)
    }

    @Test func numbersThatStartAnewAreNoLoss() throws {
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20, number: 1)
        bench.hear(3, 320, at: 60, number: 3)
        bench.hear(4, 480, at: 80, number: 20_000)
        bench.hear(5, 640, at: 100, number: 20_001)
        #expect(bench.end().samples == 800)
        let sound = try bench.sound()
        for (index, value) in [(0, 1_000), (2, 3_000), (3, 4_000), (4, 5_000)] as [(Int, Int16)] {
            #expect(sound[160 * index..<160 * (index + 1)].allSatisfy { $0 == value }, "packet \(index)")
        }
    }

    /// A re-INVITE changed the codec: the file keeps its rate.
    @Test(arguments: [(AudioCodec.pcmu, 16_000), (.l16, 8_000), (.g722, 8_000), (.opus, 8_000)])
    func aStreamOfAnotherRateIsFitted(codec: AudioCodec, rate: Int) throws {
        let packets = try Self.packets(100, codec: codec)
        let arrivals = packets.indices.map { (index: $0, at: 20 * $0 + 1) }
        let own = try Self.record(packets, arrivals, codec: codec, until: 3_000)
        let fitted = try Self.record(packets, arrivals, codec: codec, rate: rate, until: 3_000)
        #expect(fitted.count == own.count * rate / codec.form.rate)
        func power(_ samples: [Int16]) -> Double { samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count) }
        #expect(abs(power(fitted) / power(own) - 1) < 0.1, "\(power(fitted) / power(own))")
    }

    @Test func anyPacketsAreTakenWithoutTrouble() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyPackets seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for codec in Self.codecs {
            let bench = try RecordingBench(next: 1, codec: codec)
            var milliseconds = 0
            var number = 0
            for _ in 0..<2_000 {
                milliseconds += Int.random(in: 0...30, using: &random)
                number += [1, 1, 1, 2, -3, 70, Int.random(in: -40_000...40_000, using: &random)].randomElement(using: &random) ?? 1
                let payload = (0..<Int.random(in: 0...1_700, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                let timestamp = UInt32(
                    truncatingIfNeeded: number &* [160, 960, Int.random(in: 0...1 << 32, using: &random)].randomElement(using: &random)!)
                if Bool.random(using: &random), number % 5 == 0 {
                    bench.pass(number: number, timestamp, at: milliseconds)
                } else {
                    bench.take(payload, number: number, timestamp, at: milliseconds)
                }
                bench.tap.mute(
                    from: RTPTimestamp(timestamp), to: RTPTimestamp(timestamp &+ UInt32.random(in: 0...70_000, using: &random)),
                    isOpen: Bool.random(using: &random), scratch: bench.scratch)
                _ = bench.turn(at: milliseconds)
                bench.scratch.replenish()
            }
            #expect(bench.end().samples <= milliseconds * codec.form.rate / 1_000 + 2_000 * 3_200, "seed \(seed)")
        }
    }
}
