/// The networks that may talk to the server: a list of addresses and prefixes (`127.0.0.0/8`, `10.1.2.3`, `::1`).
///
/// Whoever is not listed gets no answer at all: a closed door does not tell a scanner that it is one.
package struct PeerNetworks: Hashable, Sendable {
    private struct Network: Hashable {
        var address: UInt128
        var mask: UInt128
        /// `::/0` is every IPv6 address and no IPv4 one.
        var isIPv4: Bool
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

    package var isEmpty: Bool { networks.isEmpty }

    /// Adds `ADDRESS` or `ADDRESS/PREFIX`; false when the text is neither.
    package mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return false }
        let width = address.isIPv4 ? 32 : 128
        var prefix = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...width).contains(given) else { return false }
            prefix = given
        }
        // A shift by the whole width gives zero, so prefix 0 of IPv6 is the mask that takes everything.
        networks.append(Network(address: address.value, mask: UInt128.max << UInt128(width - prefix), isIPv4: address.isIPv4))
        return true
    }

    package func contains(_ host: String) -> Bool {
        IPAddress(host).map(contains) ?? false
    }

    package func contains(_ address: IPAddress) -> Bool {
        let isIPv4 = address.isIPv4
        return networks.contains { $0.isIPv4 == isIPv4 && (address.value ^ $0.address) & $0.mask == 0 }
    }
}
