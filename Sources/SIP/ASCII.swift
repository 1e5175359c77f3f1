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

    /// token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")
    @inline(__always) var isToken: Bool { isAlphanumeric || Self.tokenMarks & (1 << UInt128(self & 0x7F)) != 0 && self < 0x80 }

    /// word, the parts of a Call-ID: token and the marks `()<>:\"/[]?{}` .
    @inline(__always) var isWord: Bool { isToken || Self.wordMarks & (1 << UInt128(self & 0x7F)) != 0 && self < 0x80 }

    /// unreserved = alphanum / mark
    @inline(__always) var isUnreserved: Bool { isAlphanumeric || Self.unreservedMarks & (1 << UInt128(self & 0x7F)) != 0 && self < 0x80 }

    /// The value of a hexadecimal digit, or nil.
    var hexadecimalValue: UInt8? {
        if isDigit { return self - 0x30 }
        let letter = self | 0x20
        return letter &- 0x61 < 6 ? letter - 0x61 + 10 : nil
    }

    // As constants, since a static that is computed costs a check at each use. `ASCIITests` holds them to their characters.
    @inline(__always) static var tokenMarks: UInt128 { 0x4000_0001_8000_0000_0000_6ca2_0000_0000 }
    @inline(__always) static var wordMarks: UInt128 { 0x2800_0000_3800_0000_d400_8304_0000_0000 }
    @inline(__always) static var unreservedMarks: UInt128 { 0x4000_0000_8000_0000_0000_6782_0000_0000 }

    static func bits(_ characters: StaticString) -> UInt128 {
        characters.withUTF8Buffer { $0.reduce(0) { $0 | (1 << UInt128($1 & 0x7F)) } }
    }
}

extension String {
    /// Whether both are equal but for the case of ASCII letters.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// ASCII letters made small, the rest unchanged.
    package var lowercasedASCII: String {
        String(decoding: utf8.map(\.lowercased), as: UTF8.self)
    }

    /// Whether the text is an RFC 3261 token.
    package var isSIPToken: Bool {
        !isEmpty && utf8.allSatisfy(\.isToken)
    }
}
