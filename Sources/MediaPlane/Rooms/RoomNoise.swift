import Audio
import Codecs

/// The faint noise of a room in which only those who talk are mixed: with nobody talking it would be dead, as if the line were cut. It
/// sounds all the time, so that it does not come and go with the talkers, under whose own background it vanishes.
struct RoomNoise: Sendable {
    private var narrow: ComfortNoiseGenerator
    private var wide: ComfortNoiseGenerator

    /// `level` in dBFS (RMS, of a sine).
    init(level: Double, seed: UInt64) {
        narrow = ComfortNoiseGenerator(sampleRate: 8_000, seed: seed &* 2 &+ 1)
        wide = ComfortNoiseGenerator(sampleRate: 16_000, seed: seed &* 2 &+ 2)
        // A pole at 0.7: white noise is heard as hiss, this as a room. RFC 3389 counts from a square wave, which has 3 dB more.
        let code = UInt8(min(max((3 - level).rounded(), 1), 127))
        withUnsafeBytes(of: (code, UInt8(38))) { payload in
            guard let noise = ComfortNoise(payload: payload) else { return }
            narrow.follow(noise)
            wide.follow(noise)
        }
    }

    /// Adds the next frame.
    mutating func add(to mix: borrowing RoomMix) {
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: RoomMix.wideFrame) { frame in
            guard let frame = frame.baseAddress else { return }
            narrow.generate(AudioFrame.samples, into: frame)
            mix.narrow.add(frame, count: AudioFrame.samples)
            guard mix.isWide else { return }
            wide.generate(RoomMix.wideFrame, into: frame)
            mix.wide.add(frame, count: RoomMix.wideFrame)
        }
    }
}
