import Timing

/// How many requests each source address may send: a token bucket a source, in a table whose size never changes.
///
/// A source is an IPv4 address or an IPv6 /64. Each one has eight places that it may stand in, chosen by a hash that differs from run
/// to run, so nobody can pick addresses that push a certain other one out. When all eight are taken the idlest gives way: the one
/// whose bucket is fullest. A full bucket is like a new one, so as long as fewer sources are busy than there are places nothing is lost.
package struct SourceLimiter: Sendable {
    private struct Place {
        var source: UInt128 = 0
        var allowance = Allowance()
    }

    private static let ways = 8

    private let rate: Allowance.Rate
    private let exempt: PeerNetworks
    private let groups: Int
    private var places: [Place]

    /// `burst` requests at once, then `perSecond` of them; `sources` is rounded up to a power of two, 32 bytes each. Who is `exempt`
    /// is never refused: proxies and trunks that carry the calls of many.
    package init(perSecond: Int, burst: Int, sources: Int = 16_384, exempt: PeerNetworks = PeerNetworks()) {
        rate = Allowance.Rate(perSecond: perSecond, burst: burst)
        self.exempt = exempt
        var groups = 1
        while groups * Self.ways < min(sources, 1 << 24) { groups *= 2 }
        self.groups = groups
        places = Array(repeating: Place(), count: groups * Self.ways)
    }

    /// The number of sources that can be told apart: constant.
    package var capacity: Int { places.count }

    /// Whether a request of `address` is let in, which costs it a token.
    package mutating func admits(_ address: IPAddress, at now: MonotonicTime) -> Bool {
        guard exempt.isEmpty || !exempt.contains(address) else { return true }
        let source = address.source.value
        var hasher = Hasher()
        hasher.combine(source)
        let first = (hasher.finalize() & (groups - 1)) * Self.ways
        var idlest = first
        for index in first..<first + Self.ways {
            if places[index].source == source { return places[index].allowance.take(rate, at: now) }
            if places[index].allowance.fullAgain < places[idlest].allowance.fullAgain { idlest = index }
        }
        places[idlest] = Place(source: source)
        return places[idlest].allowance.take(rate, at: now)
    }
}
