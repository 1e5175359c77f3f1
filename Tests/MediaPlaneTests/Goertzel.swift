import Glibc

/// The level of one frequency in dBFS (0 is a full-scale sine), over all the samples given.
func level(of frequency: Double, in samples: ArraySlice<Int16>, rate: Int = 8_000) -> Double {
    guard !samples.isEmpty else { return -200 }
    let step = 2 * cos(2 * .pi * frequency / Double(rate))
    var (last, before) = (0.0, 0.0)
    for sample in samples { (last, before) = (Double(sample) + step * last - before, last) }
    let power = last * last + before * before - step * last * before
    let amplitude = 2 * max(power, 0).squareRoot() / Double(samples.count)
    return 20 * log10(max(amplitude / 32_767, 1e-10))
}
