import Glibc
import Testing

@testable import AudioFiles

extension RecordingFile {
    func write(_ samples: [Int16], at offset: Int) throws {
        try samples.withUnsafeBufferPointer { try write(samples: $0, at: offset) }
    }
}

@Suite struct RecordingFileTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test func sixteenBitRecordingsReadBackAsTheyWere() throws {
        let file = try RecordingFile(creating: folder.file("a.wav"), format: RecordingFormat())
        let samples = Array(Int16.min...Int16.max)
        try file.write(samples, at: 0)
        #expect(try file.finish() == FinishedRecording(path: folder.file("a.wav"), samples: 65_536, rate: 8_000))
        #expect(try AudioFileReader.read(folder.file("a.wav"), rate: 8_000) == PCM(samples: samples, rate: 8_000))
    }

    @Test(arguments: [RecordingEncoding.muLaw, .aLaw])
    func lawRecordingsAreStableOnceQuantised(encoding: RecordingEncoding) throws {
        let samples = Array(Int16.min...Int16.max)
        var sounds: [[Int16]] = [samples]
        for round in 0..<2 {
            let file = try RecordingFile(creating: folder.file("\(round).wav"), format: RecordingFormat(encoding: encoding))
            try file.write(sounds[round], at: 0)
            _ = try file.finish()
            sounds.append(try AudioFileReader.read(folder.file("\(round).wav"), rate: 8_000).samples)
        }
        // G.711's coarsest step is 1,024 (u-law) or 1,024 (A-law): off by at most one of them; and decoded sound survives unchanged.
        #expect(zip(samples, sounds[1]).allSatisfy { abs(Int($0) - Int($1)) <= 1_024 })
        #expect(sounds[1] == sounds[2])
        #expect(Set(sounds[1]).count >= 255)
    }

    @Test(arguments: RecordingEncoding.allCases)
    func gapsBecomeSilenceAndLatePacketsPatch(encoding: RecordingEncoding) throws {
        let file = try RecordingFile(creating: folder.file("gap.wav"), format: RecordingFormat(encoding: encoding))
        try file.write([Int16](repeating: 8_031, count: 160), at: 160)
        try file.write([Int16](repeating: -8_031, count: 160), at: 40_000)
        try file.write([Int16](repeating: 4_191, count: 160), at: 320)
        try file.write([Int16](repeating: 1_052, count: 1), at: 40_160)
        #expect(file.length == 40_161)
        _ = try file.finish()
        let samples = try AudioFileReader.read(folder.file("gap.wav"), rate: 8_000).samples
        #expect(samples.count == 40_161)
        // A-law has no zero: its smallest value is 8.
        let silence: ClosedRange<Int16> = encoding == .aLaw ? -8...8 : 0...0
        #expect(samples[..<160].allSatisfy(silence.contains))
        #expect(samples[480..<40_000].allSatisfy(silence.contains))
        #expect(samples[160..<320].allSatisfy { abs(Int($0) - 8_031) < 300 })
        #expect(samples[320..<480].allSatisfy { abs(Int($0) - 4_191) < 200 })
        #expect(samples[40_000..<40_160].allSatisfy { abs(Int($0) + 8_031) < 300 })
    }

    @Test func anyOrderGivesTheSameFile() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyOrder seed \(seed)")
        var random = SeededRandom(seed: seed)
        let whole = (0..<16_000).map { _ in Int16.random(in: .min ... .max, using: &random) }
        let file = try RecordingFile(creating: folder.file("order.wav"), format: RecordingFormat())
        for start in Array(stride(from: 0, to: 16_000, by: 160)).shuffled(using: &random) {
            try file.write(Array(whole[start..<start + 160]), at: start)
            if Int.random(in: 0..<10, using: &random) == 0 { try file.updateHeader() }
        }
        _ = try file.finish()
        #expect(try AudioFileReader.read(folder.file("order.wav"), rate: 8_000).samples == whole)
    }

    @Test func whatLiesBeforeTheStartOrBeyondTheLimitIsDropped() throws {
        let file = try RecordingFile(creating: folder.file("limit.wav"), format: RecordingFormat(longestSeconds: 1))
        for offset in [-1_000, Int.min, Int.max, Int.max - 100, 8_000, -50, 7_950] {
            try file.write([Int16](repeating: 7, count: 100), at: offset)
        }
        _ = try file.finish()
        let samples = try AudioFileReader.read(folder.file("limit.wav"), rate: 8_000).samples
        #expect(samples.count == 8_000)
        #expect(
            samples[..<50].allSatisfy { $0 == 7 } && samples[50..<7_950].allSatisfy { $0 == 0 } && samples[7_950...].allSatisfy { $0 == 7 })
    }

    @Test func theHeaderIsTrueAfterEachUpdate() throws {
        let file = try RecordingFile(creating: folder.file("live.wav"), format: RecordingFormat(encoding: .muLaw))
        for index in 0..<10 {
            try file.write([Int16](repeating: 100, count: 801), at: 801 * index)
            try file.updateHeader()
            let header = try #require(WAVHeader(try ScratchFolder.bytes(folder.file("live.wav.part"))))
            #expect(header.claimedLength == 801 * (index + 1))
        }
        #expect(!ScratchFolder.exists(folder.file("live.wav")))
        #expect(ScratchFolder.mode(folder.file("live.wav.part")) == 0o600)
    }

    @Test(arguments: RecordingEncoding.allCases)
    func trimmingCutsTheEnd(encoding: RecordingEncoding) throws {
        let file = try RecordingFile(creating: folder.file("trim.wav"), format: RecordingFormat(encoding: encoding))
        try file.write([Int16](repeating: 100, count: 8_000), at: 0)
        try file.updateHeader()
        try file.trim(to: 9_000)
        #expect(file.length == 8_000)
        try file.trim(to: 4_001)
        #expect(try file.finish().samples == 4_001)
        #expect(try AudioFileReader.read(folder.file("trim.wav"), rate: 8_000).samples.count == 4_001)
    }

    @Test func nothingIsEverOverwritten() throws {
        _ = try folder.write([1], as: "taken.wav")
        _ = try folder.write([1], as: "begun.wav.part")
        for name in ["taken.wav", "begun.wav"] {
            let error = #expect(throws: AudioFileError.self) { try RecordingFile(creating: folder.file(name), format: RecordingFormat()) }
            #expect(error?.kind == .alreadyExists)
        }
        let file = try RecordingFile(creating: folder.file("late.wav"), format: RecordingFormat())
        _ = try folder.write([9], as: "late.wav")
        #expect(#expect(throws: AudioFileError.self) { _ = try file.finish() }?.kind == .alreadyExists)
        #expect(try ScratchFolder.bytes(folder.file("late.wav")) == [9])
        #expect(ScratchFolder.exists(folder.file("late.wav.part")))
    }

    @Test func aMissingFolderIsNamed() {
        let error = #expect(throws: AudioFileError.self) {
            try RecordingFile(creating: folder.file("no/such.wav"), format: RecordingFormat())
        }
        #expect(error?.kind == .notFound && error?.path == folder.file("no/such.wav"))
    }

    @Test func aFinishedFileTakesNoMore() throws {
        let file = try RecordingFile(creating: folder.file("done.wav"), format: RecordingFormat())
        _ = try file.finish()
        #expect(#expect(throws: AudioFileError.self) { try file.write([1], at: 0) }?.kind == .closed)
        #expect(#expect(throws: AudioFileError.self) { _ = try file.finish() }?.kind == .closed)
    }
}
