import SIP

/// The kinds of records that are asked for.
package enum RecordType: Hashable, Sendable {
    case naptr, srv, a, aaaa
}

/// What a name server is asked.
package struct Question: Hashable, Sendable, CustomStringConvertible {
    /// In small letters, without a dot at the end.
    package let name: String
    package let type: RecordType

    /// Nil when `name` can be no name of a host or a service: then nobody need be asked (RFC 1123 §2.1, RFC 1035 §2.3.4, RFC 2782).
    package init?(_ name: String, _ type: RecordType) {
        var name = name.lowercasedASCII
        if name.hasSuffix(".") { name.removeLast() }
        guard name.utf8.count <= 253 else { return nil }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ 1...63 ~= $0.count && $0.allSatisfy(Self.isNameByte) }) else { return nil }
        self.name = name
        self.type = type
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    package var description: String { "\(type) \(name)" }
}
