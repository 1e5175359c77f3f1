import Findings

/// A word, number, text or sign of an expression, with the offset in characters at which it stands.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        case name(String)
        case int(Int)
        case decimal(Double)
        case duration(Duration)
        case text(String)
        case sign(String)
        case end
    }

    var kind: Kind
    var offset: Int
}

/// Why an expression is refused, and at which character of it.
struct ExpressionError: Error, Equatable {
    var offset: Int
    var code = "expression"
    var message: String
    var mend: String?
}

extension ExpressionToken {
    static func read(_ text: String) throws(ExpressionError) -> [ExpressionToken] {
        let characters = Array(text)
        guard characters.count <= 1000 else { throw ExpressionError(offset: 0, message: "the expression is longer than 1000 characters") }
        var tokens: [ExpressionToken] = []
        var index = 0
        while index < characters.count {
            let start = index
            let character = characters[index]
            func run(while condition: (Character) -> Bool) -> String {
                while index < characters.count, condition(characters[index]) { index += 1 }
                return String(characters[start..<index])
            }
            let kind: Kind
            if character == " " || character == "\t" || character == "\n" {
                index += 1
                continue
            } else if character.isASCII, character.isLetter || character == "_" {
                kind = .name(run { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            } else if character.isASCII, character.isNumber {
                let word = run { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == ".") }
                if let value = Int(word) {
                    kind = .int(value)
                } else if let value = Duration(written: word) {
                    kind = .duration(value)
                } else if let value = Double(word), word.allSatisfy({ $0.isNumber || $0 == "." }) {
                    kind = .decimal(value)
                } else {
                    throw ExpressionError(offset: start, message: "`\(word)` is neither a number nor a duration")
                }
            } else if character == "'" || character == "\"" {
                guard let end = characters[(start + 1)...].firstIndex(of: character) else {
                    throw ExpressionError(offset: start, message: "the text that begins here has no closing \(character)")
                }
                kind = .text(String(characters[(start + 1)..<end]))
                index = end + 1
            } else {
                let pair = String(characters[start..<min(start + 2, characters.count)])
                if ["==", "!=", "<=", ">="].contains(pair) {
                    kind = .sign(pair)
                } else if "<>+-*/()[],.".contains(character) {
                    kind = .sign(String(character))
                } else {
                    let mend =
                        character == "=" ? "to compare write ==" : character == "{" ? "an expression names a variable without braces" : nil
                    throw ExpressionError(offset: start, message: "`\(character)` has no meaning in an expression", mend: mend)
                }
                if case .sign(let sign) = kind { index += sign.count }
            }
            tokens.append(ExpressionToken(kind: kind, offset: start))
        }
        tokens.append(ExpressionToken(kind: .end, offset: characters.count))
        return tokens
    }
}
