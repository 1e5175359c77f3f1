import Audio
import Codecs
import RTP
import Testing

@testable import AudioFiles
@testable import MediaPlane

/// Key tones are kept out of recordings.
@Suite struct RecordingMutingTests {
    /// A hum at -30 dBFS, and in it a key between two places, in ms.
    private static func sound(milliseconds: Int, key: Character, from start: Int, to end: Int, rate: Int) throws -> [Int16] {
        var samples = ToneGenerator.samples(.init([120], level: -30, milliseconds: milliseconds), rate: rate)
        var tone = try #require(DigitTone(digit: key, milliseconds: end - start, pause: 0))
        var narrow = [Int16](repeating: 0, count: 8 * (end - start))
        _ = tone.write(into: &narrow, count: narrow.count)
        let step = rate / 8_000
        for index in 0..<narrow.count * step { samples[start * rate / 1_000 + index] = narrow[index / step] }
        return samples
    }

    /// Says it to a listener and a recording; gives what was recorded and what was told.
    private func record(
        _ samples: [Int16], codec: AudioCodec, until milliseconds: Int, order: [Int]? = nil
    ) throws -> (sound: [Int16], told: String, result: RecordingTapResult) {
        let rate = codec.form.rate
        let bench = try RecordingBench(next: codec.isSampled ? 5_000 : nil, codec: codec)
        var settings = AudioEncoder.Settings()
        settings.sampleRate = rate
        let encoder = try #require(AudioEncoder(codec, settings))
        var listener = KeyListener(codec)
        var told = ""
        let packets = (0..<milliseconds / 20).map { index -> [UInt8] in
            var octets = [UInt8](repeating: 0, count: 1_500)
            let part = Array(samples[index * rate / 50..<(index + 1) * rate / 50])
            let length = octets.withUnsafeMutableBytes { encoder.encode(part, count: part.count, into: $0) }
            return Array(octets.prefix(length))
        }
        for (time, index) in (order ?? Array(packets.indices)).enumerated() {
            let timestamp = 5_000 + UInt32(index * codec.clockRate / 50)
            bench.take(packets[index], number: index, timestamp, at: 20 * time)
            packets[index].withUnsafeBytes {
                listener.hear($0, timestamp: RTPTimestamp(timestamp), arrival: Int64(time) * 20_000_000, scratch: bench.scratch) {
                    told.append($1 ? $0 : ".")
                }
            }
            _ = bench.turn(at: 20 * time)
            if let tone = listener.takeTone() {
                bench.tap.mute(from: tone.start, to: tone.end, isOpen: tone.isDown, scratch: bench.scratch)
            }
        }
        let result = bench.end()
        return (try bench.sound(), told, result)
    }

    private func level(_ samples: ArraySlice<Int16>) -> Double {
        samples.withUnsafeBufferPointer { $0.baseAddress.map { Decibels.level(of: $0, count: samples.count) } ?? -200 }
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma, .l16, .l16Narrowband, .g722, .opus], [60, 100, 2_000])
    func aKeyIsSilencedAndTheRestIsNot(codec: AudioCodec, milliseconds: Int) throws {
        let rate = codec.form.rate
        let samples = try Self.sound(milliseconds: 4_000, key: "5", from: 507, to: 507 + milliseconds, rate: rate)
        let (sound, told, _) = try record(samples, codec: codec, until: 4_000)
        #expect(told == "5.", "\(codec)")
        // Coders are late by a few ms.
        let slack = 12
        let shift = sound.count - 4_000 * rate / 1_000
        func part(_ from: Int, _ to: Int) -> ArraySlice<Int16> { sound[shift + from * rate / 1_000..<shift + to * rate / 1_000] }
        #expect(level(part(507 + slack, 507 + milliseconds - slack)) < -60, "\(codec)")
        #expect(level(part(100, 507 - slack)) > -33, "\(codec)")
        #expect(level(part(507 + milliseconds + slack, 3_900)) > -33, "\(codec)")
    }

    /// The key that ends the recording.
    @Test func aKeyThatIsStillDownAtTheEndIsSilenced() throws {
        let samples = try Self.sound(milliseconds: 1_000, key: "#", from: 500, to: 1_000, rate: 8_000)
        for end in stride(from: 560, through: 800, by: 20) {
            let (sound, told, result) = try record(samples, codec: .pcmu, until: end)
            #expect(told == "#" && sound.count == 8 * end)
            #expect(sound[4_000..<8 * end].allSatisfy { $0 == 0 }, "at \(end)")
            #expect(level(sound[..<3_900]) > -33 && result.samplesToLastSpeech <= 4_000 && result.samplesToLastSpeech >= 3_840)
        }
    }

    @Test func aKeyAloneIsNoSpeech() throws {
        var samples = try Self.sound(milliseconds: 1_000, key: "1", from: 200, to: 400, rate: 8_000)
        for index in samples.indices where !(1_600..<3_200).contains(index) { samples[index] = 0 }
        let (sound, _, result) = try record(samples, codec: .pcmu, until: 1_000)
        #expect(sound.allSatisfy { $0 == 0 } && result.samplesToLastSpeech == 0)
    }

    @Test func whatComesLateForItIsSilencedToo() throws {
        let samples = try Self.sound(milliseconds: 2_000, key: "9", from: 500, to: 800, rate: 8_000)
        var order = Array(0..<100)
        order.swapAt(30, 31)
        order.remove(at: 34)
        order.insert(34, at: 75)
        let (sound, told, _) = try record(samples, codec: .pcmu, until: 2_000, order: order)
        #expect(told.first == "9")
        #expect(sound[34 * 160..<35 * 160].allSatisfy { $0 == 0 } && level(sound[7_000..<16_000]) > -33)
    }

    /// RFC 4733: events, and the tone left in the audio beside them.
    @Test func theSpanOfAnEventIsSilenced() throws {
        let bench = try RecordingBench(next: 0)
        let stream = MediaStream(
            remote: SocketAddress(), remoteRTCP: nil, codec: bench.codec, payloadType: 96, receivePayloadType: 96,
            telephoneEventPayloadType: 101, receiveTelephoneEventPayloadType: 101, packetTime: 20, sends: true, receives: true)
        var number = 0
        for index in 0..<20 {
            bench.hear(index + 1, UInt32(160 * index), at: 20 * index, number: number)
            number += 1
            guard (5..<10).contains(index) else { continue }
            for _ in 0..<(index == 9 ? 3 : 1) {
                let duration = 160 * (index - 4)
                let event: [UInt8] = [5, index == 9 ? 0x8A : 0x0A, UInt8(duration >> 8), UInt8(duration & 255)]
                event.withUnsafeBytes {
                    bench.tap.take(
                        key: $0, bench.header(number, 800), of: stream, bench.coder,
                        arrival: bench.start + Int64(20 * index) * 1_000_000, scratch: bench.scratch)
                }
                number += 1
            }
        }
        // Its end once more, long after: what was said since is speech.
        let event: [UInt8] = [5, 0x8A, 3, 0x20]
        event.withUnsafeBytes {
            bench.tap.take(
                key: $0, bench.header(12, 800), of: stream, bench.coder, arrival: bench.start + 400_000_000, scratch: bench.scratch)
        }
        let result = bench.end()
        #expect(result.samples == 3_200 && result.samplesToLastSpeech == 3_200)
        let runs = try bench.runs()
        #expect(runs == (0..<5).map { [160 * $0, 160, $0 + 1] } + [[800, 800, 0]] + (10..<20).map { [160 * $0, 160, $0 + 1] })
    }
}
