/// How loud a frame is, by the mean of its magnitudes: cheaper than an energy, and enough to tell who talks.
package enum Loudness {
    /// The mean magnitude of `count` samples, 0…32,768; 0 for none. A sine of -45 dBFS has 117.
    package static func mean(of samples: UnsafePointer<Int16>, count: Int) -> Int32 {
        guard count > 0 else { return 0 }
        var sum: Int32 = 0
        // 32 bits hold the magnitudes of 65,535 samples; a frame has hundreds.
        for index in 0..<min(count, 65_535) {
            let sample = Int32(samples[index])
            sum &+= sample < 0 ? 0 &- sample : sample
        }
        return sum / Int32(truncatingIfNeeded: min(count, 65_535))
    }
}
