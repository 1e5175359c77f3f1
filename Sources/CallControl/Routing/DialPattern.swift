/// A pattern of what is dialled, in the manner of dial plans: `3XXX`, `vm-{box:1XXX}`, `*97`, `moh`.
///
/// `X` is 0-9, `Z` 1-9, `N` 2-9, `[45]` or `[4-6a-c]` one of a set, `.` one or more of anything (only at the end); `{name:…}` names
/// a part, which a route hands to its scenario. All else stands for itself, letters without regard to case.
package struct DialPattern: Sendable, CustomStringConvertible {
    private enum Element: Sendable {
        case literal(Character)
        case oneOf(Set<Character>)
        case rest
    }

    private struct Part: Sendable {
        var name: String
        var range: Range<Int>
    }

    package let description: String
    private var elements: [Element] = []
    private var parts: [Part] = []

    /// What is wrong with a pattern, and where in it.
    package struct Mistake: Error, CustomStringConvertible {
        package let description: String
    }

    package var partNames: [String] { parts.map(\.name) }

    /// A pattern that stands for itself alone, whatever signs are in it.
    init(itself text: String) {
        description = text
        elements = text.map { .literal($0.lowercased().first ?? $0) }
    }

    package init(_ text: String) throws(Mistake) {
        description = text
        guard !text.isEmpty else { throw Mistake(description: "the pattern is empty") }
        var open: (name: String, start: Int)?
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if case .rest = elements.last, character != "}" { throw Mistake(description: "`.` stands only at the end") }
            switch character {
            case "X": elements.append(.oneOf(Set("0123456789")))
            case "Z": elements.append(.oneOf(Set("123456789")))
            case "N": elements.append(.oneOf(Set("23456789")))
            case ".": elements.append(.rest)
            case "[":
                guard let end = rest.firstIndex(of: "]") else { throw Mistake(description: "`[` has no `]`") }
                elements.append(.oneOf(try Self.set(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            case "{":
                guard open == nil else { throw Mistake(description: "`{` inside `{…}`") }
                guard let colon = rest.firstIndex(of: ":") else { throw Mistake(description: "a named part is written {name:pattern}") }
                let name = String(rest[..<colon])
                guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
                    throw Mistake(description: "`\(name)` is no name: letters, digits and _ only")
                }
                guard !parts.contains(where: { $0.name == name }) else { throw Mistake(description: "`\(name)` names two parts") }
                open = (name, elements.count)
                rest = rest[rest.index(after: colon)...]
            case "}":
                guard let part = open, part.start < elements.count else { throw Mistake(description: "`}` closes nothing") }
                parts.append(Part(name: part.name, range: part.start..<elements.count))
                open = nil
            default: elements.append(.literal(Character(character.lowercased())))
            }
        }
        guard open == nil else { throw Mistake(description: "`{` has no `}`") }
        guard elements.count <= 128 else { throw Mistake(description: "the pattern is longer than 128 signs") }
    }

    /// The named parts of `dialled` when the whole of it matches, else nil.
    package func match(_ dialled: String) -> [String: String]? {
        let characters = Array(dialled)
        var lengthOfRest = 1
        if case .rest = elements.last {
            guard characters.count >= elements.count else { return nil }
            lengthOfRest = characters.count - elements.count + 1
        } else if characters.count != elements.count {
            return nil
        }
        for (index, element) in elements.enumerated() {
            switch element {
            case .literal(let wanted): guard characters[index].lowercased() == String(wanted) else { return nil }
            case .oneOf(let set): guard set.contains(characters[index]) else { return nil }
            case .rest: break
            }
        }
        var named: [String: String] = [:]
        for part in parts {
            let reachesEnd = part.range.upperBound == elements.count
            let upper = reachesEnd ? part.range.upperBound - 1 + lengthOfRest : part.range.upperBound
            named[part.name] = String(characters[part.range.lowerBound..<min(upper, characters.count)])
        }
        return named
    }

    private static func set(_ text: Substring) throws(Mistake) -> Set<Character> {
        let characters = Array(text)
        var result: Set<Character> = []
        var index = 0
        while index < characters.count {
            if index + 2 < characters.count, characters[index + 1] == "-" {
                guard let low = characters[index].asciiValue, let high = characters[index + 2].asciiValue, low <= high else {
                    throw Mistake(description: "[\(text)] has a range that runs backwards")
                }
                for code in low...high { result.insert(Character(Unicode.Scalar(code))) }
                index += 3
            } else {
                result.insert(characters[index])
                index += 1
            }
        }
        guard !result.isEmpty else { throw Mistake(description: "[] matches nothing") }
        return result
    }
}
