/// The few functions that the E-model needs and the standard library has not, to about twelve digits.
extension Double {
    /// The logarithm to base 10 of a positive number.
    var decimalLogarithm: Double {
        guard self > 0, isFinite else { return 0 }
        // ln m = 2 artanh((m - 1) / (m + 1)), with m from 1 to 2.
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var (power, sum) = (ratio, 0.0)
        for divisor in stride(from: 1.0, through: 25, by: 2) {
            sum += power / divisor
            power *= square
        }
        let (ln2, ln10) = (0.693_147_180_559_945_3, 2.302_585_092_994_045_7)
        return (2 * sum + Double(exponent) * ln2) / ln10
    }

    /// A whole, non-negative power.
    func raised(to exponent: Int) -> Double {
        var (result, square, rest) = (1.0, self, max(exponent, 0))
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }

    /// The sixth root of a number not below 1.
    var sixthRoot: Double {
        let target = squareRoot()
        var root = Swift.max(target, 1)
        // Newton's steps come down from above and stop where they no longer do.
        for _ in 0..<100 {
            let next = (2 * root + target / (root * root)) / 3
            guard next < root else { break }
            root = next
        }
        return root
    }
}
