/// A time zone as a table: from when on which offset to UTC holds. Reading a clock by it is a search in that table, so a run
/// needs nothing but the number of seconds.
package struct CivilZone: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        /// Unix seconds from which on the offset holds.
        package var at: Int64
        /// Seconds that clocks here are ahead of UTC.
        package var offset: Int

        package init(at: Int64, offset: Int) {
            (self.at, self.offset) = (at, offset)
        }
    }

    package let name: String
    /// In order of time; the first holds since ever, so there is always one.
    private let changes: [Change]

    package init(name: String, initialOffset: Int, changes: [Change]) {
        self.name = name
        self.changes = [Change(at: .min, offset: initialOffset)] + changes.sorted { $0.at < $1.at }
    }

    package static let utc = CivilZone(name: "UTC", initialOffset: 0, changes: [])

    /// The change that is in force at an instant.
    private func index(at instant: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].at <= instant { low = middle } else { high = middle }
        }
        return low
    }

    package func offset(at instant: Int64) -> Int { changes[index(at: instant)].offset }

    /// What a clock here shows.
    package func moment(at instant: Int64) -> CivilMoment {
        let instant = min(max(instant, -60_000_000_000), 250_000_000_000)
        let local = Int(instant) + offset(at: instant)
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return CivilMoment(
            date: CivilDate(dayNumber: day), time: CivilTime(minutesSinceMidnight: (local - day * 86_400) / 60))
    }

    /// The first instant at which a clock here shows that time or a later one.
    ///
    /// In the hour that clocks skip in spring it is the moment of the jump, and of the hour that they show twice in autumn
    /// it is the first one. `minute` may be 1440, the end of the day.
    package func instant(of date: CivilDate, minute: Int) -> Int64 {
        let local = Int64(date.dayNumber * 86_400 + minute * 60)
        // No zone is a day away from UTC, so what ended a day before cannot show that time.
        for index in index(at: local - 86_400)..<changes.count {
            let end = index + 1 < changes.count ? changes[index + 1].at : .max
            let candidate = local - Int64(changes[index].offset)
            if candidate < end { return max(candidate, changes[index].at) }
        }
        return local
    }

    package func instant(of moment: CivilMoment) -> Int64 { instant(of: moment.date, minute: moment.time.minute) }
}
