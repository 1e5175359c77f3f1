extension CallTone {
    /// Whose tones: frequencies and cadences as national networks have them (ITU-T E.180 Supplement 2). The raw value is the country's
    /// ISO 3166 code, as the configuration names it.
    package enum Plan: String, Sendable, CaseIterable {
        /// 425 Hz, as in most of Europe (E.180 §§5-8 recommend 400...450 Hz).
        case european = "eu"
        case northAmerican = "us"
        case unitedKingdom = "gb"
        case germany = "de"
        case france = "fr"
        case poland = "pl"
        case austria = "at"
        case switzerland = "ch"
        case italy = "it"
        case spain = "es"
        case netherlands = "nl"
        case sweden = "se"
        case australia = "au"
        case japan = "jp"
    }

    /// One turn of each tone that differs between networks.
    struct Cadences {
        var dial: [Segment]
        var ringback: [Segment]
        var busy: [Segment]
        var reorder: [Segment]
    }
}

extension CallTone.Plan {
    /// The table. A row is a tone's sines and then milliseconds of sound, silence, sound …; none stands for a continuous tone.
    var cadences: CallTone.Cadences {
        switch self {
        case .european:
            .init(dial: on(425), ringback: on(425, 1_000, 4_000), busy: on(425, 500, 500), reorder: on(425, 250, 250))
        case .northAmerican:
            .init(
                dial: on([350, 440]), ringback: on([440, 480], 2_000, 4_000), busy: on([480, 620], level: -24, 500, 500),
                reorder: on([480, 620], level: -24, 250, 250))
        case .unitedKingdom:
            .init(
                dial: on([350, 440]), ringback: on([400, 450], 400, 200, 400, 2_000), busy: on(400, 375, 375),
                reorder: on(400, 400, 350, 225, 525))
        case .germany:
            .init(dial: on(425), ringback: on(425, 1_000, 4_000), busy: on(425, 480, 480), reorder: on(425, 240, 240))
        case .france:
            .init(dial: on(440), ringback: on(440, 1_500, 3_500), busy: on(440, 500, 500), reorder: on(440, 250, 250))
        case .poland:
            .init(dial: on(425), ringback: on(425, 1_000, 4_000), busy: on(425, 500, 500), reorder: on(425, 500, 500))
        case .austria:
            .init(dial: on(420), ringback: on(420, 1_000, 5_000), busy: on(420, 400, 400), reorder: on(420, 200, 200))
        case .switzerland:
            .init(dial: on(425), ringback: on(425, 1_000, 4_000), busy: on(425, 500, 500), reorder: on(425, 200, 200))
        case .italy:
            .init(
                dial: on(425, 200, 200, 600, 1_000), ringback: on(425, 1_000, 4_000), busy: on(425, 500, 500), reorder: on(425, 200, 200))
        case .spain:
            .init(
                dial: on(425), ringback: on(425, 1_500, 3_000), busy: on(425, 200, 200), reorder: on(425, 200, 200, 200, 200, 200, 600))
        case .netherlands:
            .init(dial: on(425), ringback: on(425, 1_000, 4_000), busy: on(425, 500, 500), reorder: on(425, 250, 250))
        case .sweden:
            .init(dial: on(425), ringback: on(425, 1_000, 5_000), busy: on(425, 250, 250), reorder: on(425, 250, 750))
        // Dial and ring-back are 425 Hz modulated by 25 Hz: the carrier and its two sidebands.
        case .australia:
            .init(
                dial: on([400, 425, 450], level: -21), ringback: on([400, 425, 450], level: -21, 400, 200, 400, 2_000),
                busy: on(425, 375, 375), reorder: on(425, 375, 375))
        // Ring-back is 400 Hz modulated by 15-20 Hz: two sines 20 Hz apart swell and fade 20 times a second.
        case .japan:
            .init(dial: on(400), ringback: on([390, 410], 1_000, 2_000), busy: on(400, 500, 500), reorder: on(400, 500, 500))
        }
    }

    private func on(_ frequency: Double, _ milliseconds: Int...) -> [CallTone.Segment] {
        turn([frequency], level: -16, milliseconds)
    }

    /// Two sines of -19 dBFS are as loud as one of -16.
    private func on(_ frequencies: [Double], level: Double = -19, _ milliseconds: Int...) -> [CallTone.Segment] {
        turn(frequencies, level: level, milliseconds)
    }

    private func turn(_ frequencies: [Double], level: Double, _ milliseconds: [Int]) -> [CallTone.Segment] {
        // A continuous tone has one second as its turn: whole periods of every frequency, so that it repeats without a seam.
        if milliseconds.isEmpty { return [CallTone.Segment(frequencies, level: level, milliseconds: 1_000)] }
        return milliseconds.enumerated().map { index, length in
            index % 2 == 0
                ? CallTone.Segment(frequencies, level: level, milliseconds: length) : CallTone.Segment([], milliseconds: length)
        }
    }
}
