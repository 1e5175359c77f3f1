import RTP
import Testing

@testable import AudioFiles
@testable import MediaPlane

/// Where packets are laid down in a recording: by their time stamps, and by the clock where those tell nothing.
@Suite struct RecordingTapTests {
    private static let loud = -20.0
    private static let room = -60.0

    /// A tap, with a writer whose threads do not run, so that the blocks stay to be looked at.
    private final class Bench {
        let folder: ScratchFolder
        let writer: RecordingWriter
        let handle: RecordingHandle
        let scratch: MediaScratch
        var tap: RecordingTap
        let start: Int64 = 50_000_000_000

        /// `next`: the time stamp that the stream flows up to; nil when none flows.
        init(next: UInt32?, maximum: Int = 60_000, silence: Int? = nil, blockLimit: Int = 1_000) throws {
            folder = try ScratchFolder()
            writer = RecordingWriter(blockLimit: blockLimit)
            handle = try writer.open(folder.path + "/tap.wav", format: RecordingFormat())
            scratch = MediaScratch(writer: writer, canonicalName: [])
            tap = RecordingTap(
                order: RecordingTapOrder(handle: handle, maximum: maximum, silence: silence), at: start, next: next.map { RTPTimestamp($0) }
            )
        }

        /// 20 ms, each sample `value`, that arrive so many ms after the start.
        func hear(_ value: Int16, _ timestamp: UInt32, at milliseconds: Int, level: Double = RecordingTapTests.loud, count: Int = 160) {
            let samples = [Int16](repeating: value, count: count)
            samples.withUnsafeBufferPointer {
                tap.append(
                    $0, timestamp: RTPTimestamp(timestamp), level: level, arrival: start + Int64(milliseconds) * 1_000_000, scratch: scratch
                )
            }
        }

        func turn(at milliseconds: Int) -> RecordingTapResult.End? {
            tap.turn(at: start + Int64(milliseconds) * 1_000_000, scratch: scratch)
        }

        /// All that was laid down, in runs of one value: `[first sample, count, value]`; 0 is what nothing was laid on.
        func runs() throws -> [[Int]] {
            var samples: [Int16] = []
            for (block, _) in scratch.filled {
                try block.forEachSegment { segment, values throws(AudioFileError) in
                    let end = segment.fileOffset + segment.count
                    if samples.count < end { samples += [Int16](repeating: 0, count: end - samples.count) }
                    samples.replaceSubrange(segment.fileOffset..<end, with: values)
                }
            }
            var runs: [[Int]] = []
            for (index, value) in samples.enumerated() {
                if let last = runs.last, last[2] == Int(value) {
                    runs[runs.count - 1][1] += 1
                } else {
                    runs.append([index, 1, Int(value)])
                }
            }
            return runs
        }

        func end(_ end: RecordingTapResult.End = .stopped) -> RecordingTapResult { tap.end(end, scratch: scratch) }
    }

    @Test func aFlowingStreamBeginsWhereItStood() throws {
        let bench = try Bench(next: UInt32.max - 200)
        for index in 0..<4 { bench.hear(Int16(index + 1), (UInt32.max - 200) &+ UInt32(160 * index), at: 15 + 20 * index) }
        let result = bench.end()
        #expect(result.samples == 640 && result.samplesToLastSpeech == 640 && result.handle === bench.handle)
        #expect(try bench.runs() == [[0, 160, 1], [160, 160, 2], [320, 160, 3], [480, 160, 4]])
    }

    @Test func aLatePacketGoesToItsPlace() throws {
        let bench = try Bench(next: 1_000)
        for (value, timestamp, time) in [(1, 1_000, 20), (3, 1_320, 60), (4, 1_480, 80), (2, 1_160, 90)] {
            bench.hear(Int16(value), UInt32(timestamp), at: time)
        }
        #expect(bench.end().samples == 640)
        #expect(try bench.runs() == [[0, 160, 1], [160, 160, 2], [320, 160, 3], [480, 160, 4]])
    }

    @Test func aLostPacketLeavesItsLength() throws {
        let bench = try Bench(next: 1_000)
        bench.hear(1, 1_000, at: 20)
        bench.hear(3, 1_320, at: 60)
        #expect(bench.end().samples == 480)
        #expect(try bench.runs() == [[0, 160, 1], [160, 160, 0], [320, 160, 3]])
    }

    @Test func aStreamThatHasNotBegunIsLaidByTheClock() throws {
        let bench = try Bench(next: nil)
        bench.hear(1, 77_777, at: 300)
        bench.hear(2, 77_937, at: 325)
        #expect(bench.end().samples == 2_720)
        #expect(try bench.runs() == [[0, 2_400, 0], [2_400, 160, 1], [2_560, 160, 2]], "jitter of the second one does not move it")
    }

    @Test func aPauseOnTheTimeLineIsAPause() throws {
        let bench = try Bench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.hear(2, 80_000, at: 10_020)
        #expect(bench.end().samples == 80_160)
        #expect(try bench.runs() == [[0, 160, 1], [160, 79_840, 0], [80_000, 160, 2]])
    }

    @Test(arguments: [1_000_000, 0x7FFF_FF00, 0x8000_0000, 0xFFFF_0000] as [UInt32])
    func aJumpOfTheTimeLineIsLaidByTheClock(jump: UInt32) throws {
        let bench = try Bench(next: 5_000)
        bench.hear(1, 5_000, at: 20)
        bench.hear(2, 5_000 &+ jump, at: 500)
        bench.hear(3, 5_160 &+ jump, at: 520)
        #expect(bench.end().samples == 4_320)
        #expect(try bench.runs() == [[0, 160, 1], [160, 3_840, 0], [4_000, 160, 2], [4_160, 160, 3]])
    }

