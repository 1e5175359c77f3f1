/// Base64 (RFC 4648 §4), which keys are written in.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(of octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        for start in stride(from: 0, to: octets.count, by: 3) {
            let count = min(3, octets.count - start)
            var bits = UInt32(octets[start]) << 16
            if count > 1 { bits |= UInt32(octets[start + 1]) << 8 }
            if count > 2 { bits |= UInt32(octets[start + 2]) }
            for place in 0..<4 {
                text.append(place <= count ? digits[Int(bits >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything else than digits of it. The padding may be missing: some telephones leave it out.
    static func octets(of field: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        var end = field.upperBound
        var padding = 0
        while end > field.lowerBound, padding < 2, bytes[end - 1] == UInt8(ascii: "=") {
            end -= 1
            padding += 1
        }
        let count = end - field.lowerBound
        guard count % 4 != 1, padding == 0 || (count + padding) % 4 == 0 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(count * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for index in field.lowerBound..<end {
            guard let digit = value(bytes[index]) else { return nil }
            bits = (bits << 6 | digit) & 0xFFFF
            held += 6
            if held >= 8 {
                held -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        return octets
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
