import Prompts
import Testing

@Suite struct SayGrammarTests {
    let english = SayGrammar.english

    private func words(_ number: Int) -> String {
        english.clips(number: number).map { $0.split(separator: "/")[1] }.joined(separator: " ")
    }

    @Test(arguments: [
        (0, "0"), (1, "1"), (11, "11"), (20, "20"), (21, "20 1"), (90, "90"), (99, "90 9"), (100, "1 hundred"), (105, "1 hundred and 5"),
        (999, "9 hundred and 90 9"), (1000, "1 thousand"), (1005, "1 thousand and 5"), (1100, "1 thousand 1 hundred"),
        (12_345, "12 thousand 3 hundred and 40 5"), (1_000_000, "1 million"), (2_000_017, "2 million and 17"),
        (999_999_999, "9 hundred and 90 9 million 9 hundred and 90 9 thousand 9 hundred and 90 9"), (-7, "minus 7"),
    ])
    func numbers(number: Int, spoken: String) {
        #expect(words(number) == spoken)
    }

    @Test func numbersBeyondTheTableAreSpokenAsDigits() {
        #expect(english.clips(number: 1_000_000_000) == ["digits/1"] + Array(repeating: "digits/0", count: 9))
        #expect(english.clips(number: .min).first == "number/minus")
        #expect(english.clips(number: .min).count == 20)
    }

    @Test func digitsLeaveOutWhatIsNoKey() {
        #expect(english.clips(digits: "+1 (2)*#") == ["digits/plus", "digits/1", "digits/2", "digits/star", "digits/pound"])
        #expect(english.clips(digits: "A") == ["letters/a"])
        #expect(english.clips(digits: "") == [])
    }

    @Test func spellingKnowsLettersKeysAndSigns() {
        #expect(
            english.clips(spelling: "Al-1@b.") == [
                "letters/a", "letters/l", "letters/dash", "digits/1", "letters/at", "letters/b", "letters/dot",
            ])
        #expect(english.clips(spelling: "é漢\u{0}") == [])
    }

    @Test func longTextsAreCut() {
        #expect(english.clips(spelling: String(repeating: "a", count: 10_000)).count == SayGrammar.textLimit)
    }

    @Test func localesFallBackToTheirLanguage() {
        #expect(SayGrammar.of(locale: "en-GB") != nil)
        #expect(SayGrammar.of(locale: "de-AT")?.language == "de")
        #expect(SayGrammar.of(locale: "den") == nil)
        #expect(SayGrammar.of(locale: "fr") == nil)
    }
}
