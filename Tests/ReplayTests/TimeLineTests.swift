import RTP
import Testing

@testable import Replay

@Suite struct TimeLineTests {
    private func arrivals(_ count: Int, _ milliseconds: (Int) -> Double) -> [Int64] {
        (0..<count).map { Int64(milliseconds($0) * 1e6) }
    }

    private func line(_ arrivals: [Int64], stamp: (Int) -> Int = { $0 * 160 }) -> TimeLine {
        let stamps = arrivals.indices.map { RTPTimestamp(UInt32(truncatingIfNeeded: stamp($0))) }
        return TimeLine(stamps: stamps, arrivals: arrivals, clockRate: 8_000)
    }

    @Test func delaysAreHeldAgainstTheFastestPacketAcrossAWrap() {
        let late: [Double] = [30, 10, 50, 5, 12]
        let line = line(arrivals(5) { Double($0) * 20 + late[$0] }) { 0xFFFF_FF00 + $0 * 160 }
        #expect(line.delays == [25_000_000, 5_000_000, 45_000_000, 0, 7_000_000])
        #expect(line.segments.count == 1)
    }

    @Test func anOutageIsDelayAndAStepIsNone() {
        // Two seconds in which nothing comes; then all of it at once.
        let outage = line(arrivals(500) { (200..<300).contains($0) ? 6_000 : Double($0) * 20 })
        #expect(outage.segments.count == 1)
        #expect(outage.delays.max() == 2_000_000_000)
        // The sender's clock stands still for two seconds, and goes on.
        let pause = line(arrivals(500) { Double($0) * 20 + ($0 >= 200 ? 2_000 : 0) })
        #expect(pause.segments.count == 2 && pause.segments.last?.start == 200)
        #expect(pause.delays.max() == 0)
        let ahead = line(arrivals(10) { Double($0) * 20 }) { $0 * 160 + ($0 >= 5 ? 80_000 : 0) }
        #expect(ahead.segments.count == 2 && ahead.delays.max() == 0)
    }

    @Test(arguments: [-300.0, -20, 150]) func driftIsToldInPartsPerMillion(drift: Double) throws {
        let times = arrivals(15_000) { number in
            let jitter = Double(number * 7_919 % 13)
            return Double(number) * 20 * (1 - drift / 1e6) + jitter
        }
        let found = try #require(line(times).drift(arrivals: times))
        #expect(abs(found - drift) < 5, "\(found)")
    }

    @Test func aSteadyClockDoesNotDrift() {
        let times = arrivals(15_000) { Double($0) * 20 }
        #expect(line(times).drift(arrivals: times) == nil)
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
