// Between telephone sound (8 kHz) and wideband sound (16 kHz). Both ways use one half-band filter of 39 taps at 16 kHz, designed by
// Parks-McClellan's method:
//
//      0 dB ▔▔▔▔▔▔▔▔▔▔▔▔▔╲                    ±0.02 dB up to 3,400 Hz
//     -6 dB               ╳                  at 4,000 Hz
//    -54 dB                ╲▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁   from 4,600 Hz on
//     Hz    0           3,400 4,600     8,000
//
// Half of such a filter's taps are zero but for the middle one, so one sample of two passes as it is, and the other is the sum of ten
// products. It delays by 19 samples of 16 kHz, 1.2 ms.

/// The filter's other half: twenty taps, the same from both ends.
private enum HalfBand {
    static let memory = 19
    /// Samples that are filtered in one go: what that takes is within the 1,024 octets that Swift lends from the stack.
    static let block = 64

    /// Writes `count` sums of twenty values each, of which there are `count + memory`. A flat tone of 1 gives 1.
    @inline(__always)
    static func filter(_ values: UnsafePointer<Float>, count: Int, into sums: UnsafeMutablePointer<Float>) {
        for index in 0..<count {
            let near = values + index
            var sum = 0.633508301 * (near[9] + near[10])
            sum += -0.203016739 * (near[8] + near[11])
            sum += 0.112479275 * (near[7] + near[12])
            sum += -0.071115311 * (near[6] + near[13])
            sum += 0.046776971 * (near[5] + near[14])
            sum += -0.030763580 * (near[4] + near[15])
            sum += 0.019729598 * (near[3] + near[16])
            sum += -0.012060560 * (near[2] + near[17])
            sum += 0.006828514 * (near[1] + near[18])
            sum += -0.004223123 * (near[0] + near[19])
            sums[index] = sum
        }
    }

    /// The nearest sample. A number of this size that is added leaves the whole ones in the lowest bits, which vectorises everywhere.
    @inline(__always)
    static func sample(_ value: Float) -> Int16 {
        let limited = min(max(value, -32_768), 32_767)
        return Int16(truncatingIfNeeded: (limited + 12_582_912).bitPattern &- 0x4B40_0000)
    }
}

/// Doubles the rate of a stream of samples, from 8 to 16 kHz. A value: a copy goes on from where the original was.
package struct RateDoubler: Sendable {
    /// Samples at 16 kHz by which the sound comes later.
    package static let delay = HalfBand.memory

    private var memory = InlineArray<19, Int16>(repeating: 0)

    package init() {}

    /// Forgets what came before, as if it had been silence.
    package mutating func reset() { self = RateDoubler() }

    /// Writes `2 * count` samples for the next `count`, as many as they are. The two places must not overlap.
    package mutating func write(_ samples: UnsafePointer<Int16>, count: Int, into doubled: UnsafeMutablePointer<Int16>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * HalfBand.block + HalfBand.memory) { room in
            guard let values = room.baseAddress else { return }
            let sums = values + HalfBand.block + HalfBand.memory
            var done = 0
            while done < count {
                let part = min(HalfBand.block, count - done)
                for index in 0..<HalfBand.memory { values[index] = Float(memory[unchecked: index]) }
                let fresh = values + HalfBand.memory
                for index in 0..<part { fresh[index] = Float(samples[done + index]) }
                HalfBand.filter(values, count: part, into: sums)
                let place = doubled + 2 * done
                for index in 0..<part {
                    place[2 * index] = HalfBand.sample(sums[index])
                    // Ten samples ago, as it was.
                    place[2 * index + 1] = HalfBand.sample(values[index + 10])
                }
                for index in 0..<HalfBand.memory { memory[unchecked: index] = HalfBand.sample(values[part + index]) }
                done += part
            }
        }
    }
}

/// Halves the rate of a stream of samples, from 16 to 8 kHz; what stands above 4.6 kHz is gone, and what stands between 3.4 and 4.6
/// kHz is folded at less than full strength. A value: a copy goes on from where the original was.
package struct RateHalver: Sendable {
    /// Samples at 16 kHz by which the sound comes later.
    package static let delay = HalfBand.memory

    // The samples at even places pass ten of their own kind later, those at odd places are filtered.
    private var even = InlineArray<9, Int16>(repeating: 0)
    private var odd = InlineArray<19, Int16>(repeating: 0)

    package init() {}

    /// Forgets what came before, as if it had been silence.
    package mutating func reset() { self = RateHalver() }

    /// Writes `count / 2` samples for the next `count`, an even number of them. The two places may be the same.
    package mutating func write(_ samples: UnsafePointer<Int16>, count: Int, into halved: UnsafeMutablePointer<Int16>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * HalfBand.block + HalfBand.memory + 9) { room in
            guard let values = room.baseAddress else { return }
            let passed = values + HalfBand.block + HalfBand.memory
            let sums = passed + HalfBand.block + 9
            let total = count / 2
            var done = 0
            while done < total {
                let part = min(HalfBand.block, total - done)
                for index in 0..<HalfBand.memory { values[index] = Float(odd[unchecked: index]) }
                for index in 0..<9 { passed[index] = Float(even[unchecked: index]) }
                let fresh = samples + 2 * done
                for index in 0..<part {
                    (passed + 9)[index] = Float(fresh[2 * index])
                    (values + HalfBand.memory)[index] = Float(fresh[2 * index + 1])
                }
                HalfBand.filter(values, count: part, into: sums)
                let place = halved + done
                for index in 0..<part { place[index] = HalfBand.sample(0.5 * (sums[index] + passed[index])) }
                for index in 0..<HalfBand.memory { odd[unchecked: index] = HalfBand.sample(values[part + index]) }
                for index in 0..<9 { even[unchecked: index] = HalfBand.sample(passed[part + index]) }
                done += part
            }
        }
    }
}
