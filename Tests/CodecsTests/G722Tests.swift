import CSpandsp
import Testing

@testable import Codecs

@Suite struct G722Tests {
    /// A round trip in packets of 20 ms.
    private func heard(_ sound: [Int16], encodedAt rate: Int, decodedAt other: Int) throws -> [Int16] {
        let encoder = try #require(AudioEncoder(.g722, .init(sampleRate: rate)))
        let decoder = try #require(AudioDecoder(.g722, sampleRate: other))
        return try sound.packets(rate / 50).flatMap { decoder.samples(try #require(encoder.packet($0))) }
    }

    /// libspandsp itself, the whole sound in one call: the same octets and samples as in packets.
    @Test(arguments: [16_000, 8_000]) func packetsAreTheLibrarysOwnRoundTrip(rate: Int) throws {
        var sound = TestVoice.speech(rate: rate, seconds: 2)
        let options = rate == 8_000 ? Int32(G722_SAMPLE_RATE_8000) : 0
        let reference = try #require(g722_encode_init(nil, 64_000, options))
        defer { g722_encode_free(reference) }
        var octets = [UInt8](repeating: 0, count: sound.count)
        let count = Int(g722_encode(reference, &octets, &sound, Int32(sound.count)))
        #expect(count == 16_000)
        let encoder = try #require(AudioEncoder(.g722, .init(sampleRate: rate)))
        #expect(sound.packets(rate / 50).flatMap { encoder.packet($0) ?? [] } == Array(octets[..<count]))

        let decoderReference = try #require(g722_decode_init(nil, 64_000, options))
        defer { g722_decode_free(decoderReference) }
        var samples = [Int16](repeating: 0, count: 2 * count)
        let made = Int(g722_decode(decoderReference, &samples, octets, Int32(count)))
        #expect(try heard(sound, encodedAt: rate, decodedAt: rate) == Array(samples[..<made]))
    }

    /// An octet of 64 kbit/s is two samples at 16 kHz.
    @Test func octetsAndSamples() throws {
        let encoder = try #require(AudioEncoder(.g722))
        #expect(encoder.packet([Int16](repeating: 0, count: 320))?.count == 160)
        #expect(encoder.packet([Int16](repeating: 0, count: 321)) == nil)
        let decoder = try #require(AudioDecoder(.g722))
        #expect(decoder.duration([UInt8](repeating: 0, count: 160)) == 320)
        #expect(decoder.duration([UInt8](repeating: 0, count: 1_601)) == nil && decoder.duration([]) == nil)
    }

    /// The lower band has 6 bits a sample, the upper one 2; so much less of a tone above 4 kHz stays.
    @Test(arguments: [(300.0, 30.0), (1_000, 30), (3_000, 28), (6_000, 12)]) func tonesStay(frequency: Double, least: Double) throws {
        let tone = TestVoice.tone(frequency, amplitude: 10_000, rate: 16_000, count: 16_000)
        let heard = try heard(tone, encodedAt: 16_000, decodedAt: 16_000)
        // Behind the adaptation, over many periods. The filters delay by 22 samples.
        let ratio = TestVoice.signalToNoise(Array(tone[3_200..<12_800]), Array(heard[3_200...]), delay: 40)
        #expect(ratio > least, "\(ratio) dB at \(frequency) Hz")
    }

    /// A telephone at 8 kHz hears the lower band of a wideband one, and is heard by it.
    @Test func narrowAndWideUnderstandEachOther() throws {
        let wide = TestVoice.tone(1_000, amplitude: 8_000, rate: 16_000, count: 16_000)
        let narrow = TestVoice.tone(1_000, amplitude: 8_000, rate: 8_000, count: 8_000)
        let down = try heard(wide, encodedAt: 16_000, decodedAt: 8_000)
        let up = try heard(narrow, encodedAt: 8_000, decodedAt: 16_000)
        #expect(down.count == 8_000 && up.count == 16_000)
        // Half a sample of delay is between the two grids: a quarter of the period covers any phase at 1 kHz.
        let downRatio = TestVoice.signalToNoise(Array(narrow[1_600..<4_800]), Array(down[1_600...]), delay: 40)
        let upRatio = TestVoice.signalToNoise(Array(wide[3_200..<9_600]), Array(up[3_200...]), delay: 80)
        #expect(downRatio > 12 && upRatio > 12, "\(downRatio) \(upRatio)")
        // The level is the same, within 1 dB.
        #expect(abs(TestVoice.energy(down[1_600..<4_800]) / TestVoice.energy(narrow[1_600..<4_800]) - 1) < 0.25)
        #expect(abs(TestVoice.energy(up[3_200..<9_600]) / TestVoice.energy(wide[3_200..<9_600]) - 1) < 0.25)
    }

    @Test func resetForgets() throws {
        let sound = TestVoice.speech(rate: 16_000, seconds: 0.02)
        let encoder = try #require(AudioEncoder(.g722))
        let decoder = try #require(AudioDecoder(.g722))
        let first = try #require(encoder.packet(sound))
        let heard = decoder.samples(first)
        #expect(encoder.packet(sound) != first)
        encoder.reset()
        decoder.reset()
        #expect(encoder.packet(sound) == first && decoder.samples(first) == heard)
    }
}
