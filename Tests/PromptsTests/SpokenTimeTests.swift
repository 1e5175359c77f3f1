import Prompts
import Testing

/// German numbers, and days and times in both languages.
@Suite struct SpokenTimeTests {
    private func words(_ grammar: SayGrammar, _ kind: String, _ text: String) -> String {
        grammar.clips(saying: kind, text).map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: " ")
    }

    @Test(arguments: [
        ("0", "0"), ("1", "1"), ("16", "16"), ("20", "20"), ("21", "1-and 20"), ("30", "30"), ("99", "9-and 90"), ("100", "ein hundert"),
        ("101", "ein hundert 1"), ("121", "ein hundert 1-and 20"), ("1000", "ein thousand"), ("1001", "ein thousand 1"),
        ("21000", "1-and 20 thousand"), ("201000", "2 hundred ein thousand"),
        ("1000000", "eine million"), ("2000017", "2 millions 17"), ("101000000", "ein hundert ein millions"), ("-7", "minus 7"),
        ("999999999", "9 hundred 9-and 90 millions 9 hundred 9-and 90 thousand 9 hundred 9-and 90"),
    ])
    func germanNumbers(number: String, spoken: String) {
        #expect(words(.german, "number", number) == spoken.replacing("hundert", with: "hundred"))
    }

    @Test func countsOfOne() {
        #expect(words(.german, "count", "1") == "eine")
        #expect(words(.english, "count", "1") == "1")
        #expect(words(.german, "count", "21") == "1-and 20")
    }

    @Test(arguments: [
        ("00:00", "midnight", "0 oclock"), ("12:00", "noon", "12 oclock"), ("08:30", "8 30 am", "8 oclock 30"),
        ("13:05", "1 oh 5 pm", "13 oclock 5"), ("01:00", "1 am", "ein oclock"), ("21:45", "9 40 5 pm", "1-and 20 oclock 5-and 40"),
        ("12:01", "12 oh 1 pm", "12 oclock 1"), ("00:59", "12 50 9 am", "0 oclock 9-and 50"),
    ])
    func times(time: String, english: String, german: String) {
        #expect(words(.english, "time", time) == english)
        #expect(words(.german, "time", time) == german)
    }

    @Test(arguments: [
        ("tue 03-03", "on tue mar 3", "on tue the 3 mar"), ("2024-02-29", "on feb 29 20 20 4", "on 29 feb 2 thousand 4-and 20"),
        ("2005-12-01", "on dec 1 2 thousand and 5", "on 1 dec 2 thousand 5"),
        ("1984-01-31", "on jan 31 19 80 4", "on 31 jan 19 hundred 4-and 80"),
        ("1905-05-05", "on may 5 19 oh 5", "on 5 may 19 hundred 5"), ("1900-05-05", "on may 5 19 hundred", "on 5 may 19 hundred"),
    ])
    func dates(date: String, english: String, german: String) {
        #expect(words(.english, "date", date) == english)
        #expect(words(.german, "date", date) == german)
    }

    @Test func durations() {
        for (seconds, english, german) in [
            ("0", "0 seconds", "0 seconds"), ("1", "1 second", "eine second"), ("90", "1 minute 30 seconds", "eine minute 30 seconds"),
            ("3600", "1 hour", "eine hour"), ("7262", "2 hours 1 minute 2 seconds", "2 hours eine minute 2 seconds"),
            ("-5", "0 seconds", "0 seconds"),
        ] {
            #expect(words(.english, "duration", seconds) == english)
            #expect(words(.german, "duration", seconds) == german)
        }
    }

    @Test func openings() {
        #expect(words(.english, "next_opening", "today 08:30") == "today at 8 30 am")
        #expect(words(.german, "next_opening", "tomorrow 08:30") == "tomorrow at 8 oclock 30")
        #expect(words(.german, "next_opening", "mon 08:00") == "on mon at 8 oclock")
        #expect(words(.english, "next_opening", "2026-03-16 12:00") == "on mar 16 20 20 6 at noon")
        #expect(words(.english, "next_opening", "") == "")
    }

    @Test(arguments: [
        ("0176 123", "0 1 7 6 (pause) 1 2 3"), ("12345", "1 2 3 (pause) 4 5"), ("1234", "1 2 3 4"),
        ("03012345678", "0 3 0 (pause) 1 2 3 (pause) 4 5 6 (pause) 7 8"),
        ("+4930123456", "plus 4 9 (pause) 3 0 1 (pause) 2 3 4 (pause) 5 6"), ("", ""), ("- -", ""),
    ])
    func telephoneNumbers(number: String, spoken: String) {
        #expect(words(.english, "phone", number) == spoken)
    }

    @Test func germanLettersAreSpelt() {
        #expect(words(.german, "spell", "Äß") == "ae ss")
        #expect(words(.english, "spell", "Äß") == "")
    }

    /// Whatever is said is made of the clips that are said to be needed.
    @Test(arguments: ["en", "de"])
    func theListOfClipsIsComplete(locale: String) throws {
        let grammar = try #require(SayGrammar.of(locale: locale))
        var texts: [String: [String]] = [
            "digits": ["0123456789*#+abcXYZ"], "spell": ["abcdefghijklmnopqrstuvwxyzäöüß0123456789.-_@/: *#+"],
            "phone": ["+49 (30) 12345678x"],
            "number": (0...1200).map(String.init) + ["-1", "1234567", "999999999", "1001001", "9876543210"],
        ]
        texts["count"] = texts["number"]
        texts["duration"] = (0...400).map { String($0 * 37) } + ["999999999999"]
        texts["time"] = (0..<1440).map { "\($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60)" }
        texts["date"] =
            (1...12).flatMap { month in
                (1...31).flatMap { ["2026-\(month)-\($0)", "sun \(month)-\($0)", "\(1800 + month * $0)-\(month)-\($0)"] }
            } + ["mon 03-03", "tue 03-03", "wed 03-03", "thu 03-03", "fri 03-03", "sat 03-03"]
        texts["next_opening"] = ["today 08:30", "tomorrow 17:05", "fri 00:00", "2026-03-16 12:00", ""]
        for (kind, texts) in texts {
            let all = try #require(grammar.allClips(saying: kind))
            let needed = Set(texts.flatMap { grammar.clips(saying: kind, $0) }).subtracting([SayGrammar.pause])
            #expect(needed.isSubset(of: all), "\(kind): \(needed.subtracting(all).sorted())")
        }
        #expect(grammar.allClips(saying: "money") == nil)
    }

    @Test func nonsenseIsSpelledOutAndNeverTraps() {
        for grammar in [SayGrammar.english, .german] {
            for kind in ["number", "count", "date", "time", "duration", "next_opening", "phone", "x"] {
                for text in [
                    "", " ", "-", ":", "99:99", "2026-99-99", "mon", "mon x-y", "tue 3-", "9999999999999999999999", "-9223372036854775808",
                    "é",
                ] {
                    _ = grammar.clips(saying: kind, text)
                }
            }
        }
    }
}
