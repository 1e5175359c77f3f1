import Findings

extension HolidayCalendar {
    /// More events than any office has, and few enough to be looked through in a call.
    static let eventLimit = 2_000
    /// An event longer than this is a mistake.
    private static let longestEvent = 366
    /// Timed events that come each year are written out for these, in which time zones are known.
    fileprivate static let yearsWrittenOut = 2000...2100

    /// Reads the closed times out of the VEVENTs of an iCalendar file. Other components are skipped; what an event says that is not
    /// understood is a finding with its line. `zone` is for times without a zone of their own.
    static func read(_ text: String, file: String, zone: CivilZone) -> (calendar: HolidayCalendar, findings: [Finding]) {
        var reader = HolidayCalendarReader(file: file, zone: zone)
        reader.read(text)
        reader.calendar.set(closings: reader.closings)
        return (reader.calendar, reader.findings)
    }

    fileprivate mutating func add(_ start: CivilDate, through last: CivilDate, years: ClosedRange<Int>?) {
        for number in start.dayNumber...min(max(start.dayNumber, last.dayNumber), start.dayNumber + Self.longestEvent) {
            guard let years else {
                days.insert(number)
                continue
            }
            let day = CivilDate(dayNumber: number)
            let key = day.month * 100 + day.day
            let shift = day.year - start.year
            let range = (years.lowerBound + shift)...(years.upperBound + shift)
            yearly[key] = yearly[key].map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) } ?? range
        }
    }
}

private struct HolidayCalendarReader {
    /// One `NAME;PARAM=…:VALUE` (RFC 5545 §3.1).
    private struct Property {
        var name: String
        var parameters: [String: String]
        var value: String
        var line: Int
    }

    let file: String
    let zone: CivilZone
    var calendar = HolidayCalendar()
    var findings: [Finding] = []
    var closings: [Range<Int64>] = []
    private var zones: [String: CivilZone?] = [:]

    init(file: String, zone: CivilZone) {
        (self.file, self.zone) = (file, zone)
    }

    private mutating func report(_ severity: Finding.Severity, _ code: String, _ line: Int, _ message: String, mend: String? = nil) {
        // A file of nonsense need not be reported line by line.
        guard findings.count < 50 else { return }
        findings.append(Finding(severity, code, at: SourceLocation(file: file, line: line, column: 1), message, mend: mend))
    }

    mutating func read(_ text: String) {
        let lines = Self.unfolded(text)
        guard lines.first?.text.uppercased() == "BEGIN:VCALENDAR" else {
            report(.error, "calendar-syntax", 1, "this is no iCalendar file: it does not begin with BEGIN:VCALENDAR")
            return
        }
        var event: [Property]?
        var start = 0
        var depth = 0
        var count = 0
        for (text, line) in lines {
            switch text.uppercased() {
            case "BEGIN:VEVENT":
                (event, start, depth) = ([], line, 0)
                count += 1
                guard count <= HolidayCalendar.eventLimit else {
                    report(.error, "calendar-size", line, "there are more than \(HolidayCalendar.eventLimit) events")
                    return
                }
            case "END:VEVENT":
                if let event { add(event, line: start) }
                event = nil
            // Alarms inside an event have properties of their own.
            case let other where other.hasPrefix("BEGIN:"): depth += 1
            case let other where other.hasPrefix("END:"): depth -= 1
            default:
                guard event != nil, depth <= 0 else { continue }
                if let property = Self.property(text, line) { event?.append(property) }
            }
        }
        if event != nil { report(.error, "calendar-syntax", start, "this event has no END:VEVENT") }
    }

    /// Long lines are folded: a line that begins with a space or tab goes on with the one before (RFC 5545 §3.1).
    private static func unfolded(_ text: String) -> [(text: String, line: Int)] {
        var lines: [(text: String, line: Int)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if let first = line.first, first == " " || first == "\t", !lines.isEmpty {
                lines[lines.count - 1].text += line.dropFirst()
            } else if !line.isEmpty {
                lines.append((index == 0 && line.first == "\u{FEFF}" ? String(line.dropFirst()) : String(line), index + 1))
            }
        }
        return lines
    }

