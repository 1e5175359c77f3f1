import Glibc

/// Up to four steady sines fitted to a stretch of sound by least squares, frequencies included: what is left over tells a key from
/// speech more sharply than any single strength does. About 3 us, so it is asked only where all cheaper questions said yes.
///
/// Time is counted from the middle of the stretch. There cosines are even and sines odd, so each has its own small system of equations,
/// whose coefficients have a closed form, and a wrong frequency shows in the products of the residue with time alone.
struct SineFit: Sendable {
    /// Samples of a stretch; even.
    static let length = 224

    /// How many of the lanes below hold a sine.
    let count: Int
    /// Radians a sample.
    private(set) var turn: SIMD4<Float>
    /// Of the cosines and the sines, in 16-bit units.
    private(set) var cosines: SIMD4<Float> = .zero
    private(set) var sines: SIMD4<Float> = .zero
    /// Energy of the samples and of what no sine explains, per sample times two: as the square of an amplitude.
    private(set) var energy: Float = 0
    private(set) var residue: Float = 0

    var hertz: SIMD4<Float> { turn * Float(8_000 / (2 * Double.pi)) }
    /// Squares of the amplitudes.
    var powers: SIMD4<Float> { cosines * cosines + sines * sines }

    /// `hertz`: where each sine is looked for, within some 20 Hz; the first `count` lanes count.
    init(hertz: SIMD4<Float>, count: Int) {
        self.count = min(max(count, 0), 4)
        turn = hertz * Float(2 * Double.pi / 8_000)
    }

    /// `even` and `odd`: sums and differences of the samples at equal distance from the middle, `length / 2` of each. False when the
    /// sines cannot be told apart.
    mutating func fit(even: UnsafePointer<Float>, odd: UnsafePointer<Float>, rounds: Int = 3) -> Bool {
        let half = Self.length / 2
        energy = 0
        for index in 0..<half { energy += even[index] * even[index] + odd[index] * odd[index] }
        // (x + y)² + (x - y)² is twice x² + y², and the square of an amplitude is twice the mean square.
        energy /= Float(Self.length)
        for round in 0..<rounds {
            guard project(even, odd) else { return false }
            // 1/12·N·(N² - 1): the sum of the squares of time.
            if round < rounds - 1 { turn += steer(even, odd) }
        }
        return true
    }

    /// The best amplitudes at these frequencies.
    private mutating func project(_ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>) -> Bool {
        var cosine = turn.map { cosf($0 / 2) }
        var sine = turn.map { sinf($0 / 2) }
        let stepCosine = turn.map { cosf($0) }
        let stepSine = turn.map { sinf($0) }
        var withCosine = SIMD4<Float>.zero
        var withSine = SIMD4<Float>.zero
        for index in 0..<(Self.length / 2) {
            withCosine += cosine * even[index]
            withSine += sine * odd[index]
            (cosine, sine) = (cosine * stepCosine - sine * stepSine, cosine * stepSine + sine * stepCosine)
        }
        guard let cosines = solve(withCosine, sign: 1), let sines = solve(withSine, sign: -1) else { return false }
        self.cosines = cosines
        self.sines = sines
        let explained = (cosines * withCosine + sines * withSine).sum() * 2 / Float(Self.length)
        residue = max(energy - explained, 0)
        return true
    }

