import Testing

@testable import Codecs

@Suite struct EncodedAudioTests {
    @Test(arguments: SampledCodec.allCases) func encodesWhatItIsGiven(codec: SampledCodec) {
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

    @Test func silenceIsSilent() {
        for codec in SampledCodec.allCases {
            var sample: Int16 = 1
            var code = codec.silence
            codec.decode(&code, count: 1, into: &sample)
            #expect(abs(sample) <= 8)
        }
    }
}
