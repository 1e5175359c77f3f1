import Audio
import Codecs

/// One stream of sound from one form into another. It remembers the sound before, so each stream has its own.
struct FormConversion {
    /// Ticks that are converted at a time: 60 ms, the longest packet.
    static let longest = 480
    private var doubler = RateDoubler()
    private var halver = RateHalver()

    /// Writes `ticks` of linear samples at the rate of `form` as `target`. `ticks` is at most `longest`.
    mutating func convert(
        _ samples: UnsafePointer<Int16>, of form: SoundForm, ticks: Int, as target: SoundForm, into out: UnsafeMutablePointer<UInt8>
    ) {
        guard ticks > 0, ticks <= Self.longest else { return }
        guard form.samplesPerTick != target.samplesPerTick else { return target.encode(samples, ticks: ticks, into: out) }
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: ticks * target.samplesPerTick) { room in
            guard let place = room.baseAddress else { return }
            rate(samples, of: form, ticks: ticks, into: place)
            target.encode(place, ticks: ticks, into: out)
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
        guard ticks > 0, ticks <= Self.longest else { return }
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: ticks * form.samplesPerTick) { room in
            guard let samples = room.baseAddress else { return }
            form.decode(octets, ticks: ticks, into: samples)
            convert(samples, of: form, ticks: ticks, as: target, into: out)
        }
    }
}
