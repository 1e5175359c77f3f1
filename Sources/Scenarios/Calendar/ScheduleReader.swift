import Findings

/// Reads `schedules:` of a scenario file.
struct ScheduleReader {
    let zone: CivilZone
    let beside: FilesBeside
    /// The day on which the files are read; nil does not ask whether a calendar has expired.
    let today: CivilDate?
    /// The flags that the server knows; nil takes any.
    let flags: Set<String>?
    var findings: [Finding] = []

    init(zone: CivilZone, beside: FilesBeside, today: CivilDate?, flags: Set<String>?) {
        (self.zone, self.beside, self.today, self.flags) = (zone, beside, today, flags)
    }

    mutating func read(_ node: YAMLNode?, at location: SourceLocation) -> [String: Schedule] {
        var fields = YAMLFields(node, what: "`schedules`", at: location, into: &findings)
        var schedules: [String: Schedule] = [:]
        for pair in fields.takeRest() { schedules[pair.key] = schedule(pair) }
        return schedules
    }

    private mutating func schedule(_ pair: YAMLPair) -> Schedule {
        var fields = YAMLFields(pair.value, what: "the schedule `\(pair.key)`", at: pair.keyLocation, into: &findings)
        var schedule = Schedule(name: pair.key, zone: zone, weekly: [], exceptions: [], override: nil, location: pair.keyLocation)
        let open = fields.take("open")
        var seen: [(days: Set<Weekday>, window: Schedule.Window)] = []
        for item in open?.itemsOrSelf ?? [] {
            var inner = YAMLFields(item, what: "a window of `\(pair.key)`", at: item.location, into: &findings)
            let days = days(inner.take("days"), at: item.location)
            if let window = window(&inner), !days.isEmpty {
                if seen.contains(where: { Self.overlap($0.days, $0.window, days, window) }) {
                    findings.append(
                        .warning("schedule-overlap", at: item.location, "this window overlaps an earlier one of `\(pair.key)`", mend: nil))
                }
                seen.append((days, window))
                schedule.weekly.append(Schedule.WeeklyWindow(days: days, window: window))
            }
            inner.finish(into: &findings)
        }
        if open == nil {
            findings.append(
                .error(
                    "missing-field", at: pair.keyLocation, "the schedule `\(pair.key)` has no open windows",
                    mend: "open: [{days: mon-fri, from: \"09:00\", to: \"17:00\"}]"))
        }
        var ranges: [ClosedRange<CivilDate>] = []
        for item in fields.take("except")?.itemsOrSelf ?? [] {
            guard let exception = exception(item, of: pair.key) else { continue }
            if case .days(let range, _) = exception {
                if ranges.contains(where: { $0.overlaps(range) }) {
                    findings.append(
                        .warning("schedule-overlap", at: item.location, "an earlier exception of `\(pair.key)` already names such a day"))
                }
                ranges.append(range)
            }
            schedule.exceptions.append(exception)
        }
        schedule.override = fields.take("override").flatMap { override($0) }
        fields.finish(into: &findings)
        return schedule
    }

