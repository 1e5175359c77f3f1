import Testing

@testable import Codecs

@Suite struct AudioCodecTests {
    @Test func codecOfAName() {
        #expect(AudioCodec(encodingName: "pcmU", clockRate: 8_000) == .pcmu)
        #expect(AudioCodec(encodingName: "PCMA", clockRate: 16_000) == nil)
        #expect(AudioCodec(encodingName: "OPUS", clockRate: 48_000) == .opus)
        #expect(AudioCodec(encodingName: "opus", clockRate: 16_000) == nil)
        #expect(AudioCodec(encodingName: "g722", clockRate: 8_000) == .g722)
        #expect(AudioCodec(encodingName: "L16", clockRate: 16_000) == .l16)
        #expect(AudioCodec(encodingName: "L16", clockRate: 8_000) == .l16Narrowband)
        #expect(AudioCodec(encodingName: "L16", clockRate: 44_100) == nil)
        for codec in AudioCodec.allCases {
            #expect(AudioCodec(encodingName: codec.encodingName, clockRate: codec.clockRate) == codec)
        }
    }

    /// RFC 3551 §6 and §4.5.2, RFC 7587 §4.1 and §7.
    @Test func numbersOfTheStandards() {
        #expect(AudioCodec.allCases.map(\.staticPayloadType) == [0, 8, 9, nil, nil, nil])
        #expect(AudioCodec.allCases.map(\.clockRate) == [8_000, 8_000, 8_000, 48_000, 16_000, 8_000])
        #expect(AudioCodec.allCases.map(\.sampleRate) == [8_000, 8_000, 16_000, 16_000, 16_000, 8_000])
        #expect(AudioCodec.allCases.map(\.channels) == [1, 1, 1, 2, 1, 1])
        #expect(AudioCodec.allCases.filter(\.isSampled) == SampledCodec.allCases.map { AudioCodec($0) })
        for codec in SampledCodec.allCases { #expect(AudioCodec(codec).staticPayloadType == codec.rawValue) }
    }

    @Test func ticksAndSamples() {
        // 20 ms each.
        #expect(AudioCodec.g722.ticks(samples: 320, sampleRate: 16_000) == 160)
        #expect(AudioCodec.opus.ticks(samples: 320, sampleRate: 16_000) == 960)
        #expect(AudioCodec.opus.samples(ticks: 960, sampleRate: 8_000) == 160)
        #expect(AudioCodec.g722.samples(ticks: 160, sampleRate: 16_000) == 320)
    }

    /// Every codec at each of its rates and packet times: what one side sends the other takes, as long as it was.
    @Test(arguments: AudioCodec.allCases) func everyPacketTimeGoesThrough(codec: AudioCodec) throws {
        for rate in codec.sampleRates {
            for time in codec.packetTimes {
                let encoder = try #require(AudioEncoder(codec, .init(sampleRate: rate)))
                let decoder = try #require(AudioDecoder(codec, sampleRate: rate))
                for sound in TestVoice.speech(rate: rate, seconds: 0.6).packets(rate * time / 1_000) {
                    let packet = try #require(encoder.packet(sound))
                    #expect(packet.count <= AudioEncoder.maximumOctets(codec, milliseconds: time))
                    #expect(decoder.duration(packet) == sound.count)
                    #expect(decoder.samples(packet).count == sound.count)
                    // No more room than needed, and one too little.
                    #expect(decoder.samples(packet, room: sound.count).count == sound.count)
                    #expect(decoder.samples(packet, room: sound.count - 1).isEmpty)
                }
            }
        }
    }

    @Test(arguments: AudioCodec.allCases) func whatDoesNotFitIsNotSent(codec: AudioCodec) throws {
        let encoder = try #require(AudioEncoder(codec))
        let sound = TestVoice.speech(rate: codec.sampleRate, seconds: 0.02)
        #expect(encoder.packet(sound, room: 0) == nil)
        #expect(encoder.packet([]) == nil)
        if codec != .opus {
            let octets = try #require(encoder.packet(sound)?.count)
            #expect(encoder.packet(sound, room: octets - 1) == nil)
            #expect(encoder.packet(sound, room: octets) != nil)
        } else {
            // Opus makes do with what there is.
            #expect(try #require(encoder.packet(sound, room: 20)).count <= 20)
            #expect(encoder.packet(Array(sound.prefix(319))) == nil)
        }
    }

    @Test func onlyRatesOfTheCodec() {
        #expect(AudioEncoder(.pcmu, .init(sampleRate: 16_000)) == nil && AudioDecoder(.pcmu, sampleRate: 16_000) == nil)
        #expect(AudioEncoder(.opus, .init(sampleRate: 44_100)) == nil && AudioDecoder(.opus, sampleRate: 44_100) == nil)
        #expect(AudioEncoder(.g722, .init(sampleRate: -1)) == nil && AudioDecoder(.g722, sampleRate: 0) == nil)
    }

    @Test(arguments: [AudioCodec.l16, .l16Narrowband]) func linearIsLossless(codec: AudioCodec) throws {
        let encoder = try #require(AudioEncoder(codec))
        let decoder = try #require(AudioDecoder(codec))
        let sound: [Int16] = [0, 1, -1, .max, .min, 0x1234, -0x1234, 256]
        // RFC 3551 §4.5.11: the most significant octet comes first.
        #expect(encoder.packet(sound) == [0, 0, 0, 1, 0xFF, 0xFF, 0x7F, 0xFF, 0x80, 0, 0x12, 0x34, 0xED, 0xCC, 1, 0])
        #expect(decoder.samples(try #require(encoder.packet(sound))) == sound)
        #expect(decoder.samples([1, 2, 3]).isEmpty && decoder.duration([1, 2, 3]) == nil)
    }

    @Test(arguments: SampledCodec.allCases) func sampledIsTheSameBothWays(sampled: SampledCodec) throws {
        let sound = TestVoice.speech(rate: 8_000, seconds: 0.02)
        var expected = [UInt8](repeating: 0, count: 160)
        sampled.encode(sound, count: 160, into: &expected)
        #expect(try #require(AudioEncoder(AudioCodec(sampled))).packet(sound) == expected)
    }

    @Test(arguments: AudioCodec.allCases.filter { $0 != .opus }) func whoCannotConcealSaysSo(codec: AudioCodec) throws {
        let decoder = try #require(AudioDecoder(codec))
        #expect(decoder.concealed(160) == nil)
        #expect(decoder.recovered(160, from: [1, 2, 3, 4]) == nil && !decoder.canRecover([1, 2, 3, 4]))
    }
}
