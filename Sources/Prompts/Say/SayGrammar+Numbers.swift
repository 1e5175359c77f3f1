/// How a language puts its numbers together.
struct NumberWords: Sendable {
    /// Whether a hundred is joined to what follows: `one hundred and five`.
    let joinsHundreds: Bool
    /// `einundzwanzig`: the ones, in a clip of their own with the `und`, stand before the tens.
    let onesComeFirst: Bool
    /// One before hundred and thousand, and one before what is counted.
    let stemOfOne: String
    let countedOne: String
    let millions: String
    /// Years that are spoken as two numbers: `nineteen eighty-four`.
    let spokenYearPairs: ClosedRange<Int>

    /// Every clip that a number may need.
    var all: Set<String> {
        var names = (0...20).map(String.init) + (3...9).map { String($0 * 10) } + ["hundred", "thousand", "million", millions, "minus"]
        if joinsHundreds { names.append("and") }
        if onesComeFirst { names += (1...9).map { "\($0)-and" } }
        if stemOfOne != "1" { names += [stemOfOne, countedOne] }
        return Set(names.map { "number/\($0)" })
    }
}

extension SayGrammar {
    /// A whole number from -999,999,999 to 999,999,999; larger ones are spoken digit by digit.
    package func clips(number: Int) -> [String] { clips(number: number, one: "1") }

    /// How many there are of something (in German something feminine, such as a message).
    package func clips(count: Int) -> [String] { clips(number: count, one: numbers.countedOne) }

    func clips(number: Int, one: String) -> [String] {
        guard number.magnitude <= 999_999_999 else {
            let digits = clips(digits: String(number.magnitude))
            return number < 0 ? [word("minus")] + digits : digits
        }
        let magnitude = Int(number.magnitude)
        var clips = number < 0 ? [word("minus")] : []
        if magnitude == 0 { return [word("0")] }
        let (millions, thousands, rest) = (magnitude / 1_000_000, magnitude / 1000 % 1000, magnitude % 1000)
        if millions == 1 {
            clips += [word(numbers.countedOne), word("million")]
        } else if millions > 0 {
            clips += belowThousand(millions, one: numbers.stemOfOne) + [word(numbers.millions)]
        }
        if thousands > 0 { clips += belowThousand(thousands, one: numbers.stemOfOne) + [word("thousand")] }
        // `one thousand and five`, but `one thousand one hundred`.
        if rest > 0, rest < 100, magnitude >= 1000, numbers.joinsHundreds { clips.append(word("and")) }
        return rest > 0 ? clips + belowThousand(rest, one: one) : clips
    }

    private func belowThousand(_ number: Int, one: String) -> [String] {
        var clips: [String] = []
        if number >= 100 {
            clips += [word(number / 100 == 1 ? numbers.stemOfOne : String(number / 100)), word("hundred")]
            if number % 100 > 0, numbers.joinsHundreds { clips.append(word("and")) }
        }
        let rest = number % 100
        let (tens, ones) = (String(rest / 10 * 10), String(rest % 10))
        switch rest {
        case 0: break
        case 1: clips.append(word(one))
        case 2...20: clips.append(word(String(rest)))
        case _ where rest % 10 == 0: clips.append(word(tens))
        default: clips += numbers.onesComeFirst ? [word("\(ones)-and"), word(tens)] : [word(tens), word(ones)]
        }
        return clips
    }

    /// `twenty twenty-six`, `neunzehnhundertvierundachtzig`.
    func clips(year: Int) -> [String] {
        let (century, rest) = (year / 100, year % 100)
        guard numbers.spokenYearPairs.contains(year), !(2000...2009).contains(year) else { return clips(number: year) }
        if numbers.onesComeFirst || rest == 0 {
            return clips(number: century) + [word("hundred")] + (rest == 0 ? [] : clips(number: rest))
        }
        return clips(number: century) + (rest < 10 ? ["time/oh"] : []) + clips(number: rest)
    }

    func word(_ name: String) -> String { "number/\(name)" }
}
