/// An IPv4 or IPv6 address as it stands in a packet.
package struct CapturedAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as a number, the first byte on top.
    private let number: UInt128
    package let isIPv6: Bool

    /// Nil unless there are four or sixteen bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        isIPv6 = bytes.count == 16
    }

    private func bits(_ place: Int, _ count: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: number >> UInt128(place * count)) & (count == 8 ? 0xFF : 0xFFFF)
    }

    /// Dotted numbers, or RFC 5952's form: lower case, and the longest run of zero groups left out.
    package var description: String {
        guard isIPv6 else { return (0..<4).map { String(bits(3 - $0, 8)) }.joined(separator: ".") }
        let groups = (0..<8).map { bits(7 - $0, 16) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > max(best.count, 1) { best = index..<end }
            index = max(end, index + 1)
        }
        func text(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
}

/// An address and a UDP port.
package struct CapturedEndpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: CapturedAddress
    package var port: UInt16

    package init(address: CapturedAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    package var description: String {
        address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
