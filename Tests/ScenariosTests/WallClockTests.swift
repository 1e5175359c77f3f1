import Findings
import Scenarios
import Testing

/// `during`, the functions of time, and what `say` makes of them.
@Suite struct WallClockTests {
    private func call(_ steps: String, at clock: String, flags: Set<String> = [], more: String = "") throws -> Rehearsal {
        let set = try clean(
            "scenario: s\nzone: Europe/Berlin\n\(more)\nschedules:\n  office: {open: [{days: mon-fri, from: '08:30', to: '17:00'}], override: {flag: night}}\nstates:\n  a: [answer, \(steps), hangup]\n"
        )
        let scenario = try required(set["s"], "s")
        let moment = try required(CivilMoment(written: clock), clock)
        let facts = CallFacts(caller: "a", called: "b", callID: "c", startedAt: scenario.zone.instant(of: moment), flags: flags)
        return Rehearsal(scenario: scenario, in: set, call: facts)
    }

    private func logs(_ call: Rehearsal) -> [String] {
        call.log.compactMap { if case .log(let text) = $0 { text } else { nil } }
    }

    @Test func duringAsksTheClock() throws {
        let steps = "{during: office, then: {log: open}, else: {log: closed}}"
        // 2 March 2026 is a Monday.
        #expect(logs(try call(steps, at: "2026-03-02T08:30")) == ["open"])
        #expect(logs(try call(steps, at: "2026-03-02T08:29")) == ["closed"])
        #expect(logs(try call(steps, at: "2026-03-02T08:30", flags: ["night"])) == ["closed"])
    }

    @Test func timeGoesOnWithTheCall() throws {
        var call = try call(
            "{during: office, then: {log: open}, else: {log: closed}}, wait: 2m, {during: office, then: {log: open}, else: {log: closed}}, log: '{t}', set: {t: now()}, log: '{t}'",
            at: "2026-03-02T16:59", more: "vars: {t: {type: time, init: '07:05'}}")
        call.wait(.seconds(300))
        #expect(logs(call) == ["open", "closed", "07:05", "17:01"])
    }

    @Test func functionsOfTime() throws {
        let steps =
            "{if: \"weekday() == 'mon' and now() >= '08:00' and today() == '2026-03-02' and today() > d\", then: {log: yes}}, set: {d: today()}, log: \"{d}\", {switch: weekday(), cases: {mon: {log: monday}}}"
        #expect(
            logs(try call(steps, at: "2026-03-02T08:00", more: "vars: {d: {type: date, init: 2026-01-01}}")) == [
                "yes", "2026-03-02", "monday",
            ])
    }

    @Test func whatIsSaid() throws {
        let steps =
            "play: [{say: {date: today()}}, {say: {date: 2024-02-29}}, {say: {time: now()}}, {say: {time: '07:05'}}, {say: {duration: 90s}}, {say: {count: 1}}, {say: {phone: 03012345}}, {say: {next_opening: office}}]"
        #expect(
            try call(steps, at: "2026-03-03T07:00").heard == [
                .say(.date, "tue 03-03"), .say(.date, "2024-02-29"), .say(.time, "07:00"), .say(.time, "07:05"), .say(.duration, "90"),
                .say(.count, "1"), .say(.phone, "03012345"), .say(.nextOpening, "today 08:30"),
            ])
        for (clock, text) in [
            ("2026-03-03T17:00", "tomorrow 08:30"), ("2026-03-06T17:00", "mon 08:30"), ("2026-03-07T01:00", "mon 08:30"),
            ("2026-03-08T01:00", "tomorrow 08:30"),
        ] {
            #expect(try call("say: {next_opening: office}", at: clock).heard == [.say(.nextOpening, text)])
        }
    }

    @Test(arguments: [
        ("say: {date: caller}", "type-mismatch"), ("say: {date: '2026-02-30'}", "type-mismatch"), ("say: {time: 3}", "type-mismatch"),
        ("say: {duration: 3}", "type-mismatch"), ("say: {count: caller}", "type-mismatch"),
        ("say: {next_opening: offic}", "unknown-schedule"),
        ("{during: offic, then: hangup}", "unknown-schedule"), ("{during: office}", "missing-field"),
        ("{if: \"now() == '25:00'\", then: hangup}", "type-mismatch"), ("{if: \"now(1) == '05:00'\", then: hangup}", "type-mismatch"),
        ("{if: now() == today(), then: hangup}", "type-mismatch"), ("say: {money: 3}", "not-yet"), ("say: {ordinal: 3}", "not-yet"),
    ])
    func mistakes(steps: String, code: String) {
        let findings = check(
            "scenario: s\nschedules: {office: {open: []}}\nstates:\n  a: [answer, \(steps), hangup]\n"
        ).findings
        #expect(findings.filter { $0.code != "unreachable-step" }.map(\.code) == [code], "\(findings.map(\.description))")
    }

    @Test func testsSetTheClock() throws {
        let (set, findings) = check(
            """
            scenario: s
            zone: Europe/Berlin
            locales: [en, de]
            vars: {n: {type: int, init: 0}}
            schedules: {office: {open: [{days: mon-fri, from: "08:30", to: "17:00"}], override: {flag: night}}}
            states:
              a: [answer, play: [hello], set: {n: n + 1}, locale: de, {during: office, then: {goto: open}, else: {goto: closed}}]
              open: [{say: {digits: 12}}, hangup]
              closed: [play: [bye], hangup]
            tests:
              - {name: open, clock: "2026-03-03T10:00", expect: {path: [a, open], locale: de, heard: [hello, {say: {digits: 12}}], variables: {n: 1}}}
              - {name: night, clock: "2026-03-03T10:00", mock: {flags: [night]}, expect: {path: [a, closed], heard: [bye]}}
              - {name: none, expect: {path: [a, open]}}
              - {name: bad, clock: "2026-03-03T20:00", expect: {state: open, locale: en, heard: [bye, hello], variables: {n: 2}}}
            """)
        #expect(findings.map(\.description) == [])
        let loaded = try required(set, "set")
        let scenario = try required(loaded["s"], "s")
        #expect(scenario.tests.map { $0.run(scenario, in: loaded).count } == [0, 0, 0, 4])
    }

    @Test(arguments: [
        ("clock: today, expect: {}", "wrong-type"), ("mock: {dail: [x]}, expect: {}", "unknown-field"),
        ("expect: {heard: [[x]]}", "wrong-type"),
        ("expect: {variables: {x: 1}}", "undefined-variable"), ("expect: {heard: [{say: {digit: 1}}]}", "unknown-field"),
    ])
    func mistakesInTests(fields: String, code: String) {
        let findings = check("scenario: s\nstates: {a: [hangup]}\ntests: [{name: x, \(fields)}]\n").findings
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.description))")
    }
}
