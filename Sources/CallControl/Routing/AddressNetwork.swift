import SDP

/// An address, or all addresses with the same beginning: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
package struct AddressNetwork: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let prefix: Int
    /// As written.
    package let description: String

    /// Nil when the text is no address and no network.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = ConnectionAddress(String(parts[0])).bytes else { return nil }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = Int(parts[1]), given <= prefix else { return nil }
            prefix = given
        }
        self.bytes = bytes
        self.prefix = prefix
        description = text
    }

    /// Whether `host`, an address without brackets, lies in it.
    package func contains(_ host: String) -> Bool {
        guard let address = ConnectionAddress(host).bytes, address.count == bytes.count else { return false }
        let whole = prefix / 8
        guard bytes.prefix(whole) == address.prefix(whole) else { return false }
        guard prefix % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefix % 8))
        return bytes[whole] & mask == address[whole] & mask
    }
}
