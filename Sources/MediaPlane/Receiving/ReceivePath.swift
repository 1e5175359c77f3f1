import RTP
import SRTP
import Timing

/// The receiving half of a session: what was counted and what is known of the peer's stream.
struct ReceivePath {
    var reception = ReceptionStatistics()
    private(set) var ignored: UInt64 = 0
    private(set) var digits: UInt64 = 0
    private(set) var longestGap: Int64 = 0

    /// Checks and deciphers what comes; nil in the clear.
    private(set) var protection: SRTPContext?
    /// Datagrams that were no packets of whoever has the key, and packets that came again.
    private(set) var unauthenticated: UInt64 = 0
    private var replayed = 0

    private(set) var source: SSRC?
    /// Where the stream's time line goes on: the stamp after the latest audio packet, and when that one came.
    private(set) var nextTimestamp: RTPTimestamp?
    private(set) var lastArrival: Int64?
    /// Keys do not count: while one is held many peers send no audio, and the time line goes on unseen.
    private var lastAudio: Int64?
    /// What the peer puts into a packet, ns, by the last one of sound.
    private(set) var packetLength = Int64.max
    /// Since when inbound media has been expected in vain.
    private(set) var expectedSince: Int64 = 0
    /// The stream's time line in ticks of 8 kHz, where its clock is a faster one.
    private var tickLine = TickLine()
    /// Which packets were lost together.
    private var losses = LossPattern()
    /// Packets in a row of another payload type that was agreed on.
    private var others: (payloadType: UInt8, count: Int) = (.max, 0)
    /// Touched by keys alone, so it stands last.
    var telephoneEvents = TelephoneEventReceiver()

    mutating func open(with context: SRTPContext?) {
        guard context !== protection else { return }
        if let context, let protection { context.goOn(from: protection) }
        protection = context
    }

    mutating func refuse(_ error: SRTPError) {
        switch error {
        case .replayed: replayed += 1
        case .malformed: ignored &+= 1
        default: unauthenticated &+= 1
        }
    }

    mutating func ignore() { ignored &+= 1 }

    /// A packet of another codec that was agreed on. True when it is no straggler: the third in a row, and each third after it.
    mutating func isTurning(to payloadType: UInt8) -> Bool {
        others = (payloadType, others.payloadType == payloadType ? others.count + 1 : 1)
        guard others.count >= 3 else { return false }
        others.count = 0
        return true
    }

    mutating func countDigit() { digits &+= 1 }

    /// Inbound media is expected from now on (an answer, a resume, or a probe that found the peer alive).
    mutating func expect(from now: Int64) {
        expectedSince = now
    }

    /// Notes a valid packet of the peer. True when its source is a new one, whose time line has nothing to do with the old.
    mutating func note(_ header: RTPHeader, arrival: Int64) -> Bool {
        let isNewSource = source != nil && source != header.ssrc
        source = header.ssrc
        if isNewSource {
            nextTimestamp = nil
            tickLine = TickLine()
            losses.restart()
        }
        losses.arrived(header.sequence)
        if let lastArrival, !isNewSource { longestGap = max(longestGap, arrival - lastArrival) }
        lastArrival = max(lastArrival ?? arrival, arrival)
        reception.receive(header, at: MonotonicTime(nanoseconds: arrival))
        return isNewSource
    }

    /// A packet of the peer came in vain: its time had passed, or there was no room for it.
    mutating func noteDiscard(_ sequence: SequenceNumber) { losses.discard(sequence) }

    /// Milliseconds of sound in the peer's packets; nil before the first.
    var packetTime: Int? { packetLength == .max ? nil : Int(packetLength / 1_000_000) }
    /// What was lost and discarded, as if nothing more came.
    var missing: BurstGapStatistics { losses.settled }

    /// Another clock runs from now on.
    mutating func changeClock(_ rate: Int) {
        reception.changeClock(rate)
        nextTimestamp = nil
        tickLine = TickLine()
    }

    /// The header with its time stamp in ticks of 8 kHz. `scale`: ticks of the stream's clock in one of these.
    mutating func inTicks(_ header: RTPHeader, scale: Int) -> RTPHeader {
        guard scale > 1 else { return header }
        var header = header
        header.timestamp = tickLine.ticks(of: header.timestamp, scale: scale)
        return header
    }

    /// `header` as of `inTicks`.
    mutating func noteAudio(_ header: RTPHeader, samples: Int) {
        let next = header.timestamp.advanced(by: samples)
        lastAudio = lastArrival
        packetLength = Int64(samples) * 125_000
        others.count = 0
        // A late packet does not turn the time line back; a jump of it is followed.
        if let nextTimestamp, (-8_000...0).contains(nextTimestamp.distance(to: next)) { return }
        nextTimestamp = next
    }

    /// The time stamp of a packet that would be sent now, if the stream flows.
    func timestamp(at now: Int64) -> RTPTimestamp? {
        guard let nextTimestamp, let lastAudio, now - lastAudio < 100_000_000 else { return nil }
        return nextTimestamp
    }

    /// For how long nothing has come although it should have, in ns.
    func silence(at now: Int64) -> Int64 {
        now - max(expectedSince, lastArrival ?? .min)
    }

    func statistics() -> SessionStatistics {
        var result = SessionStatistics()
        result.packetsReceived = reception.packets
        result.packetsLost = reception.lost
        result.duplicates = reception.duplicates + replayed
        result.unauthenticated = unauthenticated
        result.reordered = reception.reordered
        result.jitterMilliseconds = reception.jitterMilliseconds
        result.ignored = ignored
        result.digits = digits
        result.losses = missing
        result.packetTimeMilliseconds = packetTime ?? result.packetTimeMilliseconds
        result.longestGapMilliseconds = Double(longestGap) / 1e6
        return result
    }
}
