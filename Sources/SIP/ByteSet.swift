/// A set of ASCII characters, tested by one shift: the classes of RFC 3261 §25.1 are asked for every byte of a message.
struct ByteSet: Equatable, Sendable {
    /// The characters 0...63 and 64...127, a bit each.
    let low: UInt64
    let high: UInt64

    @inline(__always) init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Slow: for tests and what is made once.
    init(_ characters: String) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for byte in characters.utf8 where byte < 0x80 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        self.init(low: low, high: high)
    }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        let half = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (half &>> UInt64(byte & 0x3F)) & 1 != 0
    }
}

// As constants, since a static that is computed costs a check at each use. `ByteSetTests` holds them to their characters.
extension ByteSet {
    /// token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")
    @inline(__always) static var token: ByteSet { ByteSet(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe) }

    /// word, the parts of a Call-ID: token and the marks `()<>:\"/[]?{}` .
    @inline(__always) static var word: ByteSet { ByteSet(low: 0xd7ff_efa6_0000_0000, high: 0x6fff_ffff_bfff_fffe) }

    /// unreserved = alphanum / mark
    @inline(__always) static var unreserved: ByteSet { ByteSet(low: 0x03ff_6782_0000_0000, high: 0x47ff_fffe_87ff_fffe) }

    /// What a user part or password carries unescaped: unreserved and `&=+$,;?/`.
    @inline(__always) static var uriUser: ByteSet { ByteSet(low: 0xabff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }

    /// What a URI parameter carries unescaped: unreserved and `[]/:&+$`.
    @inline(__always) static var uriParameter: ByteSet { ByteSet(low: 0x07ff_efd2_0000_0000, high: 0x47ff_fffe_afff_fffe) }

    /// What a URI header carries unescaped: unreserved and `[]/?:+$`.
    @inline(__always) static var uriHeader: ByteSet { ByteSet(low: 0x87ff_ef92_0000_0000, high: 0x47ff_fffe_afff_fffe) }
}
