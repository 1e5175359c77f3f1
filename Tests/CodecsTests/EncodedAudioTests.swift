import Testing

@testable import Codecs

@Suite struct EncodedAudioTests {
    @Test(arguments: AudioCodec.allCases) func encodesWhatItIsGiven(codec: AudioCodec) {
        let samples = (0..<1_000).map { Int16(truncatingIfNeeded: $0 * 77 - 20_000) }
        let audio = EncodedAudio(encoding: samples, codec: codec)
        #expect(audio.count == 1_000)
        var decoded = [Int16](repeating: 0, count: 1_000)
        codec.decode(audio.bytes, count: audio.count, into: &decoded)
        for (before, after) in zip(samples, decoded) { #expect(abs(Int(before) - Int(after)) <= max(16, abs(Int(before)) / 16)) }
        let copy = EncodedAudio(copying: UnsafeBufferPointer(start: audio.bytes, count: audio.count), codec: codec)
        #expect((0..<1_000).allSatisfy { copy.bytes[$0] == audio.bytes[$0] })
    }

    @Test func emptyIsFine() {
        #expect(EncodedAudio(encoding: [], codec: .pcmu).count == 0)
        #expect(EncodedAudio(copying: UnsafeBufferPointer(start: nil, count: 0), codec: .pcma).count == 0)
    }

    @Test func codecOfAName() {
        #expect(AudioCodec(encodingName: "pcmU", clockRate: 8_000) == .pcmu)
        #expect(AudioCodec(encodingName: "PCMA", clockRate: 16_000) == nil)
        #expect(AudioCodec(encodingName: "opus", clockRate: 48_000) == nil)
        for codec in AudioCodec.allCases {
            var sample: Int16 = 1
            var code = codec.silence
            codec.decode(&code, count: 1, into: &sample)
            #expect(abs(sample) <= 8)
        }
    }
}
