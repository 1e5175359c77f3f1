/// Whose mailbox: `name@domain`, read strictly, since both become names of folders.
package struct MailboxAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String
    /// Lower case: host names know no other (RFC 3261 §19.1.4), user parts do.
    package let domain: String

    /// Nil unless `name` is 1 to 64 ASCII letters, digits or `.-_+*#`, not beginning with a dot, and `domain` a host name or an IP address.
    package init?(name: String, domain: String) {
        guard (1...64).contains(name.utf8.count), name.utf8.first != UInt8(ascii: "."), name.utf8.allSatisfy(Self.mayStandInName),
            let domain = Self.folded(domain: domain)
        else { return nil }
        self.name = name
        self.domain = domain
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(name: String(parts[0]), domain: String(parts[1]))
    }

    package var description: String { "\(name)@\(domain)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.domain, left.name) < (right.domain, right.name)
    }

    private static func mayStandInName(_ octet: UInt8) -> Bool {
        isAlphanumeric(octet) || ".-_+*#".utf8.contains(octet)
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private static func folded(domain: String) -> String? {
        let folded = String(decoding: domain.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        guard (1...253).contains(folded.utf8.count) else { return nil }
        if folded.hasPrefix("["), folded.hasSuffix("]") {
            let address = folded.utf8.dropFirst().dropLast()
            let isAddress = address.contains(UInt8(ascii: ":")) && address.allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
            return isAddress ? folded : nil
        }
        let labels = folded.split(separator: ".", omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
        // The index lies beside the domains' folders.
        return isHost && !folded.hasPrefix(MailFolder.indexName) ? folded : nil
    }
}
