import RTP

/// What another session's peer says, sent on as it came: its payload untouched, its header one of ours.
extension SendPath {
    /// The line of our own runs on with the clock while others' packets go out: to `now`, if it was left behind. `time`: when
    /// `timestamp` holds, ns.
    /// `scale`: ticks of our clock in one of 8 kHz.
    mutating func runOn(to now: Int64, from time: inout Int64, scale: Int) {
        let elapsed = now - time
        // Half a packet is no pause.
        guard elapsed > 10_000_000 else { return }
        timestamp = timestamp.advanced(by: Int(elapsed / 125_000) * scale)
        time = now
    }

    /// Sends audio on that lasts `ticks` of 8 kHz. `payload` has 12 octets to spare before it, which are overwritten: nothing is copied.
    mutating func relay(
        _ header: RTPHeader, payload: UnsafeMutableRawPointer, ticks: Int, of stream: borrowing MediaStream, end: inout BridgeEnd,
        latch: PeerLatch, socket: RTPSocket, now: Int64, tick: Int64
    ) {
        runOn(to: tick, from: &end.stampTime, scale: stream.clockScale)
        guard let stamp = end.stamps.stamp(header, sequence: sequence, timestamp: timestamp) else { return }
        if stamp.isNewest {
            sequence = stamp.sequence.advanced(by: 1)
            // Whatever is sent next follows on this packet, by the source's clock.
            timestamp = stamp.timestamp.advanced(by: ticks * stream.clockScale)
            end.stampTime = tick + Int64(ticks) * 125_000
        }
        put(header, payload: payload, payloadType: stream.payloadType, stamp: stamp, latch: latch, socket: socket, now: now)
    }

    /// Sends a packet of a telephone key on. With `isAttached` it has its number among the packets that are relayed, else our next one.
    mutating func relay(
        key header: RTPHeader, _ event: TelephoneEvent, isAttached: Bool, payload: UnsafeMutableRawPointer, payloadType: UInt8,
        scale: Int, end: inout BridgeEnd, latch: PeerLatch, socket: RTPSocket, now: Int64, tick: Int64
    ) {
        if isAttached {
            runOn(to: tick, from: &end.stampTime, scale: scale)
            guard var stamp = end.stamps.stamp(header, sequence: sequence, timestamp: timestamp) else { return }
            stamp.timestamp = end.key.stamp(header, event, next: stamp.timestamp, at: now).timestamp
            stamp.marker = header.marker
            if stamp.isNewest { sequence = stamp.sequence.advanced(by: 1) }
            put(header, payload: payload, payloadType: payloadType, stamp: stamp, latch: latch, socket: socket, now: now)
        } else {
            let stamp = end.key.stamp(header, event, next: timestamp, at: now)
            // With a number of ours it would come after the packet that overtook it.
            guard !stamp.isOvertaken else { return }
            let own = Restamping.Stamp(sequence: sequence, timestamp: stamp.timestamp, marker: header.marker, isNewest: true)
            sequence = sequence.advanced(by: 1)
            put(header, payload: payload, payloadType: payloadType, stamp: own, latch: latch, socket: socket, now: now)
        }
    }

    private mutating func put(
        _ header: RTPHeader, payload: UnsafeMutableRawPointer, payloadType: UInt8, stamp: Restamping.Stamp, latch: PeerLatch,
        socket: RTPSocket, now: Int64
    ) {
        // A track or an announcement after this begins anew for the peer.
        talking = false
        let packet = payload - RTPHeader.length
        RTPHeader(marker: stamp.marker, payloadType: payloadType, sequence: stamp.sequence, timestamp: stamp.timestamp, ssrc: ssrc).write(
            into: packet)
        transmit(packet, octets: header.payloadLength, latch: latch, socket: socket, now: now)
    }
}
