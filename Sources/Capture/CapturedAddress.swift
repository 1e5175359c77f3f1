/// An IPv4 or IPv6 address as it stands in a packet.
package struct CapturedAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four or sixteen.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Dotted numbers, or RFC 5952's form: lower case, and the longest run of zero groups left out.
    package var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
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
        address.bytes.count == 16 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
