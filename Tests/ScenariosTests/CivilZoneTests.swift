import Scenarios
import Testing

@Suite struct CivilZoneTests {
    private func zone(_ name: String) throws -> CivilZone { try required(CivilZone(named: name), name) }

    private func written(_ zone: CivilZone, _ instant: Int64) -> String {
        let moment = zone.moment(at: instant)
        return "\(moment.date.written) \(moment.time.written)"
    }

    private func instant(_ zone: CivilZone, _ text: String) throws -> Int64 {
        zone.instant(of: try required(CivilMoment(written: text), text))
    }

    @Test func daysOfFourCenturiesCountUpByOne() throws {
        var date = try required(CivilDate(year: 1900, month: 1, day: 1), "date")
        var weekday = try required(Weekday.allCases.firstIndex(of: date.weekday), "weekday")
        #expect(date.weekday == .mon)
        for number in date.dayNumber...(date.dayNumber + 146_097) {
            date = CivilDate(dayNumber: number)
            // One expectation a day would take longer than the reckoning.
            let isRight =
                date.dayNumber == number && CivilDate(year: date.year, month: date.month, day: date.day) == date
                && CivilDate(written: date.written) == date && date.weekday == Weekday.allCases[weekday]
            if !isRight { Issue.record("day \(number): \(date.written)") }
            weekday = (weekday + 1) % 7
        }
        #expect(date.written == "2300-01-01")
    }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-1-1", "26-01-01", "", "2026-01-01x", "0000-01-01",
    ])
    func impossibleDays(text: String) { #expect(CivilDate(written: text) == nil) }

    @Test func leapDays() {
        for text in ["2024-02-29", "2000-02-29"] { #expect(CivilDate(written: text)?.written == text) }
    }

    @Test func extremesAreCutAndNeverTrap() {
        for number in [Int.min, Int.max, -800_000, 3_000_000] { #expect((1...9999).contains(CivilDate(dayNumber: number).year)) }
        for instant in [Int64.min, .max, -1, 0] { _ = CivilZone.utc.moment(at: instant) }
        #expect(CivilZone.utc.moment(at: -1).time.written == "23:59")
    }

    /// Clocks go from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
    @Test func springInBerlin() throws {
        let berlin = try zone("Europe/Berlin")
        let jump: Int64 = 1_774_746_000
        #expect(written(berlin, jump - 1) == "2026-03-29 01:59")
        #expect(written(berlin, jump) == "2026-03-29 03:00")
        // What the clock never shows is the moment of the jump.
        for text in ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T03:00"] { #expect(try instant(berlin, text) == jump) }
        #expect(try instant(berlin, "2026-03-29T01:59") == jump - 60)
        #expect(try instant(berlin, "2026-03-29T03:01") == jump + 60)
    }

    /// Clocks go from 03:00 back to 02:00 at 01:00 UTC on 25 October 2026.
    @Test func autumnInBerlin() throws {
        let berlin = try zone("Europe/Berlin")
        let jump: Int64 = 1_792_890_000
        #expect(written(berlin, jump - 1) == "2026-10-25 02:59")
        #expect(written(berlin, jump) == "2026-10-25 02:00")
        #expect(written(berlin, jump + 3599) == "2026-10-25 02:59")
        // Shown twice: the first time counts.
        #expect(try instant(berlin, "2026-10-25T02:30") == jump - 1800)
        #expect(try instant(berlin, "2026-10-25T03:00") == jump + 3600)
    }

    @Test func newYorkAndKathmandu() throws {
        let newYork = try zone("America/New_York")
        // 8 March 2026, 07:00 UTC, and 1 November 2026, 06:00 UTC.
        #expect(written(newYork, 1_772_953_199) == "2026-03-08 01:59")
        #expect(written(newYork, 1_772_953_200) == "2026-03-08 03:00")
        #expect(try instant(newYork, "2026-03-08T02:15") == 1_772_953_200)
        #expect(written(newYork, 1_793_512_799) == "2026-11-01 01:59")
        #expect(written(newYork, 1_793_512_800) == "2026-11-01 01:00")
        let kathmandu = try zone("Asia/Kathmandu")
        #expect(written(kathmandu, 1_772_953_200) == "2026-03-08 12:45")
        #expect(try instant(kathmandu, "2026-03-08T12:45") == 1_772_953_200)
    }

    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC",
    ])
    func everyReadingLeadsBack(name: String) throws {
        let zone = try zone(name)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomCallTests.Random(state: seed)
        for _ in 0..<3000 {
            let instant = Int64.random(in: 946_684_800...4_102_444_800, using: &random) / 60 * 60
            let moment = zone.moment(at: instant)
            let back = zone.instant(of: moment)
            // The same reading, and the first time that it is shown.
            #expect(zone.moment(at: back) == moment, "seed \(seed) \(name) \(instant)")
            #expect(back == instant || (back < instant && instant - back <= 24 * 3600), "seed \(seed) \(name) \(instant)")
        }
    }

    @Test(arguments: ["Mars/Olympus", "EST", "GMT+3", "", "../etc/passwd", "/etc/localtime", "berlin"])
    func unknownZones(name: String) { #expect(CivilZone(named: name) == nil) }
}