    /// The square of the amplitude of the strongest sine in what is left over, between 250 and 3,700 Hz. About 10 us, so it is asked for
    /// last, and only of keys that are not clean.
    func strongestRest(even: UnsafePointer<Float>, odd: UnsafePointer<Float>) -> Float {
        let half = Self.length / 2
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.length) { rest -> Float in
            guard let rest = rest.baseAddress else { return 0 }
            var cosine = turn.map { cosf($0 / 2) }
            var sine = turn.map { sinf($0 / 2) }
            let stepCosine = turn.map { cosf($0) }
            let stepSine = turn.map { sinf($0) }
            for index in 0..<half {
                (rest + index).initialize(to: even[index] - 2 * (cosines * cosine).sum())
                (rest + half + index).initialize(to: odd[index] - 2 * (sines * sine).sum())
                (cosine, sine) = (cosine * stepCosine - sine * stepSine, cosine * stepSine + sine * stepCosine)
            }
            // Every 36 Hz: whole turns in the stretch. Four at a time.
            var strongest: Float = 0
            for first in stride(from: 7, to: 104, by: 4) {
                let turns = SIMD4<Float>(Float(first), Float(first + 1), Float(first + 2), Float(first + 3))
                let turn = turns * Float(2 * Double.pi / Double(Self.length))
                var cosine = turn.map { cosf($0 / 2) }
                var sine = turn.map { sinf($0 / 2) }
                let stepCosine = turn.map { cosf($0) }
                let stepSine = turn.map { sinf($0) }
                var withCosine = SIMD4<Float>.zero
                var withSine = SIMD4<Float>.zero
                for index in 0..<half {
                    withCosine += cosine * rest[index]
                    withSine += sine * rest[half + index]
                    (cosine, sine) = (cosine * stepCosine - sine * stepSine, cosine * stepSine + sine * stepCosine)
                }
                strongest = max(strongest, (withCosine * withCosine + withSine * withSine).max())
            }
            return strongest * 4 / Float(Self.length * Self.length)
        }
    }

    /// How far to move each frequency: the residue against the derivative of its sine.
    private func steer(_ even: UnsafePointer<Float>, _ odd: UnsafePointer<Float>) -> SIMD4<Float> {
        var cosine = turn.map { cosf($0 / 2) }
        var sine = turn.map { sinf($0 / 2) }
        let stepCosine = turn.map { cosf($0) }
        let stepSine = turn.map { sinf($0) }
        var slope = SIMD4<Float>.zero
        var time: Float = 0.5
        for index in 0..<(Self.length / 2) {
            let evenRest = even[index] - 2 * (cosines * cosine).sum()
            let oddRest = odd[index] - 2 * (sines * sine).sum()
            slope += (sines * cosine * oddRest - cosines * sine * evenRest) * time
            time += 1
            (cosine, sine) = (cosine * stepCosine - sine * stepSine, cosine * stepSine + sine * stepCosine)
        }
        let length = Float(Self.length)
        let squares = length * (length * length - 1) / 24
        var move = SIMD4<Float>.zero
        for lane in 0..<count where powers[lane] > 0 { move[lane] = slope[lane] / (powers[lane] * squares) }
        // 20 Hz at a time.
        return move.clamped(lowerBound: SIMD4(repeating: -0.0157), upperBound: SIMD4(repeating: 0.0157))
    }

    /// Gauss elimination; the matrix is that of the cosines (`sign` 1) or of the sines (-1).
    private func solve(_ products: SIMD4<Float>, sign: Float) -> SIMD4<Float>? {
        var rows = InlineArray<4, SIMD4<Float>>(repeating: .zero)
        var right = products
        for row in 0..<count {
            for column in 0..<count {
                rows[row][column] = 0.5 * (Self.sum(turn[row] - turn[column]) + sign * Self.sum(turn[row] + turn[column]))
            }
        }
        for pivot in 0..<count {
            guard rows[pivot][pivot] > Float(Self.length) / 16 else { return nil }
            for row in (pivot + 1)..<max(count, pivot + 1) {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                rows[row] -= rows[pivot] * factor
                right[row] -= right[pivot] * factor
            }
        }
        var result = SIMD4<Float>.zero
        for row in stride(from: count - 1, through: 0, by: -1) {
            result[row] = (right[row] - (rows[row] * result).sum()) / rows[row][row]
        }
        return result
    }

    /// The sum of the cosines of `turn` times each moment of the stretch.
    private static func sum(_ turn: Float) -> Float {
        let divisor = sinf(turn / 2)
        return abs(divisor) < 1e-5 ? Float(length) : sinf(turn / 2 * Float(length)) / divisor
    }
}

extension SIMD4<Float> {
    fileprivate func map(_ change: (Float) -> Float) -> SIMD4<Float> { SIMD4(change(x), change(y), change(z), change(w)) }
}
