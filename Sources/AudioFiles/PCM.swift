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

extension PCM {
    /// The same sound at `rate` samples a second, within `AudioFileReader.fileRates`; itself where it has that rate, or where there is
    /// no memory for the conversion.
    package func converted(to rate: Int) -> PCM {
        guard rate != self.rate, let conversion = RateConversion(from: self.rate, to: rate) else { return self }
        var converted: [Int16] = []
        converted.reserveCapacity(samples.count / max(self.rate, 1) * rate + rate)
        samples.map { Float($0) / 32_768 }.withUnsafeBufferPointer { conversion.convert($0, into: &converted) }
        conversion.finish(into: &converted)
        return PCM(samples: converted, rate: rate)
    }
}
