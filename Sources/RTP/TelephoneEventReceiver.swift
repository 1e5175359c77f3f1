import Timing

// One press of a key as it comes in (RFC 4733 §2.5): packets every 20 or 50 ms, one timestamp, rising duration.
//
//     time      0    20    40    60    80   100   120   140 ms
//     sequence  7     8     9    10    11    12    13    14
//     timestamp T     T     T     T     T     T     T     T+1120 (audio again)
//     marker    M
//     duration  160  320   480   640   800   800   800
//     end bit                          E     E     E
//               ^ the digit is told here, or at whichever packet is the first to arrive
//
// A press longer than 65,535 units goes on in a new segment with the timestamp T + 65,535, without marker and without an
// end bit in the segment before it (§2.5.1.3).

/// Turns telephone-event packets into digits: one for each press, however many of its packets are lost, repeated or late.
package struct TelephoneEventReceiver: Sendable {
    private struct Press {
        var code: UInt8
        var timestamp: RTPTimestamp
        var duration: UInt16
        var ended: Bool
        var lastArrival: MonotonicTime
    }

    /// The press of the newest packet, and the three before it: their packets may still come, late or repeated.
    private var current: Press?
    private var earlier: (Press?, Press?, Press?) = (nil, nil, nil)

    package init() {}

    /// The key that is held down as far as is known: told, and no end seen. Nothing times it out.
    package var held: Character? {
        guard let current, !current.ended else { return nil }
        return TelephoneEvent.digit(current.code)
    }

    /// The digit that this packet is the first to tell of. `arrival` is the kernel's time.
    package mutating func receive(
        payload: UnsafeRawBufferPointer, timestamp: RTPTimestamp, marker: Bool, at arrival: MonotonicTime
    ) -> Character? {
        guard let event = TelephoneEvent.parse(payload), let digit = event.digit else { return nil }
        if belongsToCurrent(event, timestamp, marker, arrival) {
            // An end is final, even when packets are reordered.
            let ended = event.isEnd || current?.ended == true
            current?.timestamp = timestamp
            current?.duration = event.duration
            current?.ended = ended
            current?.lastArrival = arrival
            return nil
        }
        if belongsToEarlier(event, timestamp) { return nil }
        earlier = (current, earlier.0, earlier.1)
        current = Press(code: event.code, timestamp: timestamp, duration: event.duration, ended: event.isEnd, lastArrival: arrival)
        return digit
    }

    /// Forgets all presses: the sender has changed.
    package mutating func reset() {
        self = TelephoneEventReceiver()
    }

    private func belongsToCurrent(_ event: TelephoneEvent, _ timestamp: RTPTimestamp, _ marker: Bool, _ arrival: MonotonicTime) -> Bool {
        guard let current, current.code == event.code else { return false }
        let silence = (arrival - current.lastArrival).wholeMilliseconds
        let distance = current.timestamp.distance(to: timestamp)
        if distance == 0 {
            // Some senders never move the timestamp. A marker long after the end can only be a new press.
            return !(marker && current.ended && silence > 500)
        }
        if marker { return false }
        if current.ended {
            // Senders that stamp each packet anew repeat the end with new timestamps: nobody presses again within 60 ms.
            return event.isEnd && event.duration == current.duration && distance > 0 && silence < 60
        }
        // RFC 4733 §2.5.1.3: the next segment starts where the last one ran full. Some cut a little before 65,535.
        if (0xF000...0xFFFF).contains(distance) { return silence < 1_000 }
        // The same wrong senders while the key is down: the duration goes on rising, and a new press would start low.
        return distance > 0 && event.duration > current.duration && silence < 60
    }

    private func belongsToEarlier(_ event: TelephoneEvent, _ timestamp: RTPTimestamp) -> Bool {
        func matches(_ press: Press?) -> Bool { press?.code == event.code && press?.timestamp == timestamp }
        return matches(earlier.0) || matches(earlier.1) || matches(earlier.2)
    }
}
