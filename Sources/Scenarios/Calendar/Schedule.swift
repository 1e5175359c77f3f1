import Findings

/// When something is open: weekly hours, days that differ, and a flag that overrules both.
///
/// Hours are those of the clock on the wall: whatever daylight saving does to that night, it is open while the clock shows a time
/// inside a window. A window that passes midnight belongs to the day on which it begins, and so does what an exception says.
package struct Schedule: Hashable, Sendable {
    /// Minutes since midnight. `to` is 1440 at the end of the day; not after `from` it lies on the next day.
    package struct Window: Hashable, Sendable {
        package var from: Int
        package var to: Int

        var passesMidnight: Bool { to <= from }
    }

    package struct WeeklyWindow: Hashable, Sendable {
        package var days: Set<Weekday>
        package var window: Window
    }

    package enum Exception: Hashable, Sendable {
        /// The windows of these days, both included; none is closed.
        case days(ClosedRange<CivilDate>, [Window])
        case calendar(HolidayCalendar)
    }

    package struct Override: Hashable, Sendable {
        package var flag: String
        package var isOpen: Bool
    }

    package var name: String
    package var zone: CivilZone
    package var weekly: [WeeklyWindow]
    /// The first that names a day decides.
    package var exceptions: [Exception]
    package var override: Override?
    package var location: SourceLocation

    /// Whether it is open at `instant` (Unix seconds), with these flags set.
    package func isOpen(at instant: Int64, flags: Set<String>) -> Bool {
        if let override, flags.contains(override.flag) { return override.isOpen }
        return isOpen(at: instant)
    }

    private func isOpen(at instant: Int64) -> Bool {
        let moment = zone.moment(at: instant)
        let minute = moment.time.minute
        let isInside =
            windows(on: moment.date).contains { minute >= $0.from && ($0.passesMidnight || minute < $0.to) }
            || windows(on: moment.date.adding(days: -1)).contains { $0.passesMidnight && minute < $0.to }
        return isInside && !calendars.contains { $0.isClosed(at: instant) }
    }

    private var calendars: [HolidayCalendar] {
        exceptions.compactMap { if case .calendar(let calendar) = $0 { calendar } else { nil } }
    }

    private func windows(on date: CivilDate) -> [Window] {
        for exception in exceptions {
            switch exception {
            case .days(let range, let windows): if range.contains(date) { return windows }
            case .calendar(let calendar): if calendar.isClosed(on: date) { return [] }
            }
        }
        return weekly.filter { $0.days.contains(date.weekday) }.map(\.window)
    }

    /// The next instant after this one at which a window begins, or a closing in the middle of one ends. Flags do not count:
    /// nobody knows when they will be taken back. Nil when nothing opens within four hundred days.
    package func nextOpening(after instant: Int64) -> Int64? {
        let today = zone.moment(at: instant).date
        var soonest: Int64?
        func consider(_ candidate: Int64) {
            if candidate > instant, candidate < soonest ?? .max, isOpen(at: candidate) { soonest = candidate }
        }
        for calendar in calendars {
            for end in calendar.ends(after: instant, days: 400) { consider(end) }
        }
        for day in -1...400 {
            let date = today.adding(days: day)
            for window in windows(on: date) { consider(zone.instant(of: date, minute: window.from)) }
            // No zone moves its clocks by more than a day, so nothing later can come before this.
            if let soonest, zone.instant(of: date, minute: 0) > soonest { break }
        }
        return soonest
    }
}
