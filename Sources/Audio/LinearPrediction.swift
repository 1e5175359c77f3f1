import Glibc

/// The spectral envelope of a sound: an all-pole filter 1/A(z) that predicts each sample from those before it.
///
/// Its inverse leaves the residual (what the voice's source does), and it makes of a residual the sound again, going on from what was
/// played last without a step. (Levinson and Durbin; in use for concealment since ITU-T G.722 Appendix IV.)
struct LinearPrediction: ~Copyable {
    static let highestOrder = 16

    let order: Int
    /// Samples that `analyse` looks at: 30 ms.
    let window: Int
    private let shape: UnsafeMutablePointer<Float>
    private let windowed: UnsafeMutablePointer<Float>
    private var correlation = InlineArray<17, Float>(repeating: 0)
    /// A(z) without its leading 1.
    private(set) var coefficients = InlineArray<16, Float>(repeating: 0)
    private var shapeEnergy: Float = 1

    /// `expansion` below 1 widens the peaks of the envelope, per tap: 0.994 keeps a filter stable, 0.98 leaves a rough outline.
    private let expansion: Float

    init(rate: Int, expansion: Float) {
        order = rate < 16_000 ? 10 : Self.highestOrder
        window = max(rate * 30 / 1_000, 4 * Self.highestOrder)
        self.expansion = expansion
        shape = .allocate(capacity: window)
        windowed = .allocate(capacity: window)
        windowed.initialize(repeating: 0, count: window)
        // Most weight on the latest 10 ms: what comes next resembles those.
        var energy: Float = 0
        for index in 0..<window {
            let place = Float(index) / Float(window)
            let value = place < 0.85 ? 0.5 - 0.5 * cosf(.pi * place / 0.85) : 0.5 + 0.5 * cosf(.pi * (place - 0.85) * 6)
            (shape + index).initialize(to: value)
            energy += value * value
        }
        shapeEnergy = energy
    }

    deinit {
        shape.deallocate()
        windowed.deallocate()
    }

    mutating func reset() { coefficients = InlineArray(repeating: 0) }

    /// Takes the envelope of `window` samples. Returns the root mean square of their residual.
    @discardableResult
    mutating func analyse(_ samples: UnsafePointer<Int16>) -> Float {
        for index in 0..<window { windowed[index] = Float(samples[index]) * shape[index] }
        for lag in 0...order { correlation[lag] = Self.product(windowed + lag, windowed, window - lag) }
        // 40 dB of white noise below: the recursion stays well-conditioned, with silence too.
        correlation[0] = correlation[0] * 1.0001 + 1
        var left = correlation[0]
        coefficients = InlineArray(repeating: 0)
        for stage in 0..<order {
            var sum = correlation[stage + 1]
            for tap in 0..<stage { sum += coefficients[tap] * correlation[stage - tap] }
            let reflection = -sum / left
            guard abs(reflection) < 1 else { break }
            let before = coefficients
            for tap in 0..<stage { coefficients[tap] = before[tap] + reflection * before[stage - 1 - tap] }
            coefficients[stage] = reflection
            left *= 1 - reflection * reflection
        }
        var factor: Float = 1
        for tap in 0..<order {
            factor *= expansion
            coefficients[tap] *= factor
        }
        return (max(left, 0) / shapeEnergy).squareRoot()
    }

    /// The residual of `count` samples, before which `order` more lie.
    func residual(of samples: UnsafePointer<Int16>, count: Int, into residual: UnsafeMutablePointer<Float>) {
        for index in 0..<count { residual[index] = Float(samples[index]) }
        for tap in 0..<order {
            let coefficient = coefficients[tap]
            let earlier = samples - (tap + 1)
            for index in 0..<count { residual[index] += coefficient * Float(earlier[index]) }
        }
    }

    /// Makes sound of the residual in `sound`, in place; the `order` samples before it are the sound so far.
    func synthesise(_ sound: UnsafeMutablePointer<Float>, count: Int) {
        let taps = order
        withUnsafeBytes(of: coefficients) { raw in
            // 16 coefficients are there.
            let taken = raw.baseAddress!.assumingMemoryBound(to: Float.self)
            for index in 0..<count {
                let place = sound + index
                // Two sums, and the newest sample last: it is the one that is waited for.
                var (even, odd) = (place[0], Float(0))
                var tap = taps - 1
                while tap > 0 {
                    even -= taken[tap] * place[-1 - tap]
                    odd -= taken[tap - 1] * place[-tap]
                    tap -= 2
                }
                place[0] = min(max(even + odd, -60_000), 60_000)
            }
        }
    }

    private static func product(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ count: Int) -> Float {
        var sums = SIMD8<Float>.zero
        var index = 0
        while index + 8 <= count {
            let one = UnsafeRawPointer(left + index).loadUnaligned(as: SIMD8<Float>.self)
            let other = UnsafeRawPointer(right + index).loadUnaligned(as: SIMD8<Float>.self)
            sums += one * other
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}
