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

    var serialised: String { "IN \(family.rawValue) \(text)" }

    /// The fields `IN IP4 address`; nil when they are others.
    init?(fields: some Collection<Substring>) {
        let fields = Array(fields)
        guard fields.count == 3, fields[0].uppercased() == "IN", let family = Family(rawValue: fields[1].uppercased()) else { return nil }
        self.init(family: family, text: String(fields[2]))
    }

    /// The hold of RFC 2543: nothing may be sent there (RFC 3264 §8.4). For IPv6 RFC 6157, which updates that section, wants a name
    /// below `.invalid` instead of `::`; both are taken.
    package var isUnspecified: Bool {
        if text.count > ".invalid".count, text.lowercased().hasSuffix(".invalid") { return true }
        return switch family {
        case .ipv4: octets == [0, 0, 0, 0]
        case .ipv6: groups?.allSatisfy { $0 == 0 } ?? false
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
        case .ipv4:
            guard let octets else { return false }
            return octets[0] < 224
        case .ipv6:
            guard let groups else { return false }
            return groups[0] >> 8 != 0xFF
        }
    }

    /// The four or sixteen bytes of a literal address, IPv4 also where it stands in its mapped form (RFC 4291 §2.5.5.2); nil for a name.
    package var bytes: [UInt8]? {
        if family == .ipv4 { return octets }
        guard let groups else { return nil }
        let bytes = groups.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        return bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF ? Array(bytes[12...]) : bytes
    }

    /// The four numbers of a dotted address; nil for anything else.
    private var octets: [UInt8]? { Self.octets(text[...]) }

    private static func octets(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            // A leading zero would be octal to some readers and decimal to others.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"), let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    /// The eight groups of an IPv6 address (RFC 4291 §2.2), without a zone.
    private var groups: [UInt16]? {
        guard text.utf8.count <= 45 else { return nil }
        guard let gap = text.firstGap else { return Self.groups(text[...]).flatMap { $0.count == 8 ? $0 : nil } }
        guard let head = Self.groups(text[..<gap.lowerBound]), let tail = Self.groups(text[gap.upperBound...]),
            head.count + tail.count < 8
        else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", maxSplits: 8, omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let octets = octets(part) else { return nil }
                groups.append(UInt16(octets[0]) << 8 | UInt16(octets[1]))
                groups.append(UInt16(octets[2]) << 8 | UInt16(octets[3]))
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }
}

extension String {
    /// The first `::`.
    fileprivate var firstGap: Range<Index>? {
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if self[index] == ":", next < endIndex, self[next] == ":" { return index..<self.index(after: next) }
            index = next
        }
        return nil
    }
}
