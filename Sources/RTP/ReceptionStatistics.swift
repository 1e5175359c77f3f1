import Timing

/// What came in on one RTP port: counts every packet, and reports on the present source (RFC 3550 §6.4, A.1, A.3, A.8).
///
/// A new SSRC starts a new source; the totals over the call go on. There is no probation before the first packet counts
/// (A.1 wants two in sequence): the port belongs to one call, so the first packet is nearly always the right one.
package struct ReceptionStatistics: Sendable {
    private var clockRate: Int64
    private var window = SequenceWindow()
    private var packetsOfSource = 0
    private var transit: UInt32?
    private var lastTimestamp: RTPTimestamp?
    /// The jitter of A.8, times 16.
    private var scaledJitter: UInt32 = 0
    private var expectedAtReport = 0
    private var receivedAtReport = 0
    private var senderReport: (middle: UInt32, arrival: MonotonicTime)?

    /// The present source; nil before the first packet.
    package private(set) var ssrc: SSRC?
    /// Packets and payload bytes of all sources, duplicates included.
    package private(set) var packets = 0
    package private(set) var payloadBytes = 0
    package private(set) var duplicates = 0
    package private(set) var reordered = 0
    /// Times that another SSRC took over or that the sequence started elsewhere.
    package private(set) var restarts = 0
    private var lostBefore = 0

    /// `clockRate` in hertz.
    package init(clockRate: Int = 8_000) {
        self.clockRate = Int64(clockRate)
    }

    /// Packets that have not come, over all sources.
    package var lost: Int { lostBefore + max(window.expected - window.received, 0) }
    /// Packets that should have come from the present source.
    package var expected: Int { window.expected }
    /// Interarrival jitter in units of the media clock.
    package var jitter: UInt32 { scaledJitter >> 4 }
    /// Interarrival jitter in milliseconds.
    package var jitterMilliseconds: Double { clockRate > 0 ? Double(scaledJitter) / 16 * 1_000 / Double(clockRate) : 0 }

    /// The stream goes on in another codec, with another clock: jitter is measured anew.
    package mutating func changeClock(_ rate: Int) {
        guard Int64(rate) != clockRate else { return }
        clockRate = Int64(rate)
        transit = nil
        lastTimestamp = nil
        scaledJitter = 0
    }

    /// `arrival` is the kernel's time of the packet: the time it was read would count the tick as jitter.
    package mutating func receive(_ header: RTPHeader, at arrival: MonotonicTime) {
        packets += 1
        payloadBytes += header.payloadLength
        if ssrc != header.ssrc { restart(with: header.ssrc) }
        packetsOfSource += 1
        switch window.place(header.sequence) {
        case .newest: measureJitter(header.timestamp, at: arrival)
        case .reordered: reordered += 1
        case .duplicate: duplicates += 1
        case .restarted:
            restarts += 1
            transit = nil
            lastTimestamp = nil
        }
    }

    /// Remembers a sender report of the present source for LSR and DLSR.
    package mutating func receive(_ report: SenderReport, at arrival: MonotonicTime) {
        guard report.ssrc == ssrc else { return }
        senderReport = (report.ntp.middle, arrival)
    }

    /// The report block to send now, which starts a new interval for the fraction lost; nil before the first packet.
    package mutating func report(at now: MonotonicTime) -> ReceptionReport? {
        guard let ssrc else { return nil }
        let expectedNow = window.expected - expectedAtReport
        // A.3 counts late and repeated packets as received.
        let receivedNow = packetsOfSource - receivedAtReport
        expectedAtReport = window.expected
        receivedAtReport = packetsOfSource
        let lostNow = expectedNow - receivedNow
        var report = ReceptionReport(ssrc: ssrc)
        report.fractionLost = expectedNow > 0 && lostNow > 0 ? UInt8(clamping: lostNow << 8 / expectedNow) : 0
        report.cumulativeLost = Int32(clamping: window.expected - packetsOfSource)
        report.extendedHighestSequence = window.extendedHighest
        report.jitter = jitter
        if let senderReport {
            report.lastSenderReport = senderReport.middle
            report.delaySinceLastSenderReport = Self.units(since: senderReport.arrival, now: now)
        }
        return report
    }

    private mutating func restart(with source: SSRC) {
        if ssrc != nil { restarts += 1 }
        lostBefore = lost
        ssrc = source
        window = SequenceWindow()
        packetsOfSource = 0
        transit = nil
        lastTimestamp = nil
        scaledJitter = 0
        expectedAtReport = 0
        receivedAtReport = 0
        senderReport = nil
    }

    /// A.8. Packets of one telephone event bear one timestamp (RFC 4733 §2.2.1): their spacing says nothing about the network.
    private mutating func measureJitter(_ timestamp: RTPTimestamp, at arrival: MonotonicTime) {
        if timestamp == lastTimestamp { return }
        lastTimestamp = timestamp
        // Whole seconds and the rest apart: nanoseconds times the rate would overflow after 13 days of uptime.
        let nanoseconds = arrival.nanoseconds
        let ticks = (nanoseconds / 1_000_000_000) &* clockRate &+ (nanoseconds % 1_000_000_000) &* clockRate / 1_000_000_000
        let now = UInt32(truncatingIfNeeded: ticks) &- timestamp.rawValue
        if let transit {
            let difference = Int32(bitPattern: now &- transit).magnitude
            // A jump of more than ten seconds is a new time line, not jitter.
            if difference < UInt32(clamping: clockRate &* 10) {
                scaledJitter = scaledJitter &+ difference &- (scaledJitter &+ 8) >> 4
            }
        }
        transit = now
    }

    private static func units(since arrival: MonotonicTime, now: MonotonicTime) -> UInt32 {
        let nanoseconds = max((now - arrival).wholeNanoseconds, 0)
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return UInt32(clamping: min(seconds, 0xFFFF) << 16 + (rest << 16) / 1_000_000_000)
    }
}
