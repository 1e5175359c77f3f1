/// Why an `a=crypto` line is passed over. The others of the stream may do (RFC 4568 §5.1.2).
enum CryptoFault: Error, Equatable {
    case malformed
    case unknownSuite(String)
    /// A session parameter that would have to be followed, or several keys in a line.
    case unsupported(String)
}

/// An `a=crypto` line (RFC 4568 §9.1): `1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4`.
struct CryptoAttribute: Equatable, Sendable {
    static let name = "crypto"
    /// Lines of one stream that are looked at.
    private static let limit = 32

    /// Names the line within its stream; the answer repeats it.
    var tag: Int
    /// As the peer wrote it.
    var suiteName: String
    var key: CryptoKey
    /// Packets that the key may serve for; nil: as many as the suite allows. Whoever wrote it changes his key in time.
    var lifetime: UInt64?

    init(tag: Int, suiteName: String? = nil, key: CryptoKey) {
        self.tag = tag
        self.suiteName = suiteName ?? key.suite.rawValue
        self.key = key
    }

    init(parsing value: String) throws(CryptoFault) {
        let bytes = value.utf8.span
        var fields = FieldCursor(0..<bytes.count)
        // RFC 4568 §9.1: up to nine digits.
        guard let first = fields.next(in: bytes), first.count <= 9, let tag = bytes.wholeNumber(first),
            let second = fields.next(in: bytes), let third = fields.next(in: bytes)
        else { throw .malformed }
        let name = bytes.text(second)
        guard let suite = CryptoSuite(named: name) else { throw .unknownSuite(name) }
        self.tag = Int(tag)
        suiteName = name
        (key, lifetime) = try Self.inline(third, in: bytes, suite)
        while let parameter = fields.next(in: bytes) {
            let text = bytes.text(parameter)
            // Only a wish for the replay window may be passed over, and what says of itself that it may (RFC 4568 §6.3.6, §6.3.7). All the
            // others change what the packets look like: in the clear, without a tag, with other keys.
            guard text.hasPrefix("-") || text.uppercased().hasPrefix("WSH=") else {
                throw .unsupported(String(text.prefix { $0 != "=" }.prefix(32)))
            }
        }
    }

    /// `inline:KEY`, then perhaps `|lifetime` and `|MKI:length`.
    private static func inline(
        _ field: Range<Int>, in bytes: Span<UInt8>, _ suite: CryptoSuite
    ) throws(CryptoFault) -> (CryptoKey, UInt64?) {
        let method: StaticString = "inline:"
        let start = field.lowerBound + method.utf8CodeUnitCount
        guard start < field.upperBound, bytes.text(field.lowerBound..<start).lowercased() == "inline:" else { throw .malformed }
        for index in start..<field.upperBound where bytes[index] == UInt8(ascii: ";") { throw .unsupported("several keys") }
        var parts = FieldCursor(start..<field.upperBound)
        guard let text = parts.next(in: bytes, before: UInt8(ascii: "|")), let octets = Base64.octets(of: text, in: bytes),
            octets.count == suite.keyAndSaltLength
        else { throw .malformed }
        var key = CryptoKey(suite: suite, keyAndSalt: octets)
        var lifetime: UInt64?
        while let part = parts.next(in: bytes, before: UInt8(ascii: "|")) {
            var ends = FieldCursor(part)
            guard let left = ends.next(in: bytes, before: UInt8(ascii: ":")) else { throw .malformed }
            if left.count == part.count {
                guard lifetime == nil, let packets = packets(part, in: bytes) else { throw .malformed }
                lifetime = packets
            } else {
                guard key.identifier.isEmpty, let name = identifier(left, length: ends.rest, in: bytes) else { throw .malformed }
                key.identifier = name
            }
        }
        return (key, lifetime)
    }

    /// `2^20` or `1048576`.
    private static func packets(_ field: Range<Int>, in bytes: Span<UInt8>) -> UInt64? {
        if field.count > 2, bytes.holds("2^", at: field.lowerBound..<field.lowerBound + 2) {
            guard let power = bytes.wholeNumber(field.lowerBound + 2..<field.upperBound), power <= 48 else { return nil }
            return 1 << power
        }
        return bytes.wholeNumber(field)
    }

    private static func identifier(_ field: Range<Int>, length: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        // RFC 4568 §6.1: 1 to 128 octets.
        guard let value = bytes.wholeNumber(field), let number = bytes.wholeNumber(length), (1...128).contains(number) else { return nil }
        let count = Int(number)
        guard count >= 8 || value >> UInt64(8 * count) == 0 else { return nil }
        return (0..<count).map { index in
            let shift = 8 * (count - 1 - index)
            return shift < 64 ? UInt8(truncatingIfNeeded: value >> UInt64(shift)) : 0
        }
    }

    /// The line's value. No lifetime: it would be the longest, which goes without saying, and some telephones refuse lines with one.
    var value: String { String(tag) + " " + suiteName + " inline:" + Base64.text(of: key.keyAndSalt) }

    /// The lines of a stream that can be used, in their order.
    static func usable(of stream: MediaDescription) -> [CryptoAttribute] {
        stream.attributes.lazy.filter { $0.name == name }.prefix(limit).compactMap { attribute in
            attribute.value.flatMap { try? CryptoAttribute(parsing: $0) }
        }
    }

    /// What the suites of a stream are called, for telling people; never a key.
    static func suiteNames(of stream: MediaDescription) -> [String] {
        stream.attributes.lazy.filter { $0.name == name }.prefix(limit).compactMap { attribute in
            let words = (attribute.value ?? "").split(separator: " ", maxSplits: 2)
            return words.count > 1 && !words[1].contains(":") ? String(words[1]) : nil
        }
    }

    /// A description's text without the keys in it.
    static func blanked(_ text: String) -> String {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("a=crypto:"), let key = line.firstRange(of: "inline:") else { return String(line) }
            return line[..<key.upperBound] + "(not shown)"
        }.joined(separator: "\r\n")
    }
}

extension Span where Element == UInt8 {
    /// The whole field as a number; nil for anything but digits, and for what 64 bits do not hold.
    fileprivate func wholeNumber(_ field: Range<Int>) -> UInt64? {
        guard !field.isEmpty else { return nil }
        var value: UInt64 = 0
        for index in field {
            guard (0x30...0x39).contains(self[index]) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, spills) = product.addingReportingOverflow(UInt64(self[index] - 0x30))
            guard !overflows, !spills else { return nil }
            value = sum
        }
        return value
    }
}
