import Glibc

/// How far everything beside a tone stays below it, in dB, in one window of 10 ms at 8 kHz: the tone is fitted within ±50 Hz of
/// `frequency` and taken away; of what is left the strongest component outside ±50 Hz counts.
func purity(of window: ArraySlice<Int16>, frequency: Double) -> Double {
    let samples = window.map(Double.init)
    let count = samples.count
    var best: (error: Double, amplitude: Double, rest: [Double]) = (.infinity, 0, samples)
    for offset in stride(from: -50.0, through: 50, by: 10) {
        let step = 2 * Double.pi * (frequency + offset) / 8_000
        var (cc, ss, cs, xc, xs) = (0.0, 0.0, 0.0, 0.0, 0.0)
        let cosines = (0..<count).map { cos(step * Double($0)) }
        let sines = (0..<count).map { sin(step * Double($0)) }
        for index in 0..<count {
            cc += cosines[index] * cosines[index]
            ss += sines[index] * sines[index]
            cs += cosines[index] * sines[index]
            xc += samples[index] * cosines[index]
            xs += samples[index] * sines[index]
        }
        let determinant = cc * ss - cs * cs
        let (a, b) = ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant)
        let rest = (0..<count).map { samples[$0] - a * cosines[$0] - b * sines[$0] }
        let error = rest.reduce(0) { $0 + $1 * $1 }
        if error < best.error { best = (error, (a * a + b * b).squareRoot(), rest) }
    }
    // Components of the rest, each 50 Hz, through a Hann window.
    let shaped = best.rest.enumerated().map { $1 * (0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / Double(count))) }
    var strongest = 1e-9
    for component in stride(from: 0.0, to: 4_000, by: 50) where abs(component - frequency) > 50 {
        let step = 2 * Double.pi * component / 8_000
        var (real, imaginary) = (0.0, 0.0)
        for index in 0..<count {
            real += shaped[index] * cos(step * Double(index))
            imaginary += shaped[index] * sin(step * Double(index))
        }
        strongest = max(strongest, (real * real + imaginary * imaginary).squareRoot() * 4 / Double(count))
    }
    return 20 * log10(max(best.amplitude, 1e-9) / strongest)
}
