/// The synchronisation source: who sent a packet (RFC 3550 §8).
package struct SSRC: Hashable, Sendable {
    package var rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }
}
