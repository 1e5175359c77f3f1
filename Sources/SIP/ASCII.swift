/// Character classes of RFC 3261 §25.1.
extension UInt8 {
    @inline(__always) static var cr: UInt8 { 0x0D }
    @inline(__always) static var lf: UInt8 { 0x0A }

    /// A..Z made a..z, anything else unchanged.
    @inline(__always) var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isAlphanumeric: Bool { isDigit || (self | 0x20) &- 0x61 < 26 }

    /// Space, tab, and the CR and LF that only line folding leaves inside a value (RFC 3261 §7.3.1).
    @inline(__always) var isWhitespace: Bool { self == 0x20 || self == 0x09 || self == .cr || self == .lf }

    @inline(__always) var isToken: Bool { ByteSet.token.contains(self) }
    @inline(__always) var isWord: Bool { ByteSet.word.contains(self) }
    @inline(__always) var isUnreserved: Bool { ByteSet.unreserved.contains(self) }

    /// The value of a hexadecimal digit, or nil.
    var hexadecimalValue: UInt8? {
        if isDigit { return self - 0x30 }
        let letter = self | 0x20
        return letter &- 0x61 < 6 ? letter - 0x61 + 10 : nil
    }
}

extension String {
    /// Whether both are equal but for the case of ASCII letters.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        withBytes { bytes in
            other.withBytes { others in
                guard bytes.count == others.count else { return false }
                for index in 0..<bytes.count where bytes[index].lowercased != others[index].lowercased { return false }
                return true
            }
        }
    }

    /// ASCII letters made small, the rest unchanged.
    package var lowercasedASCII: String {
        // Most names are written in small letters: they need no new text.
        let isSmall = withBytes { bytes in
            for byte in bytes where byte &- 0x41 < 26 { return false }
            return true
        }
        return isSmall ? self : String(decoding: utf8.map(\.lowercased), as: UTF8.self)
    }

    /// Whether the text is an RFC 3261 token.
    package var isSIPToken: Bool {
        withBytes { bytes in
            for byte in bytes where !byte.isToken { return false }
            return !bytes.isEmpty
        }
    }
}