    private static func property(_ text: String, _ line: Int) -> Property? {
        var isQuoted = false
        var colon: String.Index?
        for index in text.indices {
            if text[index] == "\"" { isQuoted.toggle() }
            if text[index] == ":", !isQuoted {
                colon = index
                break
            }
        }
        guard let colon else { return nil }
        let parts = text[..<colon].split(separator: ";")
        guard let name = parts.first else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parameters[pair[0].uppercased()] = pair[1].filter { $0 != "\"" } }
        }
        return Property(
            name: name.uppercased(), parameters: parameters, value: String(text[text.index(after: colon)...]), line: line)
    }

    private mutating func add(_ event: [Property], line: Int) {
        func first(_ name: String) -> Property? { event.first { $0.name == name } }
        if first("STATUS")?.value.uppercased() == "CANCELLED" { return }
        guard let startProperty = first("DTSTART"), let (start, zone, isDay) = moment(startProperty) else {
            report(.error, "calendar-syntax", first("DTSTART")?.line ?? line, "this event has no DTSTART that can be read")
            return
        }
        for name in ["RDATE", "EXDATE", "EXRULE", "DURATION"] {
            if let property = first(name) {
                report(.warning, "calendar-rule", property.line, "\(name) is not understood here, and left out")
            }
        }
        var years: ClosedRange<Int>?
        if let rule = first("RRULE") { years = self.years(of: rule, from: start.date) }
        var end = start
        if let property = first("DTEND") {
            guard let (found, endZone, endIsDay) = moment(property), endIsDay == isDay else {
                report(.error, "calendar-syntax", property.line, "this DTEND does not fit its DTSTART")
                return
            }
            // A journey may end in another zone than it began in.
            end = endZone == zone ? found : zone.moment(at: endZone.instant(of: found))
        }
        if isDay {
            // DTEND is the first day after the event (RFC 5545 §3.6.1); without it the event lasts one day.
            let last = end.date > start.date ? end.date.adding(days: -1) : start.date
            guard isShort(start.date, last, line) else { return }
            calendar.add(start.date, through: last, years: years)
        } else {
            guard isShort(start.date, end.date, line) else { return }
            close(from: start, to: end, zone, years: years ?? start.date.year...start.date.year)
        }
    }

    /// Each year is reckoned by itself, since the clocks may be changed between.
    private mutating func close(from start: CivilMoment, to end: CivilMoment, _ zone: CivilZone, years: ClosedRange<Int>) {
        let length = end.date.dayNumber - start.date.dayNumber
        for year in years.count == 1 ? years : years.clamped(to: HolidayCalendar.yearsWrittenOut) {
            guard let first = start.date.inYear(year) else { continue }
            let from = zone.instant(of: first, minute: start.time.minute)
            let to = zone.instant(of: first.adding(days: length), minute: end.time.minute)
            if from < to { closings.append(from..<to) }
        }
    }

    private mutating func isShort(_ start: CivilDate, _ last: CivilDate, _ line: Int) -> Bool {
        guard last.dayNumber - start.dayNumber <= 366 else {
            report(.error, "calendar-syntax", line, "this event lasts longer than a year")
            return false
        }
        return true
    }

    /// `20261225`, `20261224T120000`, or with a `Z` in UTC (RFC 5545 §3.3.4, §3.3.5).
    private mutating func moment(_ property: Property) -> (CivilMoment, CivilZone, isDay: Bool)? {
        var value = property.value
        let isUTC = value.hasSuffix("Z")
        if isUTC { value.removeLast() }
        let parts = value.split(separator: "T", omittingEmptySubsequences: false).map(Array.init)
        guard let day = parts.first, day.count == 8,
            let date = CivilDate(written: "\(String(day[0..<4]))-\(String(day[4..<6]))-\(String(day[6..<8]))")
        else { return nil }
        if parts.count == 1 { return (CivilMoment(date: date, time: .midnight), zone, true) }
        guard parts.count == 2, parts[1].count == 6, let time = CivilTime(written: "\(String(parts[1][0..<2])):\(String(parts[1][2..<4]))")
        else { return nil }
        guard let name = property.parameters["TZID"], !isUTC else {
            return (CivilMoment(date: date, time: time), isUTC ? .utc : zone, false)
        }
        return (CivilMoment(date: date, time: time), zone(named: name, line: property.line), false)
    }

    private mutating func zone(named name: String, line: Int) -> CivilZone {
        if let known = zones[name] { return known ?? zone }
        let found = CivilZone(named: name)
        zones[name] = .some(found)
        if found == nil { report(.warning, "unknown-zone", line, "there is no time zone `\(name)`: \(zone.name) is taken") }
        return found ?? zone
    }

    /// The years of a yearly rule; nil, after a warning, for what is not repeated each year on the same day.
    private mutating func years(of rule: Property, from start: CivilDate) -> ClosedRange<Int>? {
        var last = 9999
        for part in rule.value.uppercased().split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { continue }
            switch (pair[0], pair[1]) {
            case ("FREQ", "YEARLY"), ("INTERVAL", "1"), ("WKST", _): break
            case ("BYMONTH", String(start.month)), ("BYMONTHDAY", String(start.day)): break
            case ("COUNT", let count):
                last = min(last, start.year + min(max(Int(count) ?? 1, 1), 8000) - 1)
            case ("UNTIL", let until):
                let characters = Array(until)
                guard characters.count >= 8, let year = Int(String(characters[0..<4])), (1...9999).contains(year) else { continue }
                // An UNTIL before the day of that year leaves that year out.
                let monthAndDay = Int(String(characters[4..<8])) ?? 1231
                last = min(last, monthAndDay < start.month * 100 + start.day ? year - 1 : year)
            default:
                report(
                    .warning, "calendar-rule", rule.line, "RRULE \(part) is not understood here: only the first day counts",
                    mend: "yearly rules on the same day are read; write the others out as events of their own")
                return nil
            }
        }
        return start.year...max(start.year, min(last, 9998))
    }
}
