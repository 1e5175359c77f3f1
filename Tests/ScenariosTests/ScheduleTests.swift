import Findings
import Scenarios
import Testing

@Suite struct ScheduleTests {
    /// The schedule `o` of a file with these fields.
    static func load(
        _ fields: String, zone: String = "Europe/Berlin", now: Int64? = nil, flags: Set<String>? = nil, calendar: String? = nil
    ) -> (schedule: Schedule?, findings: [Finding]) {
        let text = "scenario: s\nzone: \(zone)\nschedules:\n  o: {\(fields)}\nstates:\n  a: [{during: o, then: hangup}, hangup]\n"
        let (set, findings) = ScenarioSet.load(files: [("dir/f.yaml", text)], prompts: AnyPrompts(), flags: flags, now: now) { path in
            path == "dir/h.ics" ? calendar : nil
        }
        return (set?["s"]?.schedules["o"], findings)
    }

    static func schedule(_ fields: String, zone: String = "Europe/Berlin", calendar: String? = nil) throws -> Schedule {
        let (schedule, findings) = load(fields, zone: zone, calendar: calendar)
        #expect(findings.map(\.description) == [])
        return try required(schedule, "schedule")
    }

    static func instant(_ schedule: Schedule, _ text: String) throws -> Int64 {
        schedule.zone.instant(of: try required(CivilMoment(written: text), text))
    }

    private func isOpen(_ schedule: Schedule, _ text: String, flags: Set<String> = []) throws -> Bool {
        schedule.isOpen(at: try Self.instant(schedule, text), flags: flags)
    }

    private func next(_ schedule: Schedule, _ text: String) throws -> String? {
        schedule.nextOpening(after: try Self.instant(schedule, text)).map {
            let moment = schedule.zone.moment(at: $0)
            return "\(moment.date.written)T\(moment.time.written)"
        }
    }

    private static let office =
        "open: [{days: mon-thu, from: '08:30', to: '12:00'}, {days: mon-thu, from: '13:00', to: '17:30'}, {days: [fri], from: '08:30', to: '15:00'}]"

