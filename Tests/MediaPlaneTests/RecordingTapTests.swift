import Testing

@testable import AudioFiles
@testable import MediaPlane

/// Where packets are laid down in a recording: by their time stamps, and by the clock where those tell nothing.
@Suite struct RecordingTapTests {
    @Test func aFlowingStreamBeginsWhereItStood() throws {
        let bench = try RecordingBench(next: UInt32.max - 200)
        for index in 0..<4 { bench.hear(index + 1, (UInt32.max - 200) &+ UInt32(160 * index), at: 15 + 20 * index) }
        let result = bench.end()
        #expect(result.samples == 640 && result.samplesToLastSpeech == 640 && result.handle === bench.handle)
        #expect(try bench.runs() == [[0, 160, 1], [160, 160, 2], [320, 160, 3], [480, 160, 4]])
    }

    @Test func aLatePacketGoesToItsPlace() throws {
        let bench = try RecordingBench(next: 1_000)
        for (value, timestamp, time) in [(1, 1_000, 20), (3, 1_320, 60), (4, 1_480, 80), (2, 1_160, 90)] {
            bench.hear(value, UInt32(timestamp), at: time, number: value)
        }
        #expect(bench.end().samples == 640)
        #expect(try bench.runs() == [[0, 160, 1], [160, 160, 2], [320, 160, 3], [480, 160, 4]])
    }

    @Test func aStreamThatHasNotBegunIsLaidByTheClock() throws {
        let bench = try RecordingBench(next: nil)
        bench.hear(1, 77_777, at: 300)
        bench.hear(2, 77_937, at: 325)
        #expect(bench.end().samples == 2_720)
        #expect(try bench.runs() == [[0, 2_400, 0], [2_400, 160, 1], [2_560, 160, 2]], "jitter of the second one does not move it")
    }

    @Test func aPauseOnTheTimeLineIsAPause() throws {
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.hear(2, 80_000, at: 10_020)
        #expect(bench.end().samples == 80_160)
        #expect(try bench.runs() == [[0, 160, 1], [160, 79_840, 0], [80_000, 160, 2]])
    }

    @Test(arguments: [1_000_000, 0x7FFF_FF00, 0x8000_0000, 0xFFFF_0000] as [UInt32])
    func aJumpOfTheTimeLineIsLaidByTheClock(jump: UInt32) throws {
        let bench = try RecordingBench(next: 5_000)
        bench.hear(1, 5_000, at: 20)
        bench.hear(2, 5_000 &+ jump, at: 500)
        bench.hear(3, 5_160 &+ jump, at: 520)
        #expect(bench.end().samples == 4_320)
        #expect(try bench.runs() == [[0, 160, 1], [160, 3_840, 0], [4_000, 160, 2], [4_160, 160, 3]])
    }

    @Test func aJumpNeverOverwritesWhatIsThere() throws {
        let bench = try RecordingBench(next: 0)
        // A burst: the packets run ahead of the clock.
        for index in 0..<10 { bench.hear(1, UInt32(160 * index), at: 5) }
        bench.hear(2, 4_000_000, at: 10)
        #expect(try bench.end().samples == 1_760 && bench.runs() == [[0, 1_600, 1], [1_600, 160, 2]])
    }

    @Test func anotherSourceIsLaidByTheClock() throws {
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.tap.resynchronise(scratch: bench.scratch)
        bench.hear(2, 160, at: 1_000)
        #expect(bench.end().samples == 8_160)
        #expect(try bench.runs() == [[0, 160, 1], [160, 7_840, 0], [8_000, 160, 2]])
    }

    @Test func whatWasSaidBeforeTheStartIsCut() throws {
        let bench = try RecordingBench(next: 1_000)
        bench.hear(9, 760, at: 1)
        bench.hear(1, 920, at: 5)
        bench.hear(2, 1_080, at: 25)
        #expect(bench.end().samples == 240)
        #expect(try bench.runs() == [[0, 80, 1], [80, 160, 2]])
    }

