import CMediaSockets
import Glibc
import RTP
import SRTP
import Timing

/// RTCP of a session (RFC 3550 §6): a sender or receiver report about every five seconds, the peer's reports read once a second.
///
/// Read by tick like RTP, with the kernel's arrival time, so that the round trip is right although nobody waits for it.
struct ReportPath {
    private static let readInterval: Int64 = 1_000_000_000
    private static let datagramsPerRead = 8

    /// Where RTCP goes; nil when nobody listens there.
    var target: SocketAddress?
    private var nextReport: Int64 = 0
    private var nextRead: Int64 = 0
    private var spread: UInt32
    private(set) var roundTripMilliseconds: Double?
    /// The peer's last report on what we send.
    private(set) var received: ReceptionReport?
    /// Datagrams on the RTCP port of an encrypted session that failed authentication.
    private(set) var unauthenticated: UInt64 = 0

    init(seed: UInt32) {
        spread = seed | 1
    }

    mutating func isReportDue(at now: Int64) -> Bool {
        if nextReport == 0 { schedule(after: now, isFirst: true) }
        guard now >= nextReport else { return false }
        schedule(after: now, isFirst: false)
        return true
    }

    private mutating func schedule(after now: Int64, isFirst: Bool) {
        // xorshift: only difference is wanted, no quality.
        spread ^= spread << 13
        spread ^= spread >> 17
        spread ^= spread << 5
        nextReport = now + ReportInterval.next(isFirst: isFirst, random: Double(spread) / Double(UInt32.max)).wholeNanoseconds
    }

    mutating func isReadDue(at now: Int64) -> Bool {
        guard now >= nextRead else { return false }
        nextRead = now + Self.readInterval
        return true
    }

    /// Reads what has come on the RTCP port.
    mutating func read(
        _ socket: RTPSocket, ours: SSRC, protection: SRTPContext?, reception: inout ReceptionStatistics, metrics: inout VoIPMetrics?,
        clock: TickClock, scratch: MediaScratch
    ) {
        for _ in 0..<Self.datagramsPerRead {
            var source = SocketAddress()
            var stamp: Int64 = 0
            var length = media_receive(socket.descriptor, scratch.datagram, MediaScratch.datagramCapacity, &source.raw, &stamp)
            if length == -Int(EAGAIN) { return }
            guard length > 0, let target, source.sameHost(as: target) else { continue }
            if let protection {
                do throws(SRTPError) {
                    length = try protection.unprotectReport(scratch.datagram, count: length)
                } catch {
                    if error != .malformed { unauthenticated &+= 1 }
                    continue
                }
            }
            let bytes = UnsafeRawBufferPointer(start: scratch.datagram, count: length)
            received(bytes, ours: ours, reception: &reception, metrics: &metrics, stamp: stamp, clock: clock)
        }
    }

    /// One compound packet of the peer: its clock for our next report, its report on us for the round trip, and how it hears us.
    mutating func received(
        _ bytes: UnsafeRawBufferPointer, ours: SSRC, reception: inout ReceptionStatistics, metrics: inout VoIPMetrics?, stamp: Int64,
        clock: TickClock
    ) {
        let arrival = clock.arrival(stamped: stamp)
        let wall = NTPTimestamp(unixNanoseconds: clock.wall - (clock.now - arrival))
        RTCPCompound.parse(bytes) { item in
            switch item {
            case .senderReport(let report):
                reception.receive(report, at: MonotonicTime(nanoseconds: arrival))
            case .reception(let block, from: _) where block.ssrc == ours:
                received = block
                if let time = block.roundTrip(at: wall) { roundTripMilliseconds = time.inSeconds * 1_000 }
            case .voipMetrics(let block, from: _) where block.ssrc == ours:
                metrics = block
            default:
                break
            }
        }
    }
}
