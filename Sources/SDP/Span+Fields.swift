/// What a field says. The ranges are those of a `FieldCursor` over the same bytes.
extension Span where Element == UInt8 {
    /// Bytes that are no UTF-8 become U+FFFD.
    func text(_ field: Range<Int>) -> String {
        extracting(field).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Letter for letter.
    func holds(_ word: StaticString, at field: Range<Int>) -> Bool {
        guard field.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            for index in 0..<word.count where self[field.lowerBound + index] != word[index] { return false }
            return true
        }
    }

    /// The whole field as a number up to `limit`, read as leniently as the standard library does: signs and leading zeros may stand there.
    func number(_ field: Range<Int>, upTo limit: UInt16) -> UInt16? {
        guard let sign = field.isEmpty ? nil : self[field.lowerBound] else { return nil }
        let isSigned = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        let digits = (isSigned ? field.lowerBound + 1 : field.lowerBound)..<field.upperBound
        guard !digits.isEmpty else { return nil }
        var value = 0
        for index in digits {
            guard let digit = Self.digit(self[index]) else { return nil }
            value = value * 10 + digit
            // Ends before the product could overflow, however many digits there are.
            guard value <= limit else { return nil }
        }
        return sign == UInt8(ascii: "-") && value > 0 ? nil : UInt16(value)
    }

    /// An RTP payload type (RFC 3550 §5.1).
    func payloadType(_ field: Range<Int>) -> UInt8? {
        number(field, upTo: 127).map { UInt8($0) }
    }

    /// The number that a field starts with after blanks, up to nine digits; what follows it is ignored (`20.0` is 20).
    func leadingNumber(_ field: Range<Int>) -> Int? {
        var index = field.lowerBound
        while index < field.upperBound, self[index] == UInt8(ascii: " ") { index += 1 }
        let start = index
        var value = 0
        while index < field.upperBound, let digit = Self.digit(self[index]) {
            guard index - start < 9 else { return nil }
            value = value * 10 + digit
            index += 1
        }
        return index > start ? value : nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (0x30...0x39).contains(byte) ? Int(byte) - 0x30 : nil
    }
}
