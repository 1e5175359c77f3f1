import Timing

/// The time of day. A run reads no clock: it knows when the call came, and how long it has lasted.
extension ScenarioRun {
    /// Unix seconds.
    package var wallClock: Int64 {
        let (sum, overflow) = facts.startedAt.addingReportingOverflow((clock - begun).wholeNanoseconds / 1_000_000_000)
        return overflow ? facts.startedAt : sum
    }

    /// What clocks show in the zone of the scenario that runs.
    package var moment: CivilMoment { (frames.last?.scenario.zone ?? .utc).moment(at: wallClock) }

    func isOpen(_ schedule: String) -> Bool {
        frames.last?.scenario.schedules[schedule]?.isOpen(at: wallClock, flags: facts.flags) ?? false
    }

    /// The text that `SayGrammar` reads for this kind.
    func spoken(_ kind: SayKind, _ value: ScenarioValue) -> String {
        switch (kind, value) {
        case (.date, .date(let date)): spoken(date)
        case (.duration, .duration(let duration)): String(max(0, duration.wholeNanoseconds / 1_000_000_000))
        case (.nextOpening, let name): spoken(nextOpeningOf: name.asText)
        default: value.asText
        }
    }

    /// `tue 03-03`, since the year goes without saying when it is this one, or `2024-03-03`.
    func spoken(_ date: CivilDate) -> String {
        date.year == moment.date.year ? date.weekday.rawValue + date.written.dropFirst(4).replacingFirst(with: " ") : date.written
    }

    /// `today 08:30`, `tomorrow 08:30`, `mon 08:30` within a week, or `2026-03-16 08:30`; empty when it never opens.
    private func spoken(nextOpeningOf name: String) -> String {
        guard let schedule = frames.last?.scenario.schedules[name], let opening = schedule.nextOpening(after: wallClock) else { return "" }
        let then = schedule.zone.moment(at: opening)
        let day =
            switch then.date.dayNumber - moment.date.dayNumber {
            case ...0: "today"
            case 1: "tomorrow"
            case 2...6: then.date.weekday.rawValue
            default: then.date.written
            }
        return "\(day) \(then.time.written)"
    }
}

extension Substring {
    fileprivate func replacingFirst(with text: String) -> String { text + dropFirst() }
}
