import Audio
import Codecs

/// One stream of sound from one form into another. It remembers the sound before, so each stream has its own.
struct FormConversion {
    /// Ticks that are converted in one go: what that takes is within the 1,024 octets that Swift lends from the stack.
    static let block = 160
    private var doubler = RateDoubler()
    private var halver = RateHalver()

    /// Writes `ticks` of linear samples at the rate of `form` as `target`.
    mutating func convert(
        _ samples: UnsafePointer<Int16>, of form: SoundForm, ticks: Int, as target: SoundForm, into out: UnsafeMutablePointer<UInt8>
    ) {
        guard form.samplesPerTick != target.samplesPerTick else { return target.encode(samples, ticks: ticks, into: out) }
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: Self.block * target.samplesPerTick) { room in
            guard let place = room.baseAddress else { return }
            for done in stride(from: 0, to: ticks, by: Self.block) {
                let part = min(Self.block, ticks - done)
                rate(samples + done * form.samplesPerTick, of: form, ticks: part, into: place)
                target.encode(place, ticks: part, into: out + done * target.octetsPerTick)
            }
        }
    }

    /// Writes linear samples at the other rate: 16 kHz for 8, and the other way.
    mutating func rate(_ samples: UnsafePointer<Int16>, of form: SoundForm, ticks: Int, into out: UnsafeMutablePointer<Int16>) {
        if form.samplesPerTick == 1 {
            doubler.write(samples, count: ticks, into: out)
        } else {
            halver.write(samples, count: 2 * ticks, into: out)
        }
    }

    /// Writes `ticks` of octets of `form` as `target`.
    mutating func convert(
        _ octets: UnsafePointer<UInt8>, from form: SoundForm, ticks: Int, as target: SoundForm, into out: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: Self.block * form.samplesPerTick) { room in
            guard let samples = room.baseAddress else { return }
            for done in stride(from: 0, to: ticks, by: Self.block) {
                let part = min(Self.block, ticks - done)
                form.decode(octets + done * form.octetsPerTick, ticks: part, into: samples)
                convert(samples, of: form, ticks: part, as: target, into: out + done * target.octetsPerTick)
            }
        }
    }
}
