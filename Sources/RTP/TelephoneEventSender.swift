/// One key press as packets to send (RFC 4733 §2.5.1): call `next` once each packet time until it returns nil.
package struct TelephoneEventSender: Sendable {
    /// What to send now, under the caller's next sequence number.
    package struct Packet: Equatable, Sendable {
        package var event: TelephoneEvent
        /// Set on the first packet of the press only.
        package var marker: Bool
        /// The start of the press, or of its segment.
        package var timestamp: RTPTimestamp
    }

    private let code: UInt8
    private let volume: UInt8
    private let step: Int
    private let total: Int
    private var segmentStart: Int = 0
    private var elapsed = 0
    private var ends = 0
    private let start: RTPTimestamp

    /// `duration` and `packetTime` in units of the media clock (8 to a millisecond); nil when `digit` is no DTMF key.
    /// The duration is at least one packet, and at most ten minutes. `volume` in dB below 0 dBm0.
    package init?(digit: Character, duration: Int, packetTime: Int = 160, startingAt start: RTPTimestamp, volume: UInt8 = 10) {
        guard let code = TelephoneEvent.code(digit) else { return nil }
        self.code = code
        self.volume = volume
        step = min(max(packetTime, 1), 0x7FFF)
        total = min(max(duration, step), 4_800_000)
        self.start = start
    }

    /// Units of the media clock that the press takes on the time line, without the two repeated ends.
    package var duration: Int { total }

    package mutating func next() -> Packet? {
        // RFC 4733 §2.5.1.4: the final packet is sent three times in all, so that losing two does no harm.
        guard ends < 3 else { return nil }
        let isFirst = elapsed == 0
        elapsed = min(elapsed + step, total)
        let isEnd = elapsed == total
        if elapsed - segmentStart > 0xFFFF {
            // RFC 4733 §2.5.1.3: the duration field is full, so a new segment starts at that point.
            segmentStart += 0xFFFF
        }
        if isEnd { ends += 1 }
        let event = TelephoneEvent(code: code, isEnd: isEnd, volume: volume, duration: UInt16(clamping: elapsed - segmentStart))
        return Packet(event: event, marker: isFirst && ends <= 1, timestamp: start.advanced(by: segmentStart))
    }
}
