import Findings

/// A key sequence or number pattern: keys stand for themselves, `X` is 0-9, `Z` 1-9, `N` 2-9, `[45]` or `[2-5]` a set,
/// and a `.` at the end one or more of anything.
package struct DigitPattern: Hashable, Sendable {
    package let written: String
    /// One set of keys a position, a bit a key in the order of `TelephoneKeys.all`.
    let positions: [UInt16]
    let hasTail: Bool

    package enum Match: Sendable { case none, partial, full }

    /// Plain keys only, as under `keys`.
    init?(keys: String) {
        guard let keys = TelephoneKeys.read(keys), !keys.isEmpty, keys.count <= 32 else { return nil }
        written = keys
        positions = keys.map(Self.bit)
        hasTail = false
    }

    init?(pattern: String) {
        var positions: [UInt16] = []
        var rest = Substring(TelephoneKeys.read(pattern) ?? pattern)
        var hasTail = false
        while let character = rest.popFirst() {
            switch character {
            case "X": positions.append(Self.bits("0123456789"))
            case "Z": positions.append(Self.bits("123456789"))
            case "N": positions.append(Self.bits("23456789"))
            case ".":
                guard rest.isEmpty else { return nil }
                hasTail = true
            case "[":
                guard let end = rest.firstIndex(of: "]"), let set = Self.set(Array(rest[..<end])) else { return nil }
                positions.append(set)
                rest = rest[rest.index(after: end)...]
            case _ where TelephoneKeys.isKey(character): positions.append(Self.bit(character))
            default: return nil
            }
        }
        guard !positions.isEmpty || hasTail, positions.count <= 32 else { return nil }
        written = pattern
        self.positions = positions
        self.hasTail = hasTail
    }

    private static func set(_ characters: [Character]) -> UInt16? {
        var set: UInt16 = 0
        var index = 0
        while index < characters.count {
            guard TelephoneKeys.isKey(characters[index]) else { return nil }
            if index + 2 < characters.count, characters[index + 1] == "-" {
                guard let low = characters[index].wholeNumberValue, let high = characters[index + 2].wholeNumberValue, low <= high else {
                    return nil
                }
                for digit in low...high { set |= 1 << UInt16(digit) }
                index += 3
            } else {
                set |= bit(characters[index])
                index += 1
            }
        }
        return set == 0 ? nil : set
    }

    private static func bits(_ keys: String) -> UInt16 { keys.reduce(0) { $0 | bit($1) } }

    private static func bit(_ key: Character) -> UInt16 {
        TelephoneKeys.all.firstIndex(of: key).map { 1 << UInt16($0) } ?? 0
    }

    /// How far `typed` fits.
    func match(_ typed: String) -> Match {
        let keys = Array(typed)
        guard hasTail || keys.count <= positions.count else { return .none }
        for (key, set) in zip(keys, positions) where Self.bit(key) & set == 0 { return .none }
        return keys.count >= positions.count + (hasTail ? 1 : 0) ? .full : .partial
    }

    /// Whether something longer than `typed` could fit too.
    func canGrow(beyond typed: String) -> Bool {
        match(typed) != .none && (hasTail || typed.count < positions.count)
    }

    /// Some string fits both.
    func overlaps(_ other: DigitPattern) -> Bool {
        guard meets(other) else { return false }
        switch (hasTail, other.hasTail) {
        case (false, false): return positions.count == other.positions.count
        case (true, false): return other.positions.count > positions.count
        case (false, true): return positions.count > other.positions.count
        case (true, true): return true
        }
    }

    /// Some string fits this, and a longer one that begins with it fits the other.
    func isPrefix(of other: DigitPattern) -> Bool {
        guard meets(other) else { return false }
        return hasTail
            ? other.hasTail || other.positions.count > positions.count + 1 : other.hasTail || other.positions.count > positions.count
    }

    private func meets(_ other: DigitPattern) -> Bool {
        zip(positions, other.positions).allSatisfy { $0 & $1 != 0 }
    }
}
