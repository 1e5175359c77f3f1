import Glibc

/// A master key and its salt for one direction. Its memory is its own and is wiped when nobody has it any more; it is never shown.
package final class SRTPMasterKey: Sendable, CustomStringConvertible, CustomReflectable {
    package let suite: SRTPSuite
    /// The key's name that packets carry (MKI, RFC 3711 §3.1); empty without.
    package let identifier: [UInt8]
    /// Written once, in `init`.
    nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer

    /// Longest identifier that RFC 4568 §6.1 allows, in octets.
    package static let longestIdentifier = 128

    /// `keyAndSalt` in the form of an `a=crypto` line: the key, then the salt. Nil when its length is not the suite's.
    package init?(_ suite: SRTPSuite, keyAndSalt: some Collection<UInt8>, identifier: [UInt8] = []) {
        guard keyAndSalt.count == suite.keyLength + suite.saltLength, identifier.count <= Self.longestIdentifier else { return nil }
        self.suite = suite
        self.identifier = identifier
        bytes = .allocate(byteCount: keyAndSalt.count, alignment: 16)
        bytes.copyBytes(from: keyAndSalt)
    }

    deinit {
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        bytes.deallocate()
    }

    func withBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result { body(bytes) }

    package func isSame(as other: SRTPMasterKey) -> Bool {
        suite == other.suite && identifier == other.identifier && bytes.elementsEqual(other.bytes)
    }

    package var description: String { "\(suite.rawValue) key (not shown)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a session's packets are protected with in each direction: all that the media plane needs to know of how keys were agreed on,
/// be it in SDP (RFC 4568) or by a handshake on the media path (RFC 5764).
package struct MediaKeys: Sendable, CustomStringConvertible {
    package var outbound: SRTPMasterKey
    package var inbound: SRTPMasterKey

    package init(outbound: SRTPMasterKey, inbound: SRTPMasterKey) {
        self.outbound = outbound
        self.inbound = inbound
    }

    package var description: String { outbound.suite.rawValue }
}
