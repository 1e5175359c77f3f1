import Audio
import Codecs

/// One frame of a room while it is made: its sum at 8 kHz and, where a member's sound is wider, the same at 16 kHz; and what those hear
/// who add nothing to it, made once for each form.
struct RoomMix: ~Copyable, @unchecked Sendable {
    /// Of those who hear the sum, one for each rate. They outlast the frame, so a room keeps them.
    struct Limiters {
        fileprivate var narrow = Limiter()
        fileprivate var wide = Limiter()
        fileprivate var isNarrowUsed = false
        fileprivate var isWideUsed = false

        /// Before each frame: in a frame in which nobody listened they recover all the same.
        mutating func begin() {
            if !isNarrowUsed { narrow.rest() }
            if !isWideUsed { wide.rest() }
            (isNarrowUsed, isWideUsed) = (false, false)
        }
    }

    private(set) var narrow: MixMinus
    private(set) var wide: MixMinus
    /// Whether the frame is made at 16 kHz as well.
    private(set) var isWide = false
    private let linear = UnsafeMutablePointer<Int16>.allocate(capacity: Self.wideFrame)
    private let shared = UnsafeMutablePointer<UInt8>.allocate(capacity: SoundForm.allCases.count * Self.frame)
    private var isEncoded: SIMD4<UInt8> = .zero
    /// Octets of a frame in the longest form.
    private static let frame = AudioFrame.samples * SoundForm.mostOctetsPerTick
    /// Samples of a frame at 16 kHz.
    static let wideFrame = 2 * AudioFrame.samples

    init(capacity: Int) {
        narrow = MixMinus(capacity: capacity)
        wide = MixMinus(capacity: capacity, frame: Self.wideFrame)
        linear.initialize(repeating: 0, count: Self.wideFrame)
        shared.initialize(repeating: 0, count: SoundForm.allCases.count * Self.frame)
    }

    deinit {
        linear.deallocate()
        shared.deallocate()
    }

    mutating func begin(isWide: Bool = false) {
        self.isWide = isWide
        narrow.begin()
        if isWide { wide.begin() }
        isEncoded = .zero
    }

    /// Where the next voice goes at 16 kHz; nil where nobody hears it.
    var widePlace: UnsafeMutablePointer<Int16>? { isWide ? wide.place : nil }

    /// Adds the voice that stands at the places of both rates. Gives the number by which it is taken out again.
    mutating func addVoice() -> Int? {
        if isWide { _ = wide.addVoice() }
        return narrow.addVoice()
    }

    /// What is heard by those who are no voice: valid until the next frame begins.
    mutating func everybody(_ form: SoundForm, _ limiters: inout Limiters) -> UnsafeMutablePointer<UInt8> {
        switch form {
        case .sampled(let codec):
            let place = place(codec == .pcmu ? 0 : 1)
            if isDue(codec == .pcmu ? 0 : 1) {
                // The linear frame stands in its own place, so that both laws are made of the same.
                let sum = UnsafeRawPointer(everybody(.linear, &limiters)).assumingMemoryBound(to: Int16.self)
                form.encode(sum, ticks: AudioFrame.samples, into: place)
            }
            return place
        case .linear:
            if isDue(2) {
                limiters.isNarrowUsed = true
                narrow.everybody(into: linear, &limiters.narrow)
                form.encode(linear, ticks: AudioFrame.samples, into: place(2))
            }
            return place(2)
        case .wide:
            if isDue(3) {
                limiters.isWideUsed = true
                hear(limiter: &limiters.wide)
                form.encode(linear, ticks: AudioFrame.samples, into: place(3))
            }
            return place(3)
        }
    }

    private func place(_ index: Int) -> UnsafeMutablePointer<UInt8> { shared + index * Self.frame }

    /// Whether nobody has asked for this one yet.
    private mutating func isDue(_ index: Int) -> Bool {
        defer { isEncoded[index] = 1 }
        return isEncoded[index] == 0
    }

    /// What is heard by the one whose voice has this number.
    func everybody(but voice: Int, _ form: SoundForm, _ limiter: inout Limiter, into octets: UnsafeMutablePointer<UInt8>) {
        if form == .wide { hear(but: voice, limiter: &limiter) } else { narrow.everybody(but: voice, into: linear, &limiter) }
        form.encode(linear, ticks: AudioFrame.samples, into: octets)
    }

    /// At 16 kHz. Silence for the one who became wide in the middle of a round that began without him.
    private func hear(but voice: Int = -1, limiter: inout Limiter) {
        guard isWide else { return linear.update(repeating: 0, count: Self.wideFrame) }
        wide.everybody(but: voice, into: linear, &limiter)
    }
}
