import Glibc

/// Levels: 0 dBFS is a sine that just reaches full scale (AES17), so its RMS is 32,768 / √2.
package enum Decibels {
    /// The peak amplitude of a sine of `level` dBFS, in 16-bit units.
    package static func amplitude(ofSine level: Double) -> Double {
        32_767 * pow(10, level / 20)
    }

    /// The level of samples with this mean square; silence is -200.
    package static func level(meanSquare: Double) -> Double {
        meanSquare > 0 ? max(10 * log10(meanSquare * 2 / (32_768 * 32_768)), -200) : -200
    }

    /// The level of `count` samples in dBFS.
    package static func level(of samples: UnsafePointer<Int16>, count: Int) -> Double {
        count > 0 ? level(meanSquare: Double(energy(of: samples, count: count)) / Double(count)) : -200
    }

    /// The sum of the squares. Compared with a constant it tells quiet from loud without a logarithm.
    package static func energy(of samples: UnsafePointer<Int16>, count: Int) -> Int64 {
        var sum: Int64 = 0
        for index in 0..<max(count, 0) {
            let sample = Int64(samples[index])
            sum &+= sample * sample
        }
        return sum
    }
}
