import RTP
import Testing

@testable import MediaPlane

/// One source's numbers as ours.
@Suite struct RestampingTests {
    private func header(_ sequence: UInt16, _ timestamp: UInt32, ssrc: UInt32 = 1, marker: Bool = false) -> RTPHeader {
        RTPHeader(
            marker: marker, payloadType: 0, sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp), ssrc: SSRC(ssrc))
    }

    /// Ours stands at 300 and 5,000.
    private func stamp(_ stamps: inout Restamping, _ header: RTPHeader) -> Restamping.Stamp? {
        stamps.stamp(header, sequence: SequenceNumber(300), timestamp: RTPTimestamp(5_000))
    }

    private func expected(_ sequence: UInt16, _ timestamp: UInt32, marker: Bool = false, isNewest: Bool = true) -> Restamping.Stamp {
        Restamping.Stamp(sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp), marker: marker, isNewest: isNewest)
    }

    @Test func theFirstPacketGoesOnWhereOursStands() {
        var stamps = Restamping()
        #expect(stamp(&stamps, header(65_535, 0xFFFF_FFF0)) == expected(300, 5_000, marker: true))
        #expect(stamp(&stamps, header(0, 0x90)) == expected(301, 5_160))
        #expect(stamp(&stamps, header(1, 0x130, marker: true)) == expected(302, 5_320, marker: true))
    }

    @Test func lossesPausesAndReorderingStay() {
        var stamps = Restamping()
        _ = stamp(&stamps, header(10, 1_000))
        #expect(stamp(&stamps, header(13, 1_480)) == expected(303, 5_480))
        #expect(stamp(&stamps, header(12, 1_320)) == expected(302, 5_320, isNewest: false))
        #expect(stamp(&stamps, header(14, 17_640, marker: true)) == expected(304, 21_640, marker: true), "two seconds of silence")
        #expect(stamp(&stamps, header(14, 17_640)) == expected(304, 21_640, isNewest: false), "a duplicate stays one")
    }

    @Test func anotherSourceIsAttachedAnew() {
        var stamps = Restamping()
        _ = stamp(&stamps, header(10, 1_000))
        #expect(stamp(&stamps, header(11, 1_160, ssrc: 2)) == expected(300, 5_000, marker: true))
        #expect(stamp(&stamps, header(40_000, 9, ssrc: 2)) == expected(300, 5_000, marker: true), "the same that has started again")
        stamps.interrupt()
        #expect(stamp(&stamps, header(40_001, 169, ssrc: 2)) == expected(300, 5_000, marker: true))
    }

    @Test func whatCameBeforeTheFirstHasNoPlace() {
        var stamps = Restamping()
        _ = stamp(&stamps, header(10, 1_000))
        #expect(stamp(&stamps, header(9, 840)) == nil)
        #expect(stamp(&stamps, header(11, 1_160)) == expected(301, 5_160))
    }

    @Test func whatIsSkippedLeavesNoHole() {
        var stamps = Restamping()
        stamps.skip(header(9, 0))
        _ = stamp(&stamps, header(10, 1_000))
        stamps.skip(header(11, 1_160))
        stamps.skip(header(12, 1_160))
        stamps.skip(header(12, 1_160))
        stamps.skip(header(5, 1_160, ssrc: 3))
        #expect(stamp(&stamps, header(13, 1_480)) == expected(301, 5_480))
        // 14 is lost, 15 skipped: one is missing.
        stamps.skip(header(15, 1_800))
        #expect(stamp(&stamps, header(16, 1_960)) == expected(303, 5_960))
        #expect(stamp(&stamps, header(14, 1_640)) == nil, "too late to be numbered")
    }

    /// Whatever a source does, its packets in order get numbers in order, as many apart as those that were not skipped.
    @Test func anyStreamKeepsItsDistances() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyStreamKeepsItsDistances seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var stamps = Restamping()
        var (sequence, timestamp) = (UInt16.random(in: 0...UInt16.max, using: &random), UInt32.random(in: 0...UInt32.max, using: &random))
        var last: Restamping.Stamp?
        var wanted = 0
        var step = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...3, using: &random)
            sequence &+= UInt16(count)
            timestamp &+= UInt32(count * 160)
            wanted += count
            step += count * 160
            let packet = header(sequence, timestamp)
            if Int.random(in: 0..<5, using: &random) == 0, last != nil {
                stamps.skip(packet)
                wanted -= 1
                continue
            }
            let next = last.map { ($0.sequence.advanced(by: 1), $0.timestamp) } ?? (SequenceNumber(7), RTPTimestamp(9))
            guard let stamp = stamps.stamp(packet, sequence: next.0, timestamp: next.1) else {
                Issue.record("no place")
                return
            }
            if let last, last.sequence.distance(to: stamp.sequence) != wanted || last.timestamp.distance(to: stamp.timestamp) != step {
                Issue.record("\(last) \(stamp) \(wanted) \(step)")
                return
            }
            last = stamp
            (wanted, step) = (0, 0)
        }
    }
}
