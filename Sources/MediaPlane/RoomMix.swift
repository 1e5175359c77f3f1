import Audio
import Codecs

/// One frame of a room while it is made: the sum, and what those hear who add nothing to it, encoded once for each codec.
struct RoomMix: ~Copyable, @unchecked Sendable {
    var voices: MixMinus
    private let linear = UnsafeMutablePointer<Int16>.allocate(capacity: 2 * AudioFrame.samples)
    private let shared = UnsafeMutablePointer<UInt8>.allocate(capacity: SoundForm.allCases.count * Self.frame)
    private var isEncoded: SIMD4<UInt8> = .zero
    /// Octets of a frame in the longest form.
    private static let frame = AudioFrame.samples * SoundForm.mostOctetsPerTick

    init(capacity: Int) {
        voices = MixMinus(capacity: capacity)
        linear.initialize(repeating: 0, count: 2 * AudioFrame.samples)
        shared.initialize(repeating: 0, count: SoundForm.allCases.count * Self.frame)
    }

    deinit {
        linear.deallocate()
        shared.deallocate()
    }

    mutating func begin() {
        voices.begin()
        isEncoded = .zero
    }

    /// What is heard by those who are no voice: valid until the next frame begins.
    mutating func everybody(_ form: SoundForm) -> UnsafeMutablePointer<UInt8> {
        let index =
            switch form {
            case .sampled(.pcmu): 0
            case .sampled(.pcma): 1
            case .linear: 2
            case .wide: 3
            }
        let place = shared + index * Self.frame
        if isEncoded[index] == 0 {
            voices.everybody(into: linear)
            form.encode(linear, ticks: AudioFrame.samples, into: place)
            isEncoded[index] = 1
        }
        return place
    }

    /// What is heard by the one whose voice has this number.
    func everybody(but voice: Int, _ form: SoundForm, into octets: UnsafeMutablePointer<UInt8>) {
        voices.everybody(but: voice, into: linear)
        form.encode(linear, ticks: AudioFrame.samples, into: octets)
    }
}
