import RTP
import Testing

@testable import Replay

@Suite struct TimeLineTests {
    private func line(_ packets: [(stamp: Int, milliseconds: Double)]) -> TimeLine {
        TimeLine(
            stamps: packets.map { RTPTimestamp(UInt32(truncatingIfNeeded: $0.stamp)) },
            arrivals: packets.map { Int64($0.milliseconds * 1e6) },
            clockRate: 8_000)
    }

    @Test func delaysAreHeldAgainstTheFastestPacketAcrossAWrap() {
        let delays = [30.0, 10, 50, 5, 12]
        let line = line(delays.enumerated().map { (0xFFFF_FF00 + $0 * 160, Double($0) * 20 + $1) })
        #expect(line.delays.map { Double($0) / 1e6 } == [25, 5, 45, 0, 7])
        #expect(line.segments.count == 1)
    }

    @Test func anOutageIsDelayAndAStepIsNone() {
        // Two seconds in which nothing comes; then all of it at once.
        let outage = line((0..<500).map { ($0 * 160, $0 >= 200 && $0 < 300 ? 6_000 : Double($0) * 20) })
        #expect(outage.segments.count == 1)
        #expect(outage.delays.max() == 2_000_000_000)
        // The sender's clock stands still for two seconds, and goes on.
        let pause = line((0..<500).map { ($0 * 160, Double($0) * 20 + ($0 >= 200 ? 2_000 : 0)) })
        #expect(pause.segments.map(\.start) == [0, 200])
        #expect(pause.delays.max() == 0)
        let ahead = line((0..<10).map { ($0 * 160 + ($0 >= 5 ? 80_000 : 0), Double($0) * 20) })
        #expect(ahead.segments.count == 2 && ahead.delays.max() == 0)
    }

    @Test func driftIsToldInPartsPerMillion() throws {
        for drift in [-300.0, -20, 150] {
            let packets = (0..<15_000).map { ($0 * 160, Double($0) * 20 * (1 - drift / 1e6) + Double($0 * 7_919 % 13)) }
            let found = try #require(line(packets).drift(arrivals: packets.map { Int64($0.1 * 1e6) }))
            #expect(abs(found - drift) < 5, "\(drift) ppm")
        }
        let steady = (0..<15_000).map { ($0 * 160, Double($0) * 20) }
        #expect(line(steady).drift(arrivals: steady.map { Int64($0.1 * 1e6) }) == nil)
    }

    @Test func lossesAreFoundAcrossWrapsAndRestarts() {
        func runs(_ sequences: [Int]) -> LossRuns {
            LossRuns(
                sequences.enumerated().map {
                    CapturedStream.Packet(
                        arrival: Int64($0) * 20_000_000,
                        header: RTPHeader(
                            payloadType: 8, sequence: SequenceNumber(UInt16(truncatingIfNeeded: $1)), timestamp: RTPTimestamp(0),
                            ssrc: SSRC(1)),
                        payload: 0..<0, isSound: true)
                })
        }
        #expect(runs([65_533, 65_534, 2, 3]).runs.map(\.count) == [3])
        #expect(runs([10, 12, 11, 12, 13]).lost == 0)
        #expect(runs([10, 12, 11, 12, 13]).received == 4)
        #expect(runs([1, 2, 3, 30_000, 30_001, 30_003]).runs.map(\.count) == [1])
        #expect(runs([5, 7, 10]).inOrder == [0, nil, 1, nil, nil, 2])
        #expect(runs([]).expected == 0)
    }
}
