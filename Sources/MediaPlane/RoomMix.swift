import Audio
import Codecs

/// One frame of a room while it is made: the sum, and what those hear who add nothing to it, encoded once for each codec.
struct RoomMix: ~Copyable, @unchecked Sendable {
    var voices: MixMinus
    private let linear = UnsafeMutablePointer<Int16>.allocate(capacity: AudioFrame.samples)
    private let shared = UnsafeMutablePointer<UInt8>.allocate(capacity: SampledCodec.allCases.count * AudioFrame.samples)
    private var isEncoded: (pcmu: Bool, pcma: Bool) = (false, false)

    init(capacity: Int) {
        voices = MixMinus(capacity: capacity)
        linear.initialize(repeating: 0, count: AudioFrame.samples)
        shared.initialize(repeating: 0, count: SampledCodec.allCases.count * AudioFrame.samples)
    }

    deinit {
        linear.deallocate()
        shared.deallocate()
    }

    mutating func begin() {
        voices.begin()
        isEncoded = (false, false)
    }

    /// What is heard by those who are no voice: valid until the next frame begins.
    mutating func everybody(_ codec: SampledCodec) -> UnsafeMutablePointer<UInt8> {
        switch codec {
        case .pcmu:
            if !isEncoded.pcmu { encodeEverybody(codec, into: shared) }
            isEncoded.pcmu = true
            return shared
        case .pcma:
            let place = shared + AudioFrame.samples
            if !isEncoded.pcma { encodeEverybody(codec, into: place) }
            isEncoded.pcma = true
            return place
        }
    }

    private func encodeEverybody(_ codec: SampledCodec, into bytes: UnsafeMutablePointer<UInt8>) {
        voices.everybody(into: linear)
        codec.encode(linear, count: AudioFrame.samples, into: bytes)
    }

    /// What is heard by the one whose voice has this number.
    func everybody(but voice: Int, _ codec: SampledCodec, into bytes: UnsafeMutablePointer<UInt8>) {
        voices.everybody(but: voice, into: linear)
        codec.encode(linear, count: AudioFrame.samples, into: bytes)
    }
}
