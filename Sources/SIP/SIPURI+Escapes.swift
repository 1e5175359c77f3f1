/// Escapes of RFC 3261 §19.1.2 and §25.1.
extension SIPURI {
    /// Characters a user part carries unescaped besides `unreserved`.
    static func isUserCharacter(_ byte: UInt8) -> Bool {
        byte.isUnreserved || userMarks & (1 << UInt128(byte & 0x7F)) != 0 && byte < 0x80
    }

    /// `&=+$,;?/`, as a constant: see ASCII.swift.
    @inline(__always) static var userMarks: UInt128 { 0xa800_9850_0000_0000 }

    /// A user part.
    static func escaped(_ plain: String) -> String { escaped(plain, keeping: isUserCharacter) }

    /// `%HH` for whatever `isPlain` does not accept.
    static func escaped(_ plain: String, keeping isPlain: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        for byte in plain.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexadecimal(byte >> 4))
                bytes.append(hexadecimal(byte & 15))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? 0x30 + digit : 0x41 + digit - 10
    }

    static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        return String(decoding: decoded(text) { _ in true }, as: UTF8.self)
    }

    /// Escapes undone where `plain` accepts the character, made capital elsewhere.
    static func decoded(_ text: String, where plain: (UInt8) -> Bool) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue,
                let low = bytes[index + 2].hexadecimalValue
            {
                let byte = high << 4 | low
                if plain(byte) {
                    result.append(byte)
                } else {
                    result += [UInt8(ascii: "%"), hexadecimal(high), hexadecimal(low)]
                }
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
