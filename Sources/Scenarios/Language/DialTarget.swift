/// A pattern of addresses that calls may be sent to: `sip:[1-9]XX@pbx.example`.
///
/// In the part before the `@`, `X` is 0-9, `Z` 1-9, `N` 2-9, `[45]` or `[2-5]` one of a set, and `*` at its end one or more of anything
/// that needs no escaping there. All else stands for itself, letters without regard to case. Nothing may follow the host and its port but
/// what the pattern has there, so nobody can add parameters or headers.
package struct DialTarget: Hashable, Sendable, CustomStringConvertible {
    fileprivate enum Element: Hashable, Sendable {
        case literal(Character)
        case oneOf(Set<Character>)
        case rest
    }

    /// What is wrong with a pattern.
    package struct Mistake: Error, CustomStringConvertible {
        package let description: String
    }

    package let description: String
    fileprivate var elements: [Element] = []

    package init(_ text: String) throws(Mistake) {
        description = text
        guard let scheme = ["sip:", "sips:", "tel:"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw Mistake(description: "a target begins with sip:, sips: or tel:")
        }
        guard text.count <= 256 else { throw Mistake(description: "the pattern is longer than 256 signs") }
        elements = scheme.map { .literal($0) }
        var rest = text.dropFirst(scheme.count)
        // Only the user part is a pattern; a dot of the host is a dot. A tel: URI has nothing but its number.
        var isUser = scheme == "tel:" || rest.contains("@")
        while let character = rest.popFirst() {
            if character == "@" { isUser = false }
            guard isUser else {
                elements.append(.literal(Character(character.lowercased())))
                continue
            }
            switch character {
            case "X": elements.append(.oneOf(Set("0123456789")))
            case "Z": elements.append(.oneOf(Set("123456789")))
            case "N": elements.append(.oneOf(Set("23456789")))
            case "*":
                guard rest.isEmpty || rest.first == "@" else { throw Mistake(description: "`*` stands only at the end of the user part") }
                elements.append(.rest)
            case "[":
                guard let end = rest.firstIndex(of: "]"), let set = Self.set(Array(rest[..<end])) else {
                    throw Mistake(description: "a set is written [45] or [2-5]")
                }
                elements.append(.oneOf(set))
                rest = rest[rest.index(after: end)...]
            default: elements.append(.literal(Character(character.lowercased())))
            }
        }
        guard elements.count > scheme.count, elements.last != .literal("@") else { throw Mistake(description: "the target names nobody") }
    }

    private static func set(_ characters: [Character]) -> Set<Character>? {
        var set: Set<Character> = []
        var index = 0
        while index < characters.count {
            guard characters[index].isASCII, characters[index].isLetter || characters[index].isNumber else { return nil }
            if index + 2 < characters.count, characters[index + 1] == "-" {
                guard let low = characters[index].asciiValue, let high = characters[index + 2].asciiValue, low <= high else { return nil }
                for code in low...high { set.insert(Character(Unicode.Scalar(code))) }
                index += 3
            } else {
                set.insert(characters[index])
                index += 1
            }
        }
        return set.isEmpty ? nil : set
    }

    /// The characters of a user part that mean nothing but themselves (RFC 3261 §25.1, unreserved), and `+`.
    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.!~*'()+".contains(character))
    }

    fileprivate static func fits(_ character: Character, _ element: Element) -> Bool {
        switch element {
        case .literal(let wanted): character.isASCII && character.lowercased() == String(wanted)
        case .oneOf(let set): set.contains(character)
        case .rest: isPlain(character)
        }
    }

    /// Whether the whole of `address` fits.
    package func matches(_ address: String) -> Bool {
        address.utf8.count <= 512 && canMatch(address.map { .literal($0) })
    }
}

extension DialTarget {
    /// A piece of an address that is not known in full before the call: a character that is written, or what a variable holds.
    enum Piece: Equatable {
        case literal(Character)
        case anything
    }

    /// Whether some values of the variables make an address that fits.
    func canMatch(_ pieces: [Piece]) -> Bool {
        // The set of pattern positions that the pieces so far can have led to; `rest` stays where it is once it has taken one.
        var reached: Set<Int> = [0]
        for piece in pieces {
            var next: Set<Int> = []
            switch piece {
            case .literal(let character):
                for position in reached {
                    if position < elements.count, Self.fits(character, elements[position]) { next.insert(position + 1) }
                    if position > 0, elements[position - 1] == .rest, Self.fits(character, .rest) { next.insert(position) }
                }
            case .anything:
                if let first = reached.min() { next = Set(first...elements.count) }
            }
            reached = next
            if reached.isEmpty { return false }
        }
        return reached.contains(elements.count)
    }
}

extension Expression {
    /// The pieces of the address that this makes.
    var addressPieces: [DialTarget.Piece] {
        switch self {
        case .literal(let value): value.asText.map { .literal($0) }
        case .joined(let parts): parts.flatMap(\.addressPieces)
        default: [.anything]
        }
    }
}
