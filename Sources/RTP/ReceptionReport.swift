/// One report block: what a receiver says of one sender (RFC 3550 §6.4.1).
package struct ReceptionReport: Equatable, Sendable {
    package var ssrc: SSRC
    /// Packets lost since the last report, in 256ths.
    package var fractionLost: UInt8
    /// Packets lost since the start; negative when duplicates outnumber losses. 24 bits on the wire.
    package var cumulativeLost: Int32
    package var extendedHighestSequence: UInt32
    /// In units of the media clock.
    package var jitter: UInt32
    /// The middle 32 bits of the NTP time in the last sender report; 0 when none came.
    package var lastSenderReport: UInt32
    /// Time since that report came, in 1/65536 s.
    package var delaySinceLastSenderReport: UInt32

    /// Bytes on the wire.
    package static let length = 24

    package init(
        ssrc: SSRC, fractionLost: UInt8 = 0, cumulativeLost: Int32 = 0, extendedHighestSequence: UInt32 = 0, jitter: UInt32 = 0,
        lastSenderReport: UInt32 = 0, delaySinceLastSenderReport: UInt32 = 0
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequence = extendedHighestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// Round-trip time when this block, about our own stream, arrives at `arrival` by the clock that stamped our sender
    /// reports (RFC 3550 §6.4.1, A - LSR - DLSR); nil without a sender report, or when the peer's figures cannot be true.
    package func roundTrip(at arrival: NTPTimestamp) -> Duration? {
        guard lastSenderReport != 0 else { return nil }
        let units = arrival.middle &- lastSenderReport &- delaySinceLastSenderReport
        // Above 2^31 the difference is negative: clocks are coarse, so a little below zero is zero, and more is nonsense.
        let signed = Int32(bitPattern: units)
        guard signed > -65 else { return nil }
        guard signed < 60 << 16 else { return nil }
        return .nanoseconds((Int64(max(signed, 0)) * 1_000_000_000) >> 16)
    }

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        let loss = bytes.bigEndian32(at: offset + 4)
        self.init(
            ssrc: SSRC(bytes.bigEndian32(at: offset)), fractionLost: UInt8(loss >> 24),
            // Sign-extends the 24 bits.
            cumulativeLost: Int32(bitPattern: loss << 8) >> 8,
            extendedHighestSequence: bytes.bigEndian32(at: offset + 8), jitter: bytes.bigEndian32(at: offset + 12),
            lastSenderReport: bytes.bigEndian32(at: offset + 16), delaySinceLastSenderReport: bytes.bigEndian32(at: offset + 20))
    }

    func write(into bytes: UnsafeMutableRawPointer) {
        bytes.store32(ssrc.rawValue, at: 0)
        let lost = UInt32(bitPattern: min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF
        bytes.store32(UInt32(fractionLost) << 24 | lost, at: 4)
        bytes.store32(extendedHighestSequence, at: 8)
        bytes.store32(jitter, at: 12)
        bytes.store32(lastSenderReport, at: 16)
        bytes.store32(delaySinceLastSenderReport, at: 20)
    }
}
