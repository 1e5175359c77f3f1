import RTP
import Testing

@testable import MediaPlane

/// What is known of the peer's stream: where its time line stands, and how long it has been silent.
@Suite struct ReceivePathTests {
    private static let millisecond: Int64 = 1_000_000

    private static func header(_ sequence: UInt16, _ timestamp: UInt32, ssrc: UInt32 = 1, type: UInt8 = 0) -> RTPHeader {
        RTPHeader(payloadType: type, sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp), ssrc: SSRC(ssrc))
    }

    /// A path that has heard packets of 20 ms from 1 s on; the last one at 1.18 s ends at time stamp 1,600.
    private static func flowing() -> ReceivePath {
        var path = ReceivePath()
        for index in 0..<10 {
            let header = header(UInt16(index), UInt32(160 * index))
            _ = path.note(header, arrival: (1_000 + 20 * Int64(index)) * millisecond)
            path.noteAudio(header, samples: 160)
        }
        return path
    }

    @Test func aFlowingStreamTellsItsNextTimeStamp() {
        let path = Self.flowing()
        #expect(path.timestamp(at: 1_190 * Self.millisecond) == RTPTimestamp(1_600))
        #expect(path.timestamp(at: 1_279 * Self.millisecond) == RTPTimestamp(1_600))
        #expect(path.timestamp(at: 1_281 * Self.millisecond) == nil, "it flows no more")
        #expect(ReceivePath().timestamp(at: 0) == nil)
    }

    @Test func aLatePacketDoesNotTurnTheTimeLineBackAndAJumpIsFollowed() {
        var path = Self.flowing()
        path.noteAudio(Self.header(5, 800), samples: 160)
        #expect(path.nextTimestamp == RTPTimestamp(1_600))
        path.noteAudio(Self.header(20, 4_000_000_000), samples: 160)
        #expect(path.nextTimestamp == RTPTimestamp(4_000_000_160))
    }

    /// While a key is pressed many peers send no audio, and all packets of the key bear the time stamp of its start.
    @Test func aKeyThatIsHeldLeavesTheTimeLineUnknown() {
        var path = Self.flowing()
        for index in 10..<60 {
            _ = path.note(Self.header(UInt16(index), 1_600, type: 101), arrival: (1_000 + 20 * Int64(index)) * Self.millisecond)
        }
        #expect(path.timestamp(at: 2_190 * Self.millisecond) == nil)
        let audio = Self.header(60, 9_600)
        _ = path.note(audio, arrival: 2_200 * Self.millisecond)
        path.noteAudio(audio, samples: 160)
        #expect(path.timestamp(at: 2_210 * Self.millisecond) == RTPTimestamp(9_760))
    }

    /// Lost is what is missing between packets of one source, whatever came in disorder.
    @Test func whatWasLostTogetherIsCounted() {
        var path = ReceivePath()
        let sequences: [UInt16] = [65_530, 65_531, 65_533, 65_532, 65_535, 3, 4, 5]
        for (index, sequence) in sequences.enumerated() {
            _ = path.note(Self.header(sequence, 0), arrival: Int64(index) * 20 * Self.millisecond)
        }
        _ = path.note(Self.header(40_000, 0, ssrc: 9), arrival: 1_000 * Self.millisecond)
        let losses = path.statistics().losses
        #expect(losses.received == 9 && losses.lost == 4 && losses.runs == 2 && losses.longestRun == 3, "65,534, and 0 to 2")
    }

    @Test func anotherSourceIsNoticedOnce() {
        var path = Self.flowing()
        let isFirstNew = path.note(Self.header(900, 77, ssrc: 2), arrival: 5_000 * Self.millisecond)
        let isSecondNew = path.note(Self.header(901, 237, ssrc: 2), arrival: 5_020 * Self.millisecond)
        #expect(isFirstNew && !isSecondNew)
        #expect(path.timestamp(at: 5_020 * Self.millisecond) == nil, "its time line has nothing to do with the old one")
        #expect(path.statistics().longestGapMilliseconds == 20, "the change is no gap")
    }

    @Test func silenceCountsFromTheLastPacketOrFromWhenOneWasExpected() {
        var path = Self.flowing()
        #expect(path.silence(at: 2_180 * Self.millisecond) == 1_000 * Self.millisecond)
        path.expect(from: 2_000 * Self.millisecond)
        #expect(path.silence(at: 2_180 * Self.millisecond) == 180 * Self.millisecond)
        var fresh = ReceivePath()
        fresh.expect(from: 500 * Self.millisecond)
        #expect(fresh.silence(at: 600 * Self.millisecond) == 100 * Self.millisecond)
    }

    @Test func countsStandInTheStatistics() {
        var path = Self.flowing()
        _ = path.note(Self.header(12, 1_920), arrival: 1_260 * Self.millisecond)
        path.ignore()
        path.countDigit()
        let statistics = path.statistics()
        #expect(statistics.packetsReceived == 11 && statistics.packetsLost == 2)
        #expect(statistics.ignored == 1 && statistics.digits == 1 && statistics.longestGapMilliseconds == 80)
    }
}
