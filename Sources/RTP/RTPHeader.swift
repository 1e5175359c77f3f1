/// The fixed header of an RTP packet (RFC 3550 §5.1) and where its payload lies.
package struct RTPHeader: Equatable, Sendable {
    package var marker: Bool
    package var payloadType: UInt8
    package var sequence: SequenceNumber
    package var timestamp: RTPTimestamp
    package var ssrc: SSRC
    /// Bytes before the payload: 12, more with contributing sources or a header extension.
    package var payloadOffset: Int
    /// Bytes of payload without padding.
    package var payloadLength: Int

    /// Bytes that `write` fills.
    package static let length = 12

    package init(
        marker: Bool = false, payloadType: UInt8, sequence: SequenceNumber, timestamp: RTPTimestamp, ssrc: SSRC, payloadLength: Int = 0
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        payloadOffset = Self.length
        self.payloadLength = payloadLength
    }

    /// Reads a datagram; nil when it is not RTP version 2 or its own lengths do not fit in it (RFC 3550 A.1).
    package static func parse(_ packet: UnsafeRawBufferPointer) -> RTPHeader? {
        guard packet.count >= length else { return nil }
        let first = packet[0]
        guard first >> 6 == 2 else { return nil }
        var offset = length + 4 * Int(first & 0x0F)
        if first & 0x10 != 0 {
            // RFC 3550 §5.3.1: two bytes of profile, then the extension's length in 32-bit words without these four bytes.
            guard packet.count >= offset + 4 else { return nil }
            offset += 4 + 4 * (Int(packet[offset + 2]) << 8 | Int(packet[offset + 3]))
        }
        guard packet.count >= offset else { return nil }
        var payloadLength = packet.count - offset
        if first & 0x20 != 0 {
            // The last byte counts the padding, itself included: zero or more than there is means a broken packet.
            let padding = Int(packet[packet.count - 1])
            guard padding > 0, padding <= payloadLength else { return nil }
            payloadLength -= padding
        }
        var header = RTPHeader(
            marker: packet[1] & 0x80 != 0, payloadType: packet[1] & 0x7F, sequence: SequenceNumber(packet.bigEndian16(at: 2)),
            timestamp: RTPTimestamp(packet.bigEndian32(at: 4)), ssrc: SSRC(packet.bigEndian32(at: 8)), payloadLength: payloadLength)
        header.payloadOffset = offset
        return header
    }

    /// Writes the 12 bytes of a header without extension, padding or contributing sources.
    package func write(into packet: UnsafeMutableRawPointer) {
        packet.storeBytes(of: 0x80, as: UInt8.self)
        packet.storeBytes(of: (marker ? 0x80 : 0) | (payloadType & 0x7F), toByteOffset: 1, as: UInt8.self)
        packet.storeBytes(of: sequence.rawValue.bigEndian, toByteOffset: 2, as: UInt16.self)
        packet.storeBytes(of: timestamp.rawValue.bigEndian, toByteOffset: 4, as: UInt32.self)
        packet.storeBytes(of: ssrc.rawValue.bigEndian, toByteOffset: 8, as: UInt32.self)
    }

    /// Whether a datagram on a port shared by RTP and RTCP is RTCP: packet types 192...223 stand where RTP has
    /// marker and payload types 64...95 (RFC 5761 §4).
    package static func isRTCP(_ packet: UnsafeRawBufferPointer) -> Bool {
        packet.count >= 8 && packet[0] >> 6 == 2 && (192...223).contains(packet[1])
    }
}
