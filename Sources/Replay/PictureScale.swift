/// Maps values to places along one axis of a picture, with round numbers for its marks.
struct PictureScale {
    let values: ClosedRange<Double>
    /// Where the lowest and the highest value stand, in pixels.
    let start: Double
    let end: Double

    /// The place of a value, not further out than the axis.
    func place(_ value: Double) -> Double {
        let width = values.upperBound - values.lowerBound
        guard width > 0, value.isFinite else { return start }
        return start + (min(max(value, values.lowerBound), values.upperBound) - values.lowerBound) / width * (end - start)
    }

    /// The marks: multiples of one of `steps`, or else of 1, 2 or 5 times a power of ten; at most `count` and one, from the lowest value on.
    func marks(atMost count: Int, steps: [Double] = []) -> [Double] {
        let width = values.upperBound - values.lowerBound
        guard width > 0, width.isFinite, count > 0 else { return [values.lowerBound] }
        var step = 0.001
        let factors = [2.0, 2.5, 2.0]
        var turn = 0
        while width / step > Double(count) {
            step *= factors[turn % 3]
            turn += 1
        }
        step = steps.first { width / $0 <= Double(count) } ?? step
        let first = (values.lowerBound / step).rounded(.up)
        return (0...count).map { (first + Double($0)) * step }.filter { $0 <= values.upperBound + step / 1e6 }
    }
}

extension Double {
    /// A number of pixels as SVG wants it: one decimal.
    var pixels: String {
        let tenths = Int((self * 10).rounded())
        let whole = "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10)"
        return abs(tenths) % 10 == 0 ? whole : "\(whole).\(abs(tenths) % 10)"
    }
}
