import Glibc

/// An amplification in decibels, applied in place with saturation.
package struct Gain: Equatable, Sendable {
    package let decibels: Double
    /// The factor with 12 fractional bits.
    private let factor: Int32

    /// Between -60 (and below it: silence) and +24 dB.
    package init(decibels: Double) {
        let bounded = decibels.isNaN ? 0 : min(decibels, 24)
        self.decibels = bounded
        factor = bounded < -60 ? 0 : Int32((pow(10, bounded / 20) * 4_096).rounded())
    }

    package static let unity = Gain(decibels: 0)

    package func apply(to samples: UnsafeMutablePointer<Int16>, count: Int) {
        if factor == 4_096 { return }
        for index in 0..<max(count, 0) {
            // 16 bits times 17 bits: fits in 32 bits with room.
            let product = (Int32(samples[index]) &* factor &+ 2_048) >> 12
            samples[index] = Int16(truncatingIfNeeded: min(max(product, -32_768), 32_767))
        }
    }
}
