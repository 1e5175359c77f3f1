/// Where media goes: the address of a `c=` or `o=` line (RFC 8866 §5.7), as text.
package struct ConnectionAddress: Hashable, Sendable {
    package enum Family: String, Sendable {
        case ipv4 = "IP4"
        case ipv6 = "IP6"
    }

    package var family: Family
    package var text: String

    package init(family: Family, text: String) {
        self.family = family
        self.text = text
    }

    /// The family is read off the text: a colon is in every IPv6 address and in no other.
    package init(_ text: String) {
        self.init(family: text.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4, text: text)
    }

    /// The fields `IN IP4 address`; nil when the network or the type is another.
    init?(network: Range<Int>, type: Range<Int>, address: Range<Int>, in bytes: Span<UInt8>) {
        guard Self.isInternet(network, in: bytes), let family = Self.family(type, in: bytes) else { return nil }
        self.init(family: family, text: bytes.text(address))
    }

    /// The network type `IN`. As a rule it is written as it should be, and no text has to be made of it.
    static func isInternet(_ field: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        bytes.holds("IN", at: field) || bytes.text(field).uppercased() == "IN"
    }

    private static func family(_ field: Range<Int>, in bytes: Span<UInt8>) -> Family? {
        if bytes.holds("IP4", at: field) { return .ipv4 }
        if bytes.holds("IP6", at: field) { return .ipv6 }
        return Family(rawValue: bytes.text(field).uppercased())
    }

    /// The hold of RFC 2543: nothing may be sent there (RFC 3264 §8.4). For IPv6 RFC 6157, which updates that section, wants a name
    /// below `.invalid` instead of `::`; both are taken.
    package var isUnspecified: Bool {
        if isBelowInvalid { return true }
        return switch family {
        case .ipv4: LiteralAddress.ipv4(text) == 0
        case .ipv6: LiteralAddress.ipv6(text) == 0
        }
    }

    /// Whether the text is a name of the domain that never exists (RFC 6761 §6.4).
    private var isBelowInvalid: Bool {
        let bytes = text.utf8.span
        let domain: StaticString = ".invalid"
        let start = bytes.count - domain.utf8CodeUnitCount
        // One look at the last letter settles nearly all.
        guard start > 0, bytes[bytes.count - 1] | 0x20 == UInt8(ascii: "d") else { return false }
        return domain.withUTF8Buffer { domain in
            for index in 0..<domain.count {
                let byte = bytes[start + index]
                let isUpperCase = (0x41...0x5A).contains(byte)
                guard (isUpperCase ? byte | 0x20 : byte) == domain[index] else { return false }
            }
            return true
        }
    }

    /// The address of zeros of a family.
    static func unspecified(_ family: Family) -> ConnectionAddress {
        ConnectionAddress(family: family, text: family == .ipv4 ? "0.0.0.0" : "::")
    }

    /// A literal address of one machine: neither a name, which would need a look-up, nor a group or broadcast address, which would let one
    /// caller make us send to many.
    package var isUnicastLiteral: Bool {
        switch family {
        case .ipv4: LiteralAddress.ipv4(text).map { $0 >> 24 < 224 } ?? false
        case .ipv6: LiteralAddress.ipv6(text).map { $0 >> 120 != 0xFF } ?? false
        }
    }

    /// The four or sixteen bytes of a literal address, IPv4 also where it stands in its mapped form (RFC 4291 §2.5.5.2); nil for a name.
    package var bytes: [UInt8]? {
        switch family {
        case .ipv4:
            return LiteralAddress.ipv4(text).map { Self.bytes(UInt128($0), count: 4) }
        case .ipv6:
            guard let address = LiteralAddress.ipv6(text) else { return nil }
            return Self.bytes(address, count: address >> 32 == 0xFFFF ? 4 : 16)
        }
    }

    /// The lowest `count` bytes of a number, the highest first.
    private static func bytes(_ number: UInt128, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt128(8 * (count - 1 - $0))) }
    }
}
