/// When the next compound RTCP packet is due (RFC 3550 §6.2 and A.7, for the two members of a call).
package enum ReportInterval {
    /// `random` in 0..<1. Five seconds at least, half of that for the first, spread over 0.5...1.5 so that calls do not report
    /// in step, and divided by e - 3/2 as A.7 does to make up for reconsideration.
    package static func next(isFirst: Bool, random: Double) -> Duration {
        let minimum = isFirst ? 2.5 : 5.0
        return .seconds(minimum * (min(max(random, 0), 1) + 0.5) / 1.218_28)
    }
}
