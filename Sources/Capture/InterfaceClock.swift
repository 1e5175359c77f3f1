/// What the time stamps of an interface count (options if_tsresol and if_tsoffset): microseconds unless it says otherwise.
struct InterfaceClock {
    private var isBinary = false
    private var exponent = 6
    /// To be added to every stamp.
    var secondsAhead: Int64 = 0

    /// The highest bit set: negative powers of two; else of ten.
    mutating func setResolution(_ value: UInt8) {
        isBinary = value & 0x80 != 0
        exponent = Int(value & 0x7F)
    }

    /// Nanoseconds since 1970, saturating: the file may say anything.
    func nanoseconds(_ units: UInt64) -> Int64 {
        let shift = secondsAhead.multipliedReportingOverflow(by: 1_000_000_000)
        guard let sinceStart = unshifted(units), !shift.overflow else { return .max }
        let sum = Int64(clamping: sinceStart).addingReportingOverflow(shift.partialValue)
        return sum.overflow ? .max : sum.partialValue
    }

    /// Nil when they do not fit.
    private func unshifted(_ units: UInt64) -> UInt64? {
        if isBinary {
            let product = UInt128(units) * 1_000_000_000
            return UInt64(exactly: product >> UInt128(exponent))
        }
        if exponent > 9 { return units / Self.power(min(exponent, 28) - 9) }
        let (product, overflow) = units.multipliedReportingOverflow(by: Self.power(9 - exponent))
        return overflow ? nil : product
    }

    private static func power(_ exponent: Int) -> UInt64 {
        (0..<max(exponent, 0)).reduce(1) { product, _ in product &* 10 }
    }
}
