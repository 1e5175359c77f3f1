import Glibc
import Testing

@testable import AudioFiles

@Suite struct RecordingRepairTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// The bytes of a recording as a SIGKILL leaves it: the header one second behind the sound.
    private func unfinished(_ encoding: RecordingEncoding, samples: Int) throws -> (bytes: [UInt8], sound: [Int16]) {
        let scratch = try ScratchFolder()
        let sound = (0..<samples).map { Int16(truncatingIfNeeded: $0 * 97) }
        let file = try RecordingFile(creating: scratch.file("x.wav"), format: RecordingFormat(encoding: encoding))
        try file.write(Array(sound.prefix(samples / 2)), at: 0)
        try file.updateHeader()
        try file.write(Array(sound.dropFirst(samples / 2)), at: samples / 2)
        let bytes = try ScratchFolder.bytes(scratch.file("x.wav.part"))
        _ = try file.finish()
        return (bytes, try AudioFileReader.read(scratch.file("x.wav"), rate: 8_000).samples)
    }

    @Test(arguments: RecordingEncoding.allCases)
    func aFileCutAtAnyByteIsRepairedOrSetAside(encoding: RecordingEncoding) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("cutAtAnyByte seed \(seed)")
        var random = SeededRandom(seed: seed)
        let (bytes, sound) = try unfinished(encoding, samples: 16_001)
        let header = try #require(WAVHeader(bytes)).dataOffset
        let lengths = Array(0...300) + (0..<60).map { _ in Int.random(in: 301...bytes.count, using: &random) } + [bytes.count]
        for length in Set(lengths) {
            let path = folder.file("cut-\(length).wav")
            let part = try folder.write(Array(bytes.prefix(length)), as: "cut-\(length).wav.part")
            let reports = RecordingRepair.scan(folder.path)
            try #require(reports.count == 1, "\(length) bytes")
            #expect(!ScratchFolder.exists(part))
            if length < header {
                guard case .setAside(let aside, _) = reports[0].outcome else {
                    Issue.record("\(length) bytes: \(reports[0])")
                    continue
                }
                #expect(try ScratchFolder.bytes(aside) == Array(bytes.prefix(length)))
            } else {
                let samples = (length - header) / encoding.bytesPerSample
                #expect(reports[0].outcome == .repaired(FinishedRecording(path: path, samples: samples, rate: 8_000)), "\(length) bytes")
                #expect(try AudioFileReader.read(path, rate: 8_000).samples == Array(sound.prefix(samples)), "\(length) bytes")
                let repaired = try ScratchFolder.bytes(path)
                #expect(repaired.count % 2 == 0 && WAVHeader(repaired)?.claimedLength == samples * encoding.bytesPerSample)
            }
        }
        #expect(RecordingRepair.scan(folder.path).isEmpty)
    }

    /// A SIGKILL at a random moment: what the kernel has of the file then is all there is. Each written sample must be in it.
    @Test(arguments: RecordingEncoding.allCases)
    func aKillAtAnyMomentLosesNothingWritten(encoding: RecordingEncoding) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("killAtAnyMoment seed \(seed)")
        var random = SeededRandom(seed: seed)
        let source = try ScratchFolder()
        let file = try RecordingFile(creating: source.file("live.wav"), format: RecordingFormat(encoding: encoding))
        var expected: [Int] = []
        for moment in 0..<60 {
            let count = Int.random(in: 1...4_000, using: &random)
            let gap = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 1...2_000, using: &random) : 0
            try file.write([Int16](repeating: 5_000, count: count), at: file.length + gap)
            if Bool.random(using: &random) { try file.updateHeader() }
            expected.append(file.length)
            _ = try folder.write(try ScratchFolder.bytes(source.file("live.wav.part")), as: "\(moment).wav.part")
        }
        let reports = RecordingRepair.scan(folder.path)
        #expect(reports.count == 60)
        for moment in 0..<60 {
            let sound = try AudioFileReader.read(folder.file("\(moment).wav"), rate: 8_000).samples
            #expect(sound.count == expected[moment])
            #expect((sound.last ?? 0) > 4_800)
        }
    }

    @Test func aRecordingUnderWayIsLeftAlone() throws {
        let file = try RecordingFile(creating: folder.file("live.wav"), format: RecordingFormat())
        try file.write([1, 2, 3], at: 0)
        #expect(RecordingRepair.scan(folder.path) == [RepairReport(path: folder.file("live.wav.part"), outcome: .inUse)])
        file.abandon()
        #expect(
            RecordingRepair.scan(folder.path).map(\.outcome)
                == [.repaired(FinishedRecording(path: folder.file("live.wav"), samples: 3, rate: 8_000))])
    }

    @Test func aKillBetweenTheTwoNamesLeavesOneRecording() throws {
        let file = try RecordingFile(creating: folder.file("done.wav"), format: RecordingFormat())
        try file.write([1, 2, 3], at: 0)
        _ = try file.finish()
        try #require(link(folder.file("done.wav"), folder.file("done.wav.part")) == 0)
        let before = try ScratchFolder.bytes(folder.file("done.wav"))
        #expect(RecordingRepair.scan(folder.path).isEmpty)
        #expect(!ScratchFolder.exists(folder.file("done.wav.part")))
        #expect(try ScratchFolder.bytes(folder.file("done.wav")) == before)
    }

    @Test func aTakenNameIsNotOverwritten() throws {
        _ = try folder.write([9], as: "same.wav")
        _ = try folder.write(try unfinished(.pcm16, samples: 100).bytes, as: "same.wav.part")
        let recovered = folder.file("same-recovered-1.wav")
        #expect(
            RecordingRepair.scan(folder.path).map(\.outcome) == [.repaired(FinishedRecording(path: recovered, samples: 100, rate: 8_000))])
        #expect(try ScratchFolder.bytes(folder.file("same.wav")) == [9])
    }

    @Test func foldersBelowAreRepairedAndOtherFilesAreNotTouched() throws {
        try #require(mkdir(folder.file("box"), 0o700) == 0)
        let bytes = try unfinished(.aLaw, samples: 100).bytes
        _ = try folder.write(bytes, as: "box/a.wav.part")
        _ = try folder.write(bytes, as: "finished.wav")
        _ = try folder.write(bytes, as: "other.part")
        try #require(symlink(folder.path, folder.file("box/loop")) == 0)
        #expect(RecordingRepair.scan(folder.path).map(\.path) == [folder.file("box/a.wav.part")])
        #expect(try ScratchFolder.bytes(folder.file("finished.wav")) == bytes)
        #expect(ScratchFolder.exists(folder.file("other.part")))
        #expect(RecordingRepair.scan(folder.file("absent")).isEmpty)
    }

    @Test func reportsSayWhatWasDone() throws {
        _ = try folder.write([], as: "empty.wav.part")
        let report = try #require(RecordingRepair.scan(folder.path).first)
        #expect(report.outcome == .setAside(path: folder.file("empty.wav.broken"), reason: "it is empty"))
        #expect(report.description.contains("it is empty") && report.description.contains("empty.wav.broken"))
    }
}
