/// The tones of a telephone exchange, and the two of an answering machine.
package enum CallTone: String, Sendable, CaseIterable {
    case dial, ringback, busy, reorder, beep
    /// Two short pips: understood.
    case confirm
    /// The three rising tones before an announcement that a number cannot be reached (E.180 §7).
    case specialInformation

    /// One stretch of a cadence: these sines together, or silence when there are none.
    package struct Segment: Equatable, Sendable {
        package var frequencies: [Double]
        /// Of each sine, in dBFS.
        package var level: Double
        package var milliseconds: Int

        package init(_ frequencies: [Double], level: Double = -16, milliseconds: Int) {
            self.frequencies = frequencies
            self.level = level
            self.milliseconds = milliseconds
        }
    }

    /// One turn of the cadence; the tone repeats it. The beep and the confirmation sound once only.
    package func cadence(_ plan: Plan) -> [Segment] {
        switch self {
        case .dial: plan.cadences.dial
        case .ringback: plan.cadences.ringback
        case .busy: plan.cadences.busy
        case .reorder: plan.cadences.reorder
        // An A5: rounder than the usual 1 kHz or 1.4 kHz, and clear of the DTMF frequencies (852 and 941 Hz).
        case .beep: [Segment([880], level: -14, milliseconds: 300)]
        case .confirm: [Segment([880], milliseconds: 80), Segment([], milliseconds: 60), Segment([1_175], milliseconds: 80)]
        case .specialInformation: [950, 1_400, 1_800].map { Segment([$0], milliseconds: 330) } + [Segment([], milliseconds: 1_000)]
        }
    }

    /// Whether the tone has no pauses, so that its turns run into each other.
    func isContinuous(_ plan: Plan) -> Bool { self == .dial && cadence(plan).count == 1 }

    /// Whether it says something once instead of going on.
    var isOnce: Bool { self == .beep || self == .confirm }
}