    /// `mon-fri`, `sat`, or a list of such.
    private mutating func days(_ node: YAMLNode?, at location: SourceLocation) -> Set<Weekday> {
        guard let node else {
            findings.append(.error("missing-field", at: location, "the window does not name its days", mend: "days: mon-fri"))
            return []
        }
        var days: Set<Weekday> = []
        for item in node.itemsOrSelf {
            let text = item.scalar ?? ""
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Weekday(rawValue: String($0)) }
            guard parts.count == 1 || parts.count == 2, let first = parts[0], let last = parts[parts.count - 1],
                let start = Weekday.allCases.firstIndex(of: first)
            else {
                findings.append(
                    .error(
                        "wrong-word", at: item.location, "`\(text)` names no days", mend: "write mon tue wed thu fri sat sun, or mon-fri"))
                continue
            }
            // `fri-mon` goes round the end of the week.
            for offset in 0..<7 {
                let day = Weekday.allCases[(start + offset) % 7]
                days.insert(day)
                if day == last { break }
            }
        }
        return days
    }

    private mutating func window(_ fields: inout YAMLFields) -> Schedule.Window? {
        let location = fields.location
        guard let from = time(&fields, "from", at: location), let to = time(&fields, "to", at: location) else { return nil }
        guard from != to, from < 1440 else {
            findings.append(
                .error("out-of-range", at: location, "this window has no length", mend: "a whole day is from \"00:00\" to \"24:00\""))
            return nil
        }
        return Schedule.Window(from: from, to: to)
    }

    private mutating func time(_ fields: inout YAMLFields, _ name: String, at location: SourceLocation) -> Int? {
        guard let node = fields.take(name) else {
            findings.append(.error("missing-field", at: location, "the window has no `\(name)`", mend: "\(name): \"09:00\""))
            return nil
        }
        if let time = node.scalar.flatMap({ CivilTime(written: $0) }) { return time.minute }
        if node.scalar == "24:00" { return 1440 }
        findings.append(
            .error("wrong-type", at: node.location, "`\(name)` must be a time of day, not \(node.kindName)", mend: "write it as \"08:30\""))
        return nil
    }

    private mutating func exception(_ node: YAMLNode, of name: String) -> Schedule.Exception? {
        var fields = YAMLFields(node, what: "an exception of `\(name)`", at: node.location, into: &findings)
        defer { fields.finish(into: &findings) }
        if let calendar = fields.take("calendar") { return self.calendar(calendar).map { .calendar($0) } }
        _ = fields.text("name", into: &findings)
        let range: ClosedRange<CivilDate>?
        if let single = fields.take("date") {
            range = date(single, "date").map { $0...$0 }
        } else if let from = fields.take("from"), let to = fields.take("to") {
            guard let first = date(from, "from"), let last = date(to, "to") else { return nil }
            guard first <= last else {
                findings.append(.error("out-of-range", at: to.location, "`to` lies before `from`"))
                return nil
            }
            range = first...last
        } else {
            findings.append(
                .error(
                    "missing-field", at: node.location, "this exception does not say when", mend: "date: 2026-12-24, or from: … and to: …"))
            return nil
        }
        let isClosed = fields.bool("closed", into: &findings)
        var windows: [Schedule.Window] = []
        let open = fields.take("open")
        for item in open?.itemsOrSelf ?? [] {
            var inner = YAMLFields(item, what: "a window", at: item.location, into: &findings)
            if let window = window(&inner) { windows.append(window) }
            inner.finish(into: &findings)
        }
        if (open != nil) == (isClosed == true) {
            findings.append(
                .error(
                    "missing-field", at: node.location, "an exception is either closed or open", mend: "closed: true, or open: [{from, to}]"
                ))
        }
        return range.map { .days($0, windows) }
    }

    private mutating func date(_ node: YAMLNode, _ name: String) -> CivilDate? {
        if let date = node.scalar.flatMap({ CivilDate(written: $0) }) { return date }
        findings.append(
            .error(
                "wrong-type", at: node.location, "`\(name)` must be a day that exists, not \(node.kindName)", mend: "write it as 2026-12-24"
            ))
        return nil
    }

    private mutating func calendar(_ node: YAMLNode) -> HolidayCalendar? {
        guard let file = beside.read(node, "calendar", into: &findings) else { return nil }
        let (calendar, problems) = HolidayCalendar.read(file.text, file: file.path, zone: zone)
        findings += problems
        if calendar.isEmpty, !problems.hasErrors {
            findings.append(.warning("expired-calendar", at: node.location, "`\(file.path)` has no closed day in it"))
        } else if let today, let last = calendar.lastDay(in: zone), last < today {
            findings.append(
                .warning(
                    "expired-calendar", at: node.location, "the last day in `\(file.path)` is \(last.written): it closes nothing any more",
                    mend: "bring it up to date"))
        }
        return calendar
    }

    private mutating func override(_ node: YAMLNode) -> Schedule.Override? {
        enum Meaning: String, CaseIterable { case open, closed }
        var fields = YAMLFields(node, what: "`override`", at: node.location, into: &findings)
        defer { fields.finish(into: &findings) }
        let flag = fields.take("flag")
        let means = fields.word("means", of: Meaning.self, into: &findings) ?? .closed
        guard let name = flag?.scalar, let flag, !flag.isNull else {
            findings.append(.error("missing-field", at: node.location, "`override` names no flag", mend: "override: {flag: night}"))
            return nil
        }
        if let flags, !flags.contains(name) {
            let nearest = NearestName.of(name, among: flags.sorted())
            findings.append(
                .error("unknown-flag", at: flag.location, "there is no flag `\(name)`", mend: nearest.map { "did you mean \($0)?" }))
        }
        return Schedule.Override(flag: name, isOpen: means == .open)
    }

    /// Whether there is a minute of the week in both, the part beyond midnight included.
    private static func overlap(
        _ days: Set<Weekday>, _ window: Schedule.Window, _ otherDays: Set<Weekday>, _ other: Schedule.Window
    ) -> Bool {
        func spans(_ days: Set<Weekday>, _ window: Schedule.Window) -> [Range<Int>] {
            days.flatMap { day -> [Range<Int>] in
                let start = (Weekday.allCases.firstIndex(of: day) ?? 0) * 1440 + window.from
                let end = start + (window.passesMidnight ? 1440 - window.from + window.to : window.to - window.from)
                let week = 7 * 1440
                return end > week ? [start..<week, 0..<(end - week)] : [start..<end]
            }
        }
        return spans(days, window).contains { one in spans(otherDays, other).contains { one.overlaps($0) } }
    }
}
