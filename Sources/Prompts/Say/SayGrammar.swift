/// Turns keys, letters and numbers into the names of the clips that speak them, by the tables of one locale.
package struct SayGrammar: Sendable {
    private let keys: [Character: String]
    private let signs: [Character: String]
    private let letterFolder: String
    private let numberFolder: String
    /// Whether a hundred is joined to what follows: `one hundred and five`.
    private let joinsHundreds: Bool

    /// The grammar of a locale; `en-GB` finds `en`. Nil when there is none.
    package static func of(locale: String) -> SayGrammar? {
        locale == "en" || locale.hasPrefix("en-") || locale.hasPrefix("en_") ? .english : nil
    }

    package static let english = SayGrammar(
        keys: ["*": "star", "#": "pound", "+": "plus"],
        signs: [".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", ":": "colon", " ": "space"],
        letterFolder: "letters", numberFolder: "number", joinsHundreds: true)

    /// Longer texts are cut: nobody listens to the end of them.
    package static let textLimit = 200

    /// Key by key, as one dials. What is neither a key nor a letter (spaces, brackets of a written number) is left out.
    package func clips(digits text: String) -> [String] {
        text.prefix(Self.textLimit).compactMap { character in
            key(character) ?? (character.isASCII && character.isLetter ? letter(character) : nil)
        }
    }

    /// Letter by letter, keys and the usual signs of addresses included; what has no clip is left out.
    package func clips(spelling text: String) -> [String] {
        text.prefix(Self.textLimit).compactMap { character in
            if let key = key(character) { return key }
            if let sign = signs[character] { return "\(letterFolder)/\(sign)" }
            return character.isASCII && character.isLetter ? letter(character) : nil
        }
    }

    /// A whole number from -999,999,999 to 999,999,999; larger ones are spoken digit by digit.
    package func clips(number: Int) -> [String] {
        guard number.magnitude <= 999_999_999 else {
            let digits = clips(digits: String(number.magnitude))
            return number < 0 ? [word("minus")] + digits : digits
        }
        let magnitude = Int(number.magnitude)
        var clips = number < 0 ? [word("minus")] : []
        if magnitude == 0 { return [word("0")] }
        for (unit, name) in [(1_000_000, "million"), (1000, "thousand")] where magnitude / unit % 1000 > 0 {
            clips += belowThousand(magnitude / unit % 1000) + [word(name)]
        }
        let rest = magnitude % 1000
        // `one thousand and five`, but `one thousand one hundred`.
        if rest > 0, rest < 100, magnitude >= 1000, joinsHundreds { clips.append(word("and")) }
        return rest > 0 ? clips + belowThousand(rest) : clips
    }

    private func belowThousand(_ number: Int) -> [String] {
        var clips: [String] = []
        if number >= 100 {
            clips += [word(String(number / 100)), word("hundred")]
            if number % 100 > 0, joinsHundreds { clips.append(word("and")) }
        }
        let rest = number % 100
        if rest > 20 {
            clips.append(word(String(rest / 10 * 10)))
            if rest % 10 > 0 { clips.append(word(String(rest % 10))) }
        } else if rest > 0 {
            clips.append(word(String(rest)))
        }
        return clips
    }

    private func word(_ name: String) -> String { "\(numberFolder)/\(name)" }

    private func letter(_ character: Character) -> String { "\(letterFolder)/\(character.lowercased())" }

    private func key(_ character: Character) -> String? {
        if character.isASCII, character.isNumber { return "digits/\(character)" }
        return keys[character].map { "digits/\($0)" }
    }
}
