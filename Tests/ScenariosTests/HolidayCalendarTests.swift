import Findings
import Scenarios
import Testing

@Suite struct HolidayCalendarTests {
    private static func calendar(_ events: String...) -> String {
        (["BEGIN:VCALENDAR", "VERSION:2.0"] + events.map { "BEGIN:VEVENT\n\($0)\nEND:VEVENT" } + ["END:VCALENDAR"])
            .joined(separator: "\n").replacing("\n", with: "\r\n") + "\r\n"
    }

    private static let hours = "open: [{days: mon-sun, from: '08:00', to: '18:00'}], except: [{calendar: h.ics}]"

    private func isOpen(_ calendar: String, _ times: (String, Bool)...) throws {
        let schedule = try ScheduleTests.schedule(Self.hours, calendar: calendar)
        for (time, open) in times {
            #expect(schedule.isOpen(at: try ScheduleTests.instant(schedule, time), flags: []) == open, "\(time)")
        }
    }

    @Test func daysEndBeforeTheirEnd() throws {
        try isOpen(
            Self.calendar("SUMMARY:Holidays\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227", "DTSTART;VALUE=DATE:20270101"),
            ("2026-12-24T10:00", true), ("2026-12-25T10:00", false), ("2026-12-26T10:00", false), ("2026-12-27T10:00", true),
            ("2027-01-01T10:00", false), ("2027-01-02T10:00", true))
    }

    @Test func yearlyDaysComeAgain() throws {
        try isOpen(
            Self.calendar(
                "DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY", "DTSTART:20200501\nRRULE:FREQ=YEARLY;UNTIL=20250501",
                "DTSTART:20200502\nRRULE:FREQ=YEARLY;COUNT=7"),
            ("2019-10-03T10:00", true), ("2026-10-03T10:00", false), ("2040-10-03T10:00", false), ("2025-05-01T10:00", false),
            ("2026-05-01T10:00", true), ("2026-05-02T10:00", false), ("2027-05-02T10:00", true))
    }

    @Test func timesCloseFromThenToThen() throws {
        let text = Self.calendar(
            "DTSTART:20260303T120000\nDTEND:20260303T130000", "DTSTART:20260304T110000Z\nDTEND:20260304T120000Z",
            "DTSTART;TZID=America/New_York:20260305T060000\nDTEND;TZID=America/New_York:20260305T070000",
            "DTSTART:20201231T140000\nDTEND:20210101T120000\nRRULE:FREQ=YEARLY")
        try isOpen(
            text, ("2026-03-03T11:59", true), ("2026-03-03T12:00", false), ("2026-03-03T13:00", true), ("2026-03-04T12:30", false),
            ("2026-03-04T11:30", true), ("2026-03-05T12:30", false), ("2026-03-05T13:00", true), ("2026-12-31T13:59", true),
            ("2026-12-31T14:00", false), ("2027-01-01T11:00", false), ("2027-01-01T12:00", true))
        let schedule = try ScheduleTests.schedule(Self.hours, calendar: text)
        // A closing in the middle of the day ends in an opening.
        let noon = try ScheduleTests.instant(schedule, "2026-03-03T12:10")
        #expect(schedule.nextOpening(after: noon) == noon + 50 * 60)
    }

    @Test func linesMayBeFoldedAndAlarmsAndCancelledEventsAreSkipped() throws {
        try isOpen(
            Self.calendar(
                "SUMMARY:a long\n  name: with a colon\nDTSTART;VALUE=DA\n TE:20260303\nBEGIN:VALARM\nDTSTART:20260305\nEND:VALARM",
                "DTSTART:20260304\nSTATUS:CANCELLED"),
            ("2026-03-03T10:00", false), ("2026-03-04T10:00", true), ("2026-03-05T10:00", true))
    }

    @Test(arguments: [
        ("nonsense", "calendar-syntax", 1), (calendar("SUMMARY:x"), "calendar-syntax", 3),
        (calendar("DTSTART:20260230"), "calendar-syntax", 4),
        (calendar("DTSTART:20260301\nDTEND:20260301T120000"), "calendar-syntax", 5),
        (calendar("DTSTART:20200101\nDTEND:20260101"), "calendar-syntax", 3),
        (calendar("DTSTART:20261126\nRRULE:FREQ=YEARLY;BYDAY=4TH"), "calendar-rule", 5),
        (calendar("DTSTART:20261126\nEXDATE:20261127"), "calendar-rule", 5),
        (calendar("DTSTART;TZID=Mars/Base:20261126T100000\nDTEND;TZID=Mars/Base:20261126T110000"), "unknown-zone", 4),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", "calendar-syntax", 2),
    ])
    func mistakesAreFoundInTheirLine(text: String, code: String, line: Int) {
        let findings = ScheduleTests.load(Self.hours, calendar: text).findings
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.description))")
        #expect(findings.contains { $0.location == SourceLocation(file: "dir/h.ics", line: line, column: 1) }, "\(findings)")
    }

    @Test func anExpiredCalendarIsAWarning() {
        let text = Self.calendar("DTSTART:20251225", "DTSTART:20251226T100000\nDTEND:20251226T110000")
        // 1 March 2026
        let findings = ScheduleTests.load(Self.hours, now: 1_772_323_200, calendar: text).findings
        #expect(findings.map(\.code) == ["expired-calendar"])
        #expect(findings.map(\.severity) == [.warning])
        #expect(ScheduleTests.load(Self.hours, now: 1_766_000_000, calendar: text).findings.isEmpty)
        let yearly = Self.calendar("DTSTART:20151225\nRRULE:FREQ=YEARLY")
        #expect(ScheduleTests.load(Self.hours, now: 1_772_323_200, calendar: yearly).findings.isEmpty)
        #expect(ScheduleTests.load(Self.hours, calendar: Self.calendar()).findings.map(\.code) == ["expired-calendar"])
    }

    @Test func whateverStandsInAFileNeverTraps() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomCallTests.Random(state: seed)
        let model = Array(
            Self.calendar(
                "DTSTART;TZID=\"Europe/Berlin\":20260303T120000\nDTEND:20260303T130000Z\nRRULE:FREQ=YEARLY;UNTIL=20280101T000000Z;COUNT=3",
                "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"))
        for _ in 0..<300 {
            var text = model
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                text[index] = Array(":;=-T90Z \n\"é\u{0}").randomElement(using: &random) ?? "x"
            }
            let (schedule, findings) = ScheduleTests.load(Self.hours, calendar: String(text))
            #expect((schedule == nil) == findings.hasErrors, "seed \(seed)")
            guard let schedule else { continue }
            for instant in [Int64.min, 0, 1_709_200_000, 1_772_323_200, .max] {
                _ = schedule.isOpen(at: instant, flags: [])
                _ = schedule.nextOpening(after: instant)
            }
        }
    }
}
