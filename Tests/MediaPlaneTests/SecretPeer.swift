import RTP
import SRTP
import Testing

@testable import MediaPlane

/// The other end of an encrypted session: has the same keys the other way round.
final class SecretPeer {
    let keys: MediaKeys
    private let reader: SRTPContext
    private var writers: [UInt32: SRTPContext] = [:]
    /// Datagrams that were not what they should be.
    private(set) var unreadable = 0
    private(set) var lastSent: [UInt8] = []
    private(set) var lastReceived: [UInt8] = []

    /// `keys` are those of the session under test.
    init(_ keys: MediaKeys) throws {
        self.keys = keys
        reader = try SRTPContext(keys.outbound, .inbound)
    }

    static func keys(_ suite: SRTPSuite = .aes128SHA80, seed: UInt8 = 1) -> MediaKeys {
        func key(_ number: UInt8) -> SRTPMasterKey {
            let octets = (0..<suite.keyLength + suite.saltLength).map { UInt8(truncatingIfNeeded: $0 * 13 + Int(number) * 57 + 5) }
            return SRTPMasterKey(suite, keyAndSalt: octets)!  // as long as the suite wants it
        }
        return MediaKeys(outbound: key(2 * seed), inbound: key(2 * seed + 1))
    }

    func seal(_ bytes: [UInt8]) throws -> [UInt8] {
        let isReport = bytes.withUnsafeBytes { RTPHeader.isRTCP($0) }
        let place = isReport ? 4 : 8
        let ssrc = bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
        let writer = try writers[ssrc] ?? SRTPContext(keys.inbound, .outbound(ssrc: ssrc))
        writers[ssrc] = writer
        lastSent = try Self.pass(bytes, isReport ? writer.protectReport : writer.protect)
        return lastSent
    }

    /// Nil for what is none of the session's.
    func open(_ bytes: [UInt8]) -> [UInt8]? {
        lastReceived = bytes
        let isReport = bytes.withUnsafeBytes { RTPHeader.isRTCP($0) }
        guard let opened = try? Self.pass(bytes, isReport ? reader.unprotectReport : reader.unprotect) else {
            unreadable += 1
            return nil
        }
        return opened
    }

    private static func pass(_ bytes: [UInt8], _ way: (UnsafeMutableRawPointer, Int) throws(SRTPError) -> Int) throws -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + SRTPContext.trailerRoom, alignment: 16)
        defer { room.deallocate() }
        room.copyBytes(from: bytes)
        return Array(room.prefix(try way(room.baseAddress!, bytes.count)))  // it has octets, so an address
    }
}
