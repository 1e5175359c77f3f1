/// An RTP sequence number: 16 bits that wrap (RFC 3550 §5.1).
package struct SequenceNumber: Hashable, Sendable {
    package var rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Steps from this number to `other` the short way round: -32,768...32,767.
    package func distance(to other: Self) -> Int {
        Int(Int16(bitPattern: other.rawValue &- rawValue))
    }

    package func advanced(by steps: Int) -> Self {
        Self(rawValue &+ UInt16(truncatingIfNeeded: steps))
    }

    /// Whether this number comes after `other`, the short way round.
    package func isNewer(than other: Self) -> Bool {
        other.distance(to: self) > 0
    }
}
