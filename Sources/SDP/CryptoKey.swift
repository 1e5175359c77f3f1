/// A master key with its salt, as an `a=crypto` line holds them; it is never shown.
package struct CryptoKey: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    package var suite: CryptoSuite
    /// As long as the suite wants.
    package var keyAndSalt: [UInt8]
    /// The name that packets carry of it (MKI), big-endian; empty without one.
    package var identifier: [UInt8] = []

    package var description: String { "\(suite.rawValue) key (not shown)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Keys of our own for one dialog, one for each suite: a later description repeats the key that an earlier one had, and no key is used with
/// two suites.
package struct LocalKeys: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    private var octets: [UInt8] = []

    /// `random` must be fit for keys: RFC 4568 §6.1 wants them unpredictable, and new for each stream.
    package init(random: () -> UInt64) {
        let count = CryptoSuite.allCases.reduce(0) { $0 + $1.keyAndSaltLength }
        octets.reserveCapacity(count + 8)
        while octets.count < count { withUnsafeBytes(of: random()) { octets.append(contentsOf: $0) } }
    }

    package func key(_ suite: CryptoSuite) -> CryptoKey {
        var start = 0
        for other in CryptoSuite.allCases {
            if other == suite { break }
            start += other.keyAndSaltLength
        }
        return CryptoKey(suite: suite, keyAndSalt: Array(octets[start..<start + suite.keyAndSaltLength]))
    }

    package var description: String { "keys (not shown)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What offer and answer agreed on for the protection of a stream.
package struct NegotiatedCrypto: Equatable, Sendable {
    /// Ours, for what we send.
    package var outbound: CryptoKey
    /// The peer's, for what it sends.
    package var inbound: CryptoKey

    package var suite: CryptoSuite { outbound.suite }
}
