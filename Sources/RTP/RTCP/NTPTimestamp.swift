/// Wall-clock time of RTCP: seconds since 1900 and a binary fraction (RFC 3550 §4).
package struct NTPTimestamp: Hashable, Sendable {
    package var seconds: UInt32
    package var fraction: UInt32

    package init(seconds: UInt32, fraction: UInt32) {
        self.seconds = seconds
        self.fraction = fraction
    }

    /// `unixNanoseconds` since 1970; wraps in 2036 as the format does.
    package init(unixNanoseconds: Int64) {
        let nanoseconds = max(unixNanoseconds, 0)
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // 70 years, 17 of them leap years, from 1900 to 1970.
        seconds = UInt32(truncatingIfNeeded: whole + 2_208_988_800)
        fraction = UInt32(truncatingIfNeeded: (rest << 32) / 1_000_000_000)
    }

    /// The middle 32 bits, in 1/65536 s: what LSR repeats.
    package var middle: UInt32 { seconds << 16 | fraction >> 16 }
}
