/// Why a PIN is not taken.
package enum PINRefusal: String, Sendable, CaseIterable {
    case notDigits = "not-digits"
    case tooShort = "too-short"
    case tooLong = "too-long"
    /// 0000, 777777
    case allTheSame = "all-the-same"
    /// 1234, 8765, 7890
    case inSequence = "in-sequence"
    /// The mailbox's own number, or the end of it.
    case ownNumber = "own-number"
}

/// What a PIN must be that an owner sets for himself: the ones that are guessed first are refused.
package enum PINRule {
    /// Nil when `pin` will do for the mailbox or room of that `number` (nil: it has none).
    package static func refusal(of pin: String, number: String? = nil) -> PINRefusal? {
        if let malformation = malformation(of: pin) { return malformation }
        let digits = pin.utf8.map { Int($0) - 0x30 }
        let steps = Set(zip(digits, digits.dropFirst()).map { ($1 - $0 + 10) % 10 })
        if steps == [0] { return .allTheSame }
        if steps == [1] || steps == [9] { return .inSequence }
        if let number {
            let own = number.utf8.filter { (0x30...0x39).contains($0) }
            if own.count >= PIN.lengths.lowerBound, own.suffix(digits.count).elementsEqual(pin.utf8) { return .ownNumber }
        }
        return nil
    }

    /// Nil when `pin` is 4 to 12 ASCII digits, however trivial.
    package static func malformation(of pin: String) -> PINRefusal? {
        // Not Character.isNumber: it holds for the digits of every script, which no keypad sends.
        guard pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return .notDigits }
        if pin.utf8.count < PIN.lengths.lowerBound { return .tooShort }
        return pin.utf8.count > PIN.lengths.upperBound ? .tooLong : nil
    }
}
