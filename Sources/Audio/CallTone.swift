/// The tones of a telephone exchange, and the two of an answering machine.
package enum CallTone: String, Sendable, CaseIterable {
    case dial, ringback, busy, reorder, beep
    /// Two short pips: understood.
    case confirm
    /// The three rising tones before an announcement that a number cannot be reached (E.180 §7).
    case specialInformation

    /// Whose tones: ITU-T E.180 and its Supplement 2.
    package enum Plan: String, Sendable, CaseIterable {
        /// 425 Hz, as in most of Europe (E.180 §§5-8 recommend 400...450 Hz).
        case european
        /// Pairs of 350, 440, 480 and 620 Hz, as in the United States and Canada.
        case northAmerican
    }

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
        switch (self, plan) {
        // A continuous tone has one second as its turn: whole periods of every frequency, so that it repeats without a seam.
        case (.dial, .european): [Segment([425], milliseconds: 1_000)]
        case (.dial, .northAmerican): [Segment([350, 440], level: -19, milliseconds: 1_000)]
        case (.ringback, .european): [Segment([425], milliseconds: 1_000), Segment([], milliseconds: 4_000)]
        case (.ringback, .northAmerican): [Segment([440, 480], level: -19, milliseconds: 2_000), Segment([], milliseconds: 4_000)]
        case (.busy, .european): [Segment([425], milliseconds: 500), Segment([], milliseconds: 500)]
        case (.busy, .northAmerican): [Segment([480, 620], level: -24, milliseconds: 500), Segment([], milliseconds: 500)]
        case (.reorder, .european): [Segment([425], milliseconds: 250), Segment([], milliseconds: 250)]
        case (.reorder, .northAmerican): [Segment([480, 620], level: -24, milliseconds: 250), Segment([], milliseconds: 250)]
        // An A5: rounder than the usual 1 kHz or 1.4 kHz, and clear of the DTMF frequencies (852 and 941 Hz).
        case (.beep, _): [Segment([880], level: -14, milliseconds: 300)]
        case (.confirm, _): [Segment([880], milliseconds: 80), Segment([], milliseconds: 60), Segment([1_175], milliseconds: 80)]
        case (.specialInformation, _): [950, 1_400, 1_800].map { Segment([$0], milliseconds: 330) } + [Segment([], milliseconds: 1_000)]
        }
    }

    /// Whether the tone has no pauses, so that its turns run into each other.
    var isContinuous: Bool { self == .dial }

    /// Whether it says something once instead of going on.
    var isOnce: Bool { self == .beep || self == .confirm }
}
