/// A time of day as a clock on the wall shows it, to the minute.
package struct CivilTime: Hashable, Comparable, Sendable {
    /// Minutes since midnight, 0 to 1439.
    package let minute: Int

    package static let midnight = CivilTime(minutesSinceMidnight: 0)

    /// Minutes beyond the day are cut.
    package init(minutesSinceMidnight minute: Int) {
        self.minute = min(max(minute, 0), 1439)
    }

    /// Reads `08:30`.
    package init?(written text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            text.allSatisfy({ $0 == ":" || ($0.isASCII && $0.isNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        self.minute = hour * 60 + minute
    }

    package var written: String { CivilDate.padded(minute / 60, 2) + ":" + CivilDate.padded(minute % 60, 2) }

    package static func < (left: Self, right: Self) -> Bool { left.minute < right.minute }
}

/// What calendar and clock show at one instant in one zone.
package struct CivilMoment: Hashable, Sendable {
    package var date: CivilDate
    package var time: CivilTime

    package init(date: CivilDate, time: CivilTime) {
        (self.date, self.time) = (date, time)
    }

    /// Reads `2026-03-03T10:00`.
    package init?(written text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CivilDate(written: String(parts[0])), let time = CivilTime(written: String(parts[1])) else {
            return nil
        }
        self.init(date: date, time: time)
    }
}
