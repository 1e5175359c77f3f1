import Glibc

/// The networks that may talk to the server: a list of addresses and prefixes (`127.0.0.0/8`, `10.1.2.3`, `::1`).
///
/// Whoever is not listed gets no answer at all: a closed door does not tell a scanner that it is one.
package struct PeerNetworks: Sendable {
    private struct Network {
        var bytes: [UInt8]
        var prefix: Int
    }

    private var networks: [Network] = []

    /// Loopback only: the secure default.
    package static let loopback: PeerNetworks = {
        var peers = PeerNetworks()
        _ = peers.add("127.0.0.0/8")
        _ = peers.add("::1")
        return peers
    }()

    package init() {}

    /// Adds `ADDRESS` or `ADDRESS/PREFIX`; false when the text is neither.
    package mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = Self.bytes(of: String(parts[0])) else { return false }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...prefix).contains(given) else { return false }
            prefix = given
        }
        networks.append(Network(bytes: bytes, prefix: prefix))
        return true
    }

    package func contains(_ host: String) -> Bool {
        guard let address = Self.bytes(of: host) else { return false }
        return networks.contains { network in
            guard network.bytes.count == address.count else { return false }
            let whole = network.prefix / 8
            guard network.bytes.prefix(whole).elementsEqual(address.prefix(whole)) else { return false }
            let rest = network.prefix % 8
            guard rest > 0 else { return true }
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
            return network.bytes[whole] & mask == address[whole] & mask
        }
    }

    private static func bytes(of host: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, host, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, host, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: v6) { Array($0) }
        // ::ffff:a.b.c.d is the IPv4 address it carries (RFC 4291 §2.5.5.2).
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return Array(bytes[12...]) }
        return bytes
    }
}
