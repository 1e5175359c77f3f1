/// Escapes of RFC 3261 §19.1.2 and §25.1.
extension SIPURI {
    /// A user part.
    static func escaped(_ plain: String) -> String {
        // A user is hardly ever anything but plain.
        let isPlain = plain.withBytes { bytes in
            for byte in bytes where !ByteSet.uriUser.contains(byte) { return false }
            return true
        }
        return isPlain ? plain : escaped(plain, keeping: ByteSet.uriUser.contains)
    }

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
        let hasEscape = text.withBytes { $0.firstIndex(of: UInt8(ascii: "%"), in: 0..<$0.count) != nil }
        guard hasEscape else { return text }
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
