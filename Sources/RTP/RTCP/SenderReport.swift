/// What a sender says of its own stream (RFC 3550 §6.4.1), without the report blocks that follow it.
package struct SenderReport: Equatable, Sendable {
    package var ssrc: SSRC
    /// When the report was sent, by the sender's wall clock…
    package var ntp: NTPTimestamp
    /// …and the same moment on its media clock.
    package var timestamp: RTPTimestamp
    package var packets: UInt32
    /// Payload bytes without headers and padding.
    package var octets: UInt32

    package init(ssrc: SSRC, ntp: NTPTimestamp, timestamp: RTPTimestamp, packets: UInt32, octets: UInt32) {
        self.ssrc = ssrc
        self.ntp = ntp
        self.timestamp = timestamp
        self.packets = packets
        self.octets = octets
    }
}