    @Test func weeklyHours() throws {
        let office = try Self.schedule(Self.office)
        // 2 March 2026 is a Monday.
        for (time, open) in [
            ("2026-03-02T08:29", false), ("2026-03-02T08:30", true), ("2026-03-02T11:59", true), ("2026-03-02T12:00", false),
            ("2026-03-02T13:00", true), ("2026-03-02T17:30", false), ("2026-03-06T14:59", true), ("2026-03-06T15:00", false),
            ("2026-03-07T10:00", false),
        ] { #expect(try isOpen(office, time) == open, "\(time)") }
        #expect(try next(office, "2026-03-02T12:30") == "2026-03-02T13:00")
        #expect(try next(office, "2026-03-06T15:00") == "2026-03-09T08:30")
        #expect(try next(office, "2026-03-02T08:30") == "2026-03-02T13:00")
    }

    @Test func windowsThatPassMidnightBelongToTheirFirstDay() throws {
        let bar = try Self.schedule("open: [{days: sat, from: '20:00', to: '02:00'}], except: [{date: 2026-03-14, closed: true}]")
        #expect(try isOpen(bar, "2026-03-07T23:59"))
        #expect(try isOpen(bar, "2026-03-08T01:59"))
        #expect(try !isOpen(bar, "2026-03-08T02:00"))
        #expect(try !isOpen(bar, "2026-03-07T01:00"))
        #expect(try !isOpen(bar, "2026-03-15T01:00"))
        #expect(try next(bar, "2026-03-08T02:00") == "2026-03-21T20:00")
        let night = try Self.schedule("open: [{days: mon-sun, from: '18:00', to: '00:00'}]")
        #expect(try isOpen(night, "2026-03-07T23:59"))
        #expect(try !isOpen(night, "2026-03-08T00:00"))
    }

    @Test func daysMayGoRoundTheWeekAndAllDay() throws {
        let weekend = try Self.schedule("open: [{days: [fri-mon], from: '00:00', to: '24:00'}]")
        for (day, open) in [("05", false), ("06", true), ("08", true), ("09", true), ("10", false)] {
            #expect(try isOpen(weekend, "2026-03-\(day)T23:59") == open)
        }
    }

    @Test func exceptionsReplaceTheDay() throws {
        let office = try Self.schedule(
            Self.office
                + ", except: [{date: 2026-12-24, open: [{from: '08:30', to: '11:00'}], name: Christmas Eve}, {from: 2026-12-24, to: 2027-01-03, closed: true}]"
                .replacing("2026-12-24, to", with: "2026-12-25, to"))
        #expect(try isOpen(office, "2026-12-24T10:59"))
        #expect(try !isOpen(office, "2026-12-24T14:00"))
        #expect(try !isOpen(office, "2026-12-28T10:00"))
        #expect(try next(office, "2026-12-24T11:00") == "2027-01-04T08:30")
    }

    @Test func aFlagOverrules() throws {
        let closed = try Self.schedule(Self.office + ", override: {flag: sick}")
        #expect(try !isOpen(closed, "2026-03-02T10:00", flags: ["sick"]))
        #expect(try isOpen(closed, "2026-03-02T10:00", flags: ["other"]))
        let open = try Self.schedule(Self.office + ", override: {flag: party, means: open}")
        #expect(try isOpen(open, "2026-03-01T03:00", flags: ["party"]))
        // When the flag will be taken back nobody knows: the next regular opening is said.
        #expect(try next(closed, "2026-03-02T10:00") == "2026-03-02T13:00")
    }

    @Test func theNightsOfDaylightSaving() throws {
        let nightly = try Self.schedule("open: [{days: sun, from: '02:15', to: '04:00'}]")
        // 29 March: 02:15 does not come; it opens when the clock jumps to three.
        #expect(try next(nightly, "2026-03-29T00:00") == "2026-03-29T03:00")
        #expect(try !isOpen(nightly, "2026-03-29T01:59"))
        #expect(try isOpen(nightly, "2026-03-29T03:30"))
        // 25 October: 02:15 comes twice and the first opens.
        let opening = try required(nightly.nextOpening(after: try Self.instant(nightly, "2026-10-25T00:00")), "opening")
        #expect(opening == 1_792_890_000 - 2700)
        #expect(nightly.isOpen(at: opening + 5400, flags: []))
        // A window that lies in the skipped hour does not come at all.
        let short = try Self.schedule("open: [{days: sun, from: '02:10', to: '02:50'}]")
        #expect(try next(short, "2026-03-29T00:00") == "2026-04-05T02:10")
    }

    @Test func whatNeverOpensSaysSo() throws {
        let never = try Self.schedule("open: [], except: [{date: 2020-01-01, open: [{from: '08:00', to: '09:00'}]}]")
        #expect(try next(never, "2026-03-02T10:00") == nil)
    }

    /// Compared with looking at every minute.
    @Test func nextOpeningIsTheFirstMinuteThatIsOpen() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomCallTests.Random(state: seed)
        for _ in 0..<20 {
            let windows = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let (from, to) = (Int.random(in: 0...23, using: &random), Int.random(in: 0...23, using: &random))
                let day = Weekday.allCases.randomElement(using: &random)?.rawValue ?? "mon"
                return "{days: \(day), from: '\(from):00', to: '\(to):30'}"
            }
            let (loaded, _) = Self.load("open: [\(windows.joined(separator: ", "))]", zone: "Europe/Berlin")
            let schedule = try required(loaded, "\(windows)")
            // Around both changes of the clocks.
            for start in ["2026-03-26T12:00", "2026-10-22T12:00"] {
                let begin = try Self.instant(schedule, start)
                let first = stride(from: begin, through: begin + 8 * 86_400, by: 60).first { minute in
                    minute > begin && schedule.isOpen(at: minute, flags: []) && !schedule.isOpen(at: minute - 60, flags: [])
                }
                guard !schedule.isOpen(at: begin, flags: []), let first else { continue }
                #expect(schedule.nextOpening(after: begin) == first, "seed \(seed) \(windows) \(start)")
            }
        }
    }

    static let mistakes: [(String, String)] = [
        ("except: []", "missing-field"), ("open: [{days: mon, from: '08:00'}]", "missing-field"),
        ("open: [{from: '08:00', to: '09:00'}]", "missing-field"), ("open: [{days: mo, from: '08:00', to: '09:00'}]", "wrong-word"),
        ("open: [{days: mon, from: '8', to: '09:00'}]", "wrong-type"), ("open: [{days: mon, from: '24:00', to: '09:00'}]", "out-of-range"),
        ("open: [{days: mon, from: '09:00', to: '09:00'}]", "out-of-range"),
        ("open: [{days: mon-fri, from: '08:00', to: '12:00'}, {days: wed, from: '11:00', to: '13:00'}]", "schedule-overlap"),
        ("open: [{days: sun, from: '22:00', to: '02:00'}, {days: mon, from: '01:00', to: '05:00'}]", "schedule-overlap"),
        ("open: [], except: [{date: 2026-02-30, closed: true}]", "wrong-type"),
        ("open: [], except: [{from: 2026-03-02, to: 2026-03-01, closed: true}]", "out-of-range"),
        ("open: [], except: [{date: 2026-03-01}]", "missing-field"), ("open: [], except: [{closed: true}]", "missing-field"),
        (
            "open: [], except: [{date: 2026-03-01, closed: true}, {from: 2026-02-01, to: 2026-03-05, closed: true}]", "schedule-overlap"
        ),
        ("open: [], override: {flag: nihgt}", "unknown-flag"), ("open: [], override: {}", "missing-field"),
        ("open: [], except: [{calendar: gone.ics}]", "unreadable-file"), ("open: [], except: [{calendar: ../h.ics}]", "wrong-path"),
        ("open: [], except: [{calendar: /h.ics}]", "wrong-path"), ("opne: []", "unknown-field"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreFound(fields: String, code: String) {
        let findings = Self.load(fields, flags: ["night"]).findings
        #expect(findings.contains { $0.code == code && $0.location.line == 4 }, "\(findings.map(\.description))")
        #expect(findings.count <= 2, "\(findings.map(\.description))")
    }

    @Test func touchingWindowsDoNotOverlap() {
        let findings = Self.load("open: [{days: mon, from: '22:00', to: '02:00'}, {days: tue, from: '02:00', to: '05:00'}]").findings
        #expect(findings.map(\.description) == [])
    }

    @Test func anUnknownZoneIsFoundWithTheNearestName() {
        let findings = Self.load("open: []", zone: "Europe/Berlni").findings
        #expect(findings.map(\.code) == ["unknown-zone"])
        #expect(findings.first?.mend == "did you mean Europe/Berlin?")
    }
}
