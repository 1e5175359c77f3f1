/// Turns keys, letters, numbers, days and times into the names of the clips that speak them, by the tables of one locale.
package struct SayGrammar: Sendable {
    /// The language, `en`.
    package let language: String
    let keys: [Character: String] = ["*": "star", "#": "pound", "+": "plus"]
    let signs: [Character: String] = [
        ".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", ":": "colon", " ": "space",
    ]
    /// Letters beyond a to z that the language spells by names of their own.
    let letters: [Character: String]
    let numbers: NumberWords
    let clock: ClockWords

    /// The grammar of a locale; `en-GB` finds `en`. Nil when there is none.
    package static func of(locale: String) -> SayGrammar? {
        [english, german].first { locale == $0.language || locale.hasPrefix($0.language + "-") || locale.hasPrefix($0.language + "_") }
    }

    package static let english = SayGrammar(
        language: "en", letters: [:],
        numbers: NumberWords(
            joinsHundreds: true, onesComeFirst: false, stemOfOne: "1", countedOne: "1", millions: "million", spokenYearPairs: 1100...2099),
        clock: .english)

    package static let german = SayGrammar(
        language: "de", letters: ["ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"],
        numbers: NumberWords(
            joinsHundreds: false, onesComeFirst: true, stemOfOne: "ein", countedOne: "eine", millions: "millions",
            spokenYearPairs: 1100...1999),
        clock: .german)

    /// Longer texts are cut: nobody listens to the end of them.
    package static let textLimit = 200

    /// Not a clip: stands for a short silence between groups.
    package static let pause = "(pause)"

    /// The clips for a kind of `say`, in the words of the scenario language, and its text:
    ///
    /// - `digits`, `spell`, `phone`: any text
    /// - `number`, `count`: a whole number
    /// - `date`: `tue 03-03` or `2024-03-03`
    /// - `time`: `08:30`
    /// - `duration`: whole seconds
    /// - `next_opening`: `today 08:30`, `tomorrow 08:30`, `mon 08:30`, `2026-03-16 08:30`, or nothing
    ///
    /// What does not fit its kind is spoken key by key, which says the most.
    package func clips(saying kind: String, _ text: String) -> [String] {
        switch kind {
        case "spell": clips(spelling: text)
        case "phone": clips(phone: text)
        case "number": Int(text).map(clips(number:)) ?? clips(digits: text)
        case "count": Int(text).map(clips(count:)) ?? clips(digits: text)
        case "date": clips(date: text) ?? clips(digits: text)
        case "time": clips(time: text) ?? clips(digits: text)
        case "duration": Int(text).map(clips(seconds:)) ?? clips(digits: text)
        case "next_opening": clips(opening: text)
        default: clips(digits: text)
        }
    }

    /// Every clip that a kind may need; nil for a kind that there is none of.
    package func allClips(saying kind: String) -> Set<String>? {
        let digits = Set((keys.values + (0...9).map(String.init)).map { "digits/\($0)" })
        let alphabet = Set("abcdefghijklmnopqrstuvwxyz".map { "letters/\($0)" })
        switch kind {
        case "digits": return digits.union(alphabet)
        case "phone": return digits.union(alphabet)
        case "spell": return digits.union(alphabet).union((Array(signs.values) + Array(letters.values)).map { "letters/\($0)" })
        case "number": return numbers.all.union(digits)
        case "count": return numbers.all.union(digits).union(["number/\(numbers.countedOne)"])
        case "date": return allDateClips
        case "time": return allTimeClips
        case "duration": return numbers.all.union(["number/\(numbers.countedOne)"]).union(clock.units.flatMap { $0 })
        case "next_opening": return allDateClips.union(allTimeClips).union(["time/today", "time/tomorrow", "time/at"])
        default: return nil
        }
    }
}

// MARK: Keys and letters

extension SayGrammar {
    /// Key by key, as one dials. What is neither a key nor a letter (spaces, brackets of a written number) is left out.
    package func clips(digits text: String) -> [String] {
        text.prefix(Self.textLimit).compactMap { key($0) ?? plainLetter($0) }
    }

    /// Letter by letter, keys and the usual signs of addresses included; what has no clip is left out.
    package func clips(spelling text: String) -> [String] {
        text.prefix(Self.textLimit).compactMap { character in
            if let key = key(character) { return key }
            let name = signs[character] ?? letters[Character(character.lowercased())]
            return name.map { "letters/\($0)" } ?? plainLetter(character)
        }
    }

    /// Key by key in groups: as the number is written where it has spaces or dashes, else three and three, at the end up to four.
    package func clips(phone text: String) -> [String] {
        let parts = text.prefix(Self.textLimit).split { " -/()".contains($0) }.map { clips(digits: String($0)) }.filter { !$0.isEmpty }
        let groups = parts.count > 1 ? parts : parts.flatMap(Self.grouped)
        return Array(groups.joined(separator: [Self.pause]))
    }

    private static func grouped(_ keys: [String]) -> [[String]] {
        var groups: [[String]] = []
        var rest = keys[...]
        if rest.first == "digits/plus" {
            // A country's code is two digits long more often than one or three.
            groups.append(Array(rest.prefix(3)))
            rest = rest.dropFirst(3)
        }
        while rest.count > 4 {
            groups.append(Array(rest.prefix(3)))
            rest = rest.dropFirst(3)
        }
        if !rest.isEmpty { groups.append(Array(rest)) }
        return groups
    }

    private func plainLetter(_ character: Character) -> String? {
        character.isASCII && character.isLetter ? "letters/\(character.lowercased())" : nil
    }

    private func key(_ character: Character) -> String? {
        if character.isASCII, character.isNumber { return "digits/\(character)" }
        return keys[character].map { "digits/\($0)" }
    }
}
