import Testing
import Timing

@testable import RTP

@Suite struct ReceptionStatisticsTests {
    private func packet(_ sequence: Int, ssrc: UInt32 = 1, timestamp: Int? = nil) -> RTPHeader {
        RTPHeader(
            payloadType: 0, sequence: SequenceNumber(UInt16(truncatingIfNeeded: sequence)),
            timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: timestamp ?? sequence * 160)), ssrc: SSRC(ssrc), payloadLength: 160)
    }

    /// `#require` cannot call what mutates.
    private func reportOf(_ statistics: inout ReceptionStatistics, at milliseconds: Int) throws -> ReceptionReport {
        let report = statistics.report(at: time(milliseconds))
        return try #require(report)
    }

    private func time(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    @Test func cleanStreamAcrossTheWrap() throws {
        var statistics = ReceptionStatistics()
        for index in 0..<1_000 { statistics.receive(packet(65_000 + index), at: time(20 * index)) }
        #expect(statistics.packets == 1_000 && statistics.expected == 1_000 && statistics.lost == 0 && statistics.jitter == 0)
        let report = try reportOf(&statistics, at: 20_000)
        #expect(report.fractionLost == 0 && report.cumulativeLost == 0)
        #expect(report.extendedHighestSequence == 0x1_0000 + UInt32(65_999 - 65_536))
    }

    @Test func lossDuplicatesAndReordering() throws {
        var statistics = ReceptionStatistics()
        for sequence in [0, 1, 2, 4, 3, 5, 5, 8, 9] { statistics.receive(packet(sequence), at: time(20 * sequence)) }
        #expect(statistics.packets == 9 && statistics.duplicates == 1 && statistics.reordered == 1 && statistics.lost == 2)
        let report = try reportOf(&statistics, at: 200)
        // RFC 3550 A.3 counts the duplicate as received: 10 expected, 9 received.
        #expect(report.cumulativeLost == 1 && report.fractionLost == 25)
        let next = try reportOf(&statistics, at: 300)
        #expect(next.fractionLost == 0 && next.cumulativeLost == 1)
    }

    /// A.8 worked by hand: one packet 5 ms late, then back: 40 and 40 units, J = 40/16, then J += (40 - J)/16.
    @Test func jitterOfTheRFC() {
        var statistics = ReceptionStatistics()
        for (index, arrival) in [0, 20, 45, 60].enumerated() { statistics.receive(packet(index), at: time(arrival)) }
        #expect(statistics.jitter == 4)
        #expect(abs(statistics.jitterMilliseconds - 0.605) < 0.02)
    }

    @Test func jitterNeedsNoShortUptime() {
        var statistics = ReceptionStatistics()
        let start = Int64(400 * 86_400) * 1_000_000_000
        for index in 0..<500 {
            statistics.receive(packet(index), at: MonotonicTime(nanoseconds: start + Int64(index) * 20_000_000))
        }
        #expect(statistics.jitter == 0)
    }

    @Test func eventPacketsAreNoJitter() {
        var statistics = ReceptionStatistics()
        for index in 0..<50 { statistics.receive(packet(index, timestamp: 8_000), at: time(20 * index)) }
        #expect(statistics.packets == 50 && statistics.jitter == 0)
    }

    @Test func anotherSourceStartsAnew() throws {
        var statistics = ReceptionStatistics()
        for index in 0..<10 where index != 4 { statistics.receive(packet(index), at: time(20 * index)) }
        for index in 0..<10 { statistics.receive(packet(30_000 + index, ssrc: 2), at: time(200 + 20 * index)) }
        #expect(statistics.packets == 19 && statistics.restarts == 1 && statistics.lost == 1)
        let report = try reportOf(&statistics, at: 400)
        #expect(report.ssrc == SSRC(2) && report.cumulativeLost == 0)
    }

    @Test func sequenceJumpIsNoLoss() {
        var statistics = ReceptionStatistics()
        for index in 0..<10 { statistics.receive(packet(index), at: time(20 * index)) }
        for index in 0..<10 { statistics.receive(packet(40_000 + index), at: time(200 + 20 * index)) }
        #expect(statistics.packets == 20 && statistics.lost == 0 && statistics.restarts == 1)
    }

    @Test func delaySinceSenderReport() throws {
        var statistics = ReceptionStatistics()
        statistics.receive(packet(1), at: time(0))
        let sender = SenderReport(
            ssrc: SSRC(1), ntp: NTPTimestamp(seconds: 0x1234_5678, fraction: 0x9ABC_DEF0), timestamp: RTPTimestamp(0), packets: 1, octets: 1
        )
        statistics.receive(sender, at: time(1_000))
        let report = try reportOf(&statistics, at: 3_500)
        #expect(report.lastSenderReport == 0x5678_9ABC && report.delaySinceLastSenderReport == 5 << 15)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func anyOrderCountsEveryPacket(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var statistics = ReceptionStatistics()
        let count = 20_000
        for index in 0..<count {
            let sequence = Bool.random(using: &random) ? index : Int.random(in: 0...70_000, using: &random)
            statistics.receive(packet(sequence, ssrc: index % 5_000 < 4_990 ? 1 : 2), at: time(index))
            if index % 100 == 0 { _ = statistics.report(at: time(index)) }
        }
        #expect(statistics.packets == count)
        #expect(statistics.lost >= 0)
    }
}