    @Test func aJumpNeverOverwritesWhatIsThere() throws {
        let bench = try Bench(next: 0)
        // A burst: the packets run ahead of the clock.
        for index in 0..<10 { bench.hear(1, UInt32(160 * index), at: 5) }
        bench.hear(2, 4_000_000, at: 10)
        #expect(try bench.end().samples == 1_760 && bench.runs() == [[0, 1_600, 1], [1_600, 160, 2]])
    }

    @Test func anotherSourceIsLaidByTheClock() throws {
        let bench = try Bench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.tap.resynchronise()
        bench.hear(2, 160, at: 1_000)
        #expect(bench.end().samples == 8_160)
        #expect(try bench.runs() == [[0, 160, 1], [160, 7_840, 0], [8_000, 160, 2]])
    }

    @Test func whatWasSaidBeforeTheStartIsCut() throws {
        let bench = try Bench(next: 1_000)
        bench.hear(9, 760, at: 1)
        bench.hear(1, 920, at: 5)
        bench.hear(2, 1_080, at: 25)
        #expect(bench.end().samples == 240)
        #expect(try bench.runs() == [[0, 80, 1], [80, 160, 2]])
    }

    @Test func theMaximumEndsIt() throws {
        let bench = try Bench(next: nil, maximum: 1_000)
        #expect(bench.turn(at: 999) == nil)
        #expect(bench.turn(at: 1_000) == .maximum, "also when nothing arrives")
        let result = bench.end(.maximum)
        #expect(result.samples == 0 && result.samplesToLastSpeech == 0 && bench.scratch.filled.isEmpty)
    }

    @Test func silenceEndsItAndSpeechGoesOn() throws {
        let bench = try Bench(next: 0, silence: 500)
        #expect(bench.turn(at: 499) == nil && bench.turn(at: 500) == .silence, "nothing said at all")
        bench.hear(1, 3_200, at: 420)
        #expect(bench.turn(at: 919) == nil)
        bench.hear(2, 7_000, at: 900, level: Self.room)
        #expect(bench.turn(at: 919) == nil && bench.turn(at: 920) == .silence, "the noise of a room is no speech")
        let result = bench.end(.silence)
        #expect(result.samplesToLastSpeech == 3_360 && result.samples == 7_160)
    }

    @Test func samplesAreHandedOverInTimeToOutliveACrash() throws {
        let bench = try Bench(next: 0)
        bench.hear(1, 0, at: 20)
        #expect(bench.turn(at: 419) == nil && bench.scratch.filled.isEmpty)
        #expect(bench.turn(at: 420) == nil && bench.scratch.filled.count == 1)
        bench.hear(2, 160, at: 440)
        _ = bench.end()
        #expect(bench.scratch.filled.count == 2 && bench.scratch.filled.allSatisfy { $0.recording === bench.handle })
    }

    @Test func aFullBlockIsFollowedByAnother() throws {
        let bench = try Bench(next: 0)
        for index in 0..<60 { bench.hear(Int16(index / 10 + 1), UInt32(160 * index), at: 1) }
        #expect(bench.end().samples == 9_600 && bench.scratch.filled.count == 3)
        #expect(try bench.runs() == (0..<6).map { [$0 * 1_600, 1_600, $0 + 1] })
    }

    @Test func aDiskThatDoesNotKeepUpEndsIt() throws {
        let bench = try Bench(next: 0, blockLimit: 1)
        for index in 0..<25 { bench.hear(1, UInt32(160 * index), at: 20 * index) }
        #expect(bench.turn(at: 300) == nil, "one block is there")
        // No block is free any more, for longer than a lock is ever held.
        for index in 25..<75 { bench.hear(1, UInt32(160 * index), at: 20 * index) }
        #expect(bench.turn(at: 1_500) == .storageTooSlow)
        #expect(bench.end(.storageTooSlow).handle === bench.handle)
    }

    /// Blocks are taken by trying a lock that others hold for microseconds: that is no slow disk.
    @Test func aLockThatIsTakenJustNowIsNoSlowDisk() throws {
        let bench = try Bench(next: 0)
        bench.writer.shared.withLock { _ in
            for index in 0..<50 {
                bench.scratch.replenish()
                bench.hear(2, UInt32(160 * index), at: 20 + 20 * index)
                #expect(bench.turn(at: 20 + 20 * index) == nil)
            }
        }
        #expect(bench.end().samples == 8_000)
        #expect(try bench.runs() == [[0, 8_000, 2]])
    }

    @Test func aFileThatFailedEndsIt() throws {
        let bench = try Bench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.handle.fail(AudioFileError(.diskFull, path: "x", problem: "full", remedy: "free some"))
        #expect(bench.turn(at: 20) == .storageTooSlow)
        _ = bench.end(.storageTooSlow)
    }

    @Test func anyTimeStampsStayBoundedByTheClock() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyTimeStamps seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let bench = try Bench(next: 123)
        var milliseconds = 0
        for index in 0..<400 {
            milliseconds += Int.random(in: 0...40, using: &random)
            bench.hear(
                Int16(index), UInt32.random(in: 0...UInt32.max, using: &random), at: milliseconds,
                count: [1, 160, 1_000].randomElement(using: &random) ?? 1)
        }
        // What a peer writes into its time stamps must not make a file of any length: what came plus the time that passed.
        #expect(bench.end().samples <= milliseconds * 8 + 400 * 1_000 + 16_000)
    }
}
