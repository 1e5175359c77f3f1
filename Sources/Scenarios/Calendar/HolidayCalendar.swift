/// The closed days and hours of an iCalendar file (RFC 5545).
package struct HolidayCalendar: Hashable, Sendable {
    /// Day numbers of single closed days.
    var days: Set<Int> = []
    /// Days that come again each year: month * 100 + day, with the years.
    var yearly: [Int: ClosedRange<Int>] = [:]
    /// Closed from one moment to another, in Unix seconds: in order, and none touches the next, so one is found by a search.
    private(set) var closings: [Range<Int64>] = []

    package func isClosed(on date: CivilDate) -> Bool {
        days.contains(date.dayNumber) || yearly[date.month * 100 + date.day]?.contains(date.year) == true
    }

    package func isClosed(at instant: Int64) -> Bool {
        let index = firstClosing(endingAfter: instant)
        return index < closings.count && closings[index].contains(instant)
    }

    /// When the timed closings end that are under way or come within so many days.
    func ends(after instant: Int64, days: Int64) -> [Int64] {
        let (horizon, overflow) = instant.addingReportingOverflow(days * 86_400)
        return closings[firstClosing(endingAfter: instant)...].map(\.upperBound).prefix { overflow || $0 <= horizon }.map { $0 }
    }

    private func firstClosing(endingAfter instant: Int64) -> Int {
        var (low, high) = (0, closings.count)
        while low < high {
            let middle = (low + high) / 2
            if closings[middle].upperBound > instant { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Takes timed closings, in any order and overlapping as they may.
    mutating func set(closings spans: [Range<Int64>]) {
        closings = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) where !span.isEmpty {
            if let last = closings.last, span.lowerBound <= last.upperBound {
                closings[closings.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                closings.append(span)
            }
        }
    }

    /// The last day that it says anything about; nil when it is empty.
    func lastDay(in zone: CivilZone) -> CivilDate? {
        let last = [
            days.max(), yearly.compactMap { CivilDate(year: $0.value.upperBound, month: $0.key / 100, day: $0.key % 100)?.dayNumber }.max(),
            closings.last.map { zone.moment(at: $0.upperBound - 1).date.dayNumber },
        ]
        return last.compactMap { $0 }.max().map { CivilDate(dayNumber: $0) }
    }

    var isEmpty: Bool { days.isEmpty && yearly.isEmpty && closings.isEmpty }
}
