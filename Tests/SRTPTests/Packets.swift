@testable import SRTP

/// Hexadecimal digits as octets; blanks do not count.
func octets(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Packets for the contexts under test.
enum Packets {
    static let source: UInt32 = 0xCAFE_BABE

    static func rtp(_ sequence: UInt16, ssrc: UInt32 = source, payload: [UInt8] = Array(repeating: 0xAB, count: 160)) -> [UInt8] {
        var packet: [UInt8] = [0x80, 0, UInt8(sequence >> 8), UInt8(sequence & 255), 0, 0, 0, 1]
        for shift in stride(from: 24, through: 0, by: -8) { packet.append(UInt8(truncatingIfNeeded: ssrc >> UInt32(shift))) }
        return packet + payload
    }

    static func rtcp(ssrc: UInt32 = source) -> [UInt8] {
        var packet: [UInt8] = [0x81, 0xC8, 0, 5]
        for shift in stride(from: 24, through: 0, by: -8) { packet.append(UInt8(truncatingIfNeeded: ssrc >> UInt32(shift))) }
        return packet + Array(repeating: 0xCD, count: 16)
    }

    static func key(_ suite: SRTPSuite, seed: UInt8 = 0, identifier: [UInt8] = []) -> SRTPMasterKey {
        let octets = (0..<suite.keyLength + suite.saltLength).map { UInt8(truncatingIfNeeded: $0 * 7 + Int(seed) * 31 + 1) }
        // The length is the suite's.
        return SRTPMasterKey(suite, keyAndSalt: octets, identifier: identifier)!
    }
}

extension SRTPContext {
    /// The packet, with room around it, through one of the four ways.
    private func pass(_ packet: [UInt8], _ way: (UnsafeMutableRawPointer, Int) throws(SRTPError) -> Int) throws(SRTPError) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: packet.count + Self.trailerRoom, alignment: 16)
        defer { room.deallocate() }
        room.initializeMemory(as: UInt8.self, repeating: 0xEE)
        room.copyBytes(from: packet)
        let length = try way(room.baseAddress!, packet.count)  // it has octets, so an address
        return Array(room.prefix(length))
    }

    func protected(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] { try pass(packet, protect) }
    func protectedReport(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] { try pass(packet, protectReport) }
    func unprotected(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] { try pass(packet, unprotect) }
    func unprotectedReport(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] { try pass(packet, unprotectReport) }
}
