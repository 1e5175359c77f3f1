/// The four bytes of a telephone event (RFC 4733 §2.3): event, end bit and volume, duration in units of the media clock.
package struct TelephoneEvent: Equatable, Sendable {
    package var code: UInt8
    package var isEnd: Bool
    /// Power below 0 dBm0, in dB: 0...63.
    package var volume: UInt8
    package var duration: UInt16

    package static let length = 4

    package init(code: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.code = code
        self.isEnd = isEnd
        self.volume = min(volume, 63)
        self.duration = duration
    }

    /// nil when fewer than four bytes are there. Bytes after them are ignored.
    package static func parse(_ payload: UnsafeRawBufferPointer) -> TelephoneEvent? {
        guard payload.count >= length else { return nil }
        return TelephoneEvent(
            code: payload[0], isEnd: payload[1] & 0x80 != 0, volume: payload[1] & 0x3F, duration: payload.bigEndian16(at: 2))
    }

    package func write(into payload: UnsafeMutableRawPointer) {
        payload.storeBytes(of: code, as: UInt8.self)
        payload.storeBytes(of: (isEnd ? 0x80 : 0) | volume, toByteOffset: 1, as: UInt8.self)
        payload.store16(duration, at: 2)
    }

    /// The key of a DTMF event; nil for the others, the hook flash (16) among them (RFC 4733 §3.2).
    package var digit: Character? { Self.digit(code) }

    static func digit(_ code: UInt8) -> Character? {
        switch code {
        case 0...9: Character(Unicode.Scalar(UInt8(ascii: "0") + code))
        case 10: "*"
        case 11: "#"
        case 12...15: Character(Unicode.Scalar(UInt8(ascii: "A") + code - 12))
        default: nil
        }
    }

    /// The event code of a key, small letters allowed; nil for anything else.
    package static func code(_ digit: Character) -> UInt8? {
        switch digit {
        case "0"..."9": digit.asciiValue.map { $0 - UInt8(ascii: "0") }
        case "*": 10
        case "#": 11
        case "A", "B", "C", "D": digit.asciiValue.map { $0 - UInt8(ascii: "A") + 12 }
        case "a", "b", "c", "d": digit.asciiValue.map { $0 - UInt8(ascii: "a") + 12 }
        default: nil
        }
    }
}