    @Test func theMaximumEndsIt() throws {
        let bench = try RecordingBench(next: nil, maximum: 1_000)
        #expect(bench.turn(at: 999) == nil)
        #expect(bench.turn(at: 1_000) == .maximum, "also when nothing arrives")
        let result = bench.end(.maximum)
        #expect(result.samples == 0 && result.samplesToLastSpeech == 0 && bench.scratch.filled.isEmpty)
    }

    @Test func silenceEndsItAndSpeechGoesOn() throws {
        let bench = try RecordingBench(next: 0, silence: 500)
        #expect(bench.turn(at: 499) == nil && bench.turn(at: 500) == .silence, "nothing said at all")
        bench.hear(1, 3_200, at: 420)
        #expect(bench.turn(at: 919) == nil)
        bench.hear(2, 7_000, at: 900, isLoud: false)
        #expect(bench.turn(at: 919) == nil && bench.turn(at: 920) == .silence, "the noise of a room is no speech")
        let result = bench.end(.silence)
        #expect(result.samplesToLastSpeech == 3_360 && result.samples == 7_160)
    }

    @Test func samplesAreHandedOverInTimeToOutliveACrash() throws {
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20)
        #expect(bench.turn(at: 419) == nil && bench.scratch.filled.isEmpty)
        #expect(bench.turn(at: 420) == nil && bench.scratch.filled.count == 1)
        bench.hear(2, 160, at: 440)
        _ = bench.end()
        #expect(bench.scratch.filled.count == 2 && bench.scratch.filled.allSatisfy { $0.recording === bench.handle })
    }

    @Test func aFullBlockIsFollowedByAnother() throws {
        let bench = try RecordingBench(next: 0)
        for index in 0..<60 { bench.hear(index / 10 + 1, UInt32(160 * index), at: 1) }
        #expect(bench.end().samples == 9_600 && bench.scratch.filled.count == 3)
        #expect(try bench.runs() == (0..<6).map { [$0 * 1_600, 1_600, $0 + 1] })
    }

    @Test func aDiskThatDoesNotKeepUpEndsIt() throws {
        let bench = try RecordingBench(next: 0, blockLimit: 1)
        for index in 0..<25 { bench.hear(1, UInt32(160 * index), at: 20 * index) }
        #expect(bench.turn(at: 300) == nil, "one block is there")
        // No block is free any more, for longer than a lock is ever held.
        for index in 25..<75 { bench.hear(1, UInt32(160 * index), at: 20 * index) }
        #expect(bench.turn(at: 1_500) == .storageTooSlow)
        #expect(bench.end(.storageTooSlow).handle === bench.handle)
    }

    /// Blocks are taken by trying a lock that others hold for microseconds: that is no slow disk.
    @Test func aLockThatIsTakenJustNowIsNoSlowDisk() throws {
        let bench = try RecordingBench(next: 0)
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
        let bench = try RecordingBench(next: 0)
        bench.hear(1, 0, at: 20)
        bench.handle.fail(AudioFileError(.diskFull, path: "x", problem: "full", remedy: "free some"))
        #expect(bench.turn(at: 20) == .storageTooSlow)
        _ = bench.end(.storageTooSlow)
    }

    @Test func anyTimeStampsStayBoundedByTheClock() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyTimeStamps seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let bench = try RecordingBench(next: 123)
        var milliseconds = 0
        for index in 0..<400 {
            milliseconds += Int.random(in: 0...40, using: &random)
            bench.hear(
                index % 30, UInt32.random(in: 0...UInt32.max, using: &random), at: milliseconds,
                count: [1, 160, 1_000].randomElement(using: &random) ?? 1)
        }
        // What a peer writes into its time stamps must not make a file of any length: what came plus the time that passed.
        #expect(bench.end().samples <= milliseconds * 8 + 400 * 1_000 + 16_000)
    }
}
