/// Mono sound in memory: 16-bit samples at one rate.
package struct PCM: Equatable, Sendable {
    package var samples: [Int16]
    /// Samples a second.
    package var rate: Int

    package init(samples: [Int16], rate: Int) {
        self.samples = samples
        self.rate = rate
    }

    package var seconds: Double { rate > 0 ? Double(samples.count) / Double(rate) : 0 }
}
