/// A point on a sender's media clock: 32 bits of samples that wrap (RFC 3550 §5.1).
package struct RTPTimestamp: Hashable, Sendable {
    package var rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Samples from this point to `other` the short way round.
    package func distance(to other: Self) -> Int {
        Int(Int32(bitPattern: other.rawValue &- rawValue))
    }

    package func advanced(by samples: Int) -> Self {
        Self(rawValue &+ UInt32(truncatingIfNeeded: samples))
    }
}
