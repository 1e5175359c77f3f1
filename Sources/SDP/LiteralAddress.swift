/// Reads literal IP addresses off their text, to numbers in the order of their bytes; nil for names and all else.
enum LiteralAddress {
    static func ipv4(_ text: String) -> UInt32? {
        let bytes = text.utf8.span
        return ipv4(bytes, 0..<bytes.count)
    }

    private static func ipv4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        var address: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in range {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                address = address << 8 | octet
                dots += 1
                octet = 0
                digits = 0
                continue
            }
            // A leading zero would be octal to some readers and decimal to others.
            guard (0x30...0x39).contains(byte), digits == 0 || octet != 0 else { return nil }
            octet = octet * 10 + UInt32(byte - 0x30)
            digits += 1
            guard octet <= 255 else { return nil }
        }
        return dots == 3 && digits > 0 ? address << 8 | octet : nil
    }

    /// RFC 4291 §2.2, without a zone.
    static func ipv6(_ text: String) -> UInt128? {
        let bytes = text.utf8.span
        guard bytes.count <= 45 else { return nil }
        guard let gap = firstGap(bytes) else {
            return groups(bytes, 0..<bytes.count).flatMap { $0.count == 8 ? $0.bits : nil }
        }
        guard let head = groups(bytes, 0..<gap), let tail = groups(bytes, (gap + 2)..<bytes.count), head.count + tail.count < 8 else {
            return nil
        }
        return head.bits << UInt128(16 * (8 - head.count)) | tail.bits
    }

    /// Where `::` stands.
    private static func firstGap(_ bytes: Span<UInt8>) -> Int? {
        var index = 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), bytes[index - 1] == UInt8(ascii: ":") { return index - 1 }
            index += 1
        }
        return nil
    }

    /// Groups of four hexadecimal digits with colons between; the last may be a dotted address, which counts as two.
    private static func groups(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (bits: UInt128, count: Int)? {
        guard !range.isEmpty else { return (0, 0) }
        var bits: UInt128 = 0
        var count = 0
        var start = range.lowerBound
        while count < 8 {
            var end = start
            var isDotted = false
            while end < range.upperBound, bytes[end] != UInt8(ascii: ":") {
                if bytes[end] == UInt8(ascii: ".") { isDotted = true }
                end += 1
            }
            let isLast = end == range.upperBound
            if isDotted {
                guard isLast, let address = ipv4(bytes, start..<end) else { return nil }
                return (bits << 32 | UInt128(address), count + 2)
            }
            guard let group = group(bytes, start..<end) else { return nil }
            bits = bits << 16 | UInt128(group)
            count += 1
            if isLast { return (bits, count) }
            start = end + 1
        }
        return nil
    }

    private static func group(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        guard (1...4).contains(range.count) else { return nil }
        var group: UInt16 = 0
        for index in range {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46, 0x61...0x66: digit = (byte | 0x20) - 0x61 + 10
            default: return nil
            }
            group = group << 4 | UInt16(digit)
        }
        return group
    }
}
