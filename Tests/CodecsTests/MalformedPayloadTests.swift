import Testing

@testable import Codecs

@Suite struct MalformedPayloadTests {
    /// Noise, and packets of the codec cut, lengthened and with bits turned: nothing traps, nothing is written beside its place (which the
    /// bench checks), and what is announced is what is made.
    @Test(arguments: AudioCodec.allCases, [UInt64(1), 2]) func decodersTakeAnything(codec: AudioCodec, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let encoder = try #require(AudioEncoder(codec))
        encoder.expectLoss(percent: 20)
        let sound = TestVoice.speech(rate: codec.sampleRate, seconds: 1).packets(codec.sampleRate / 50)
        let packets = sound.compactMap { encoder.packet($0) }
        for rate in codec.sampleRates {
            let decoder = try #require(AudioDecoder(codec, sampleRate: rate))
            for _ in 0..<300 {
                let payload = payload(packets, &random)
                let announced = decoder.duration(payload)
                if Bool.random(using: &random), let made = decoder.recovered(rate / 50, from: payload) { #expect(made.count == rate / 50) }
                _ = decoder.canRecover(payload)
                let made = decoder.samples(payload)
                #expect(made.count <= announced ?? 0)
                if codec != .opus { #expect(made.count == announced ?? 0) }
            }
            // It still works afterwards.
            decoder.reset()
            #expect(decoder.samples(packets[0]).count == rate / 50)
        }
    }

    private func payload(_ packets: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        if Int.random(in: 0..<3, using: &random) == 0 {
            let count = Int.random(in: 0...(Bool.random(using: &random) ? 8 : 3_300), using: &random)
            return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var packet = packets[Int.random(in: 0..<packets.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: packet.removeLast(Int.random(in: 0...packet.count, using: &random))
            case 1: packet += (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            case 2:
                if !packet.isEmpty {
                    packet[Int.random(in: 0..<packet.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
                }
            default: if !packet.isEmpty { packet[0] = UInt8.random(in: 0...255, using: &random) }
            }
        }
        return packet
    }

    @Test(arguments: [UInt64(3)]) func comfortNoiseTakesAnything(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var generator = ComfortNoiseGenerator(sampleRate: 8_000, seed: seed)
        var samples = [Int16](repeating: 0, count: 160)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random) : [0, 254, 255][Int.random(in: 0..<3, using: &random)]
            }
            guard let noise = bytes.withUnsafeBytes({ ComfortNoise(payload: $0) }) else {
                #expect(bytes.isEmpty)
                continue
            }
            generator.follow(noise)
            generator.generate(160, into: &samples)
            let measured = ComfortNoise(
                measuring: samples, count: Int.random(in: 0...160, using: &random), order: .random(in: -1...20, using: &random))
            #expect(measured.level <= 127 && measured.order <= ComfortNoise.maximumOrder)
        }
    }
}
