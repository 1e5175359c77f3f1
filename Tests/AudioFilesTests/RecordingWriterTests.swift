import Glibc
import Synchronization
import Testing
import Threads

@testable import AudioFiles

/// What a media worker does with one recording, as far as these tests need it.
private struct MediaSide {
    let writer: RecordingWriter
    var spare: [RecordingBlock] = []
    var batch: [(block: RecordingBlock, recording: RecordingHandle)] = []

    mutating func record(_ samples: [Int16], at offset: Int, into block: inout RecordingBlock, of recording: RecordingHandle) {
        samples.withUnsafeBufferPointer { packet in
            while !block.append(packet, at: offset) {
                batch.append((block, recording))
                block = takeBlock()
            }
        }
    }

    mutating func takeBlock() -> RecordingBlock {
        while spare.isEmpty { _ = writer.takeBlocks(8, into: &spare) }
        return spare.removeLast()
    }

    mutating func submitAll() {
        while !writer.submit(&batch) {}
    }
}

/// Results of completions, and a wait for them that ends when they are there.
private final class Results: Sendable {
    private let monitor = Monitor<[Result<FinishedRecording, AudioFileError>]>([])

    func add(_ result: Result<FinishedRecording, AudioFileError>) { monitor.signal { $0.append(result) } }

    func all(_ count: Int) -> [Result<FinishedRecording, AudioFileError>] {
        monitor.wait(until: { $0.count >= count }, forAtMost: { _ in 300_000 }, { $0 })
    }
}

@Suite struct RecordingWriterTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test func manyRecordingsAtATimeAreKeptApart() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("manyRecordings seed \(seed)")
        var random = SeededRandom(seed: seed)
        let writer = RecordingWriter()
        try #require(writer.start())
        var media = MediaSide(writer: writer)
        let recordings = try (0..<20).map { try writer.open(folder.file("\($0).wav"), format: RecordingFormat()) }
        let sounds = recordings.map { _ in (0..<24_000).map { _ in Int16.random(in: .min ... .max, using: &random) } }
        var blocks = recordings.map { _ in media.takeBlock() }
        for packet in 0..<150 {
            for (index, recording) in recordings.enumerated() {
                // Each pair of packets comes in the wrong order now and then: the later one is patched in.
                let start = 160 * (packet % 2 == 0 && index % 3 == 0 ? packet + 1 : packet % 2 == 1 && index % 3 == 0 ? packet - 1 : packet)
                media.record(Array(sounds[index][start..<start + 160]), at: start, into: &blocks[index], of: recording)
            }
            _ = writer.submit(&media.batch)
        }
        for (index, recording) in recordings.enumerated() { media.batch.append((blocks[index], recording)) }
        media.submitAll()
        let results = Results()
        for recording in recordings { writer.finish(recording) { results.add($0) } }
        #expect(results.all(20).allSatisfy { (try? $0.get())?.samples == 24_000 })
        for index in recordings.indices {
            #expect(try AudioFileReader.read(folder.file("\(index).wav"), rate: 8_000).samples == sounds[index])
        }
        writer.stop()
    }

    @Test func finishTrims() throws {
        let writer = RecordingWriter()
        try #require(writer.start())
        var media = MediaSide(writer: writer)
        let recording = try writer.open(folder.file("trim.wav"), format: RecordingFormat(encoding: .muLaw))
        var block = media.takeBlock()
        for packet in 0..<50 { media.record([Int16](repeating: 99, count: 160), at: 160 * packet, into: &block, of: recording) }
        media.batch.append((block, recording))
        media.submitAll()
        let results = Results()
        writer.finish(recording, trimTo: 7_000) { results.add($0) }
        #expect(try results.all(1).first?.get() == FinishedRecording(path: folder.file("trim.wav"), samples: 7_000, rate: 8_000))
        writer.finish(recording) { results.add($0) }
        #expect(throws: AudioFileError.self) { try results.all(2)[1].get() }
        writer.stop()
    }

    @Test func stoppingFinishesWhatIsOpenAndRefusesWhatFollows() throws {
        let writer = RecordingWriter()
        try #require(writer.start())
        var media = MediaSide(writer: writer)
        let recording = try writer.open(folder.file("open.wav"), format: RecordingFormat())
        var block = media.takeBlock()
        media.record([Int16](repeating: 5, count: 160), at: 0, into: &block, of: recording)
        media.batch.append((block, recording))
        media.submitAll()
        writer.stop()
        #expect(try AudioFileReader.read(folder.file("open.wav"), rate: 8_000).samples == [Int16](repeating: 5, count: 160))
        #expect(!ScratchFolder.exists(folder.file("open.wav.part")))
        let results = Results()
        writer.finish(recording) { results.add($0) }
        #expect(throws: AudioFileError.self) { try results.all(1)[0].get() }
        #expect(throws: AudioFileError.self) { try writer.open(folder.file("late.wav"), format: RecordingFormat()) }
        #expect(!ScratchFolder.exists(folder.file("late.wav.part")))
    }

    @Test func aDiskTooSlowFailsThatRecordingAndKeepsWhatWasWritten() throws {
        let writer = RecordingWriter()
        try #require(writer.start())
        var media = MediaSide(writer: writer)
        let told = Results()
        let slow = try writer.open(folder.file("slow.wav"), format: RecordingFormat()) { told.add(.failure($0)) }
        let other = try writer.open(folder.file("other.wav"), format: RecordingFormat())
        writer.overrun(slow)
        writer.overrun(slow)
        #expect(slow.hasFailed && slow.failure?.kind == .tooSlow && !other.hasFailed)
        var block = media.takeBlock()
        media.record([Int16](repeating: 5, count: 160), at: 0, into: &block, of: other)
        media.batch.append((block, other))
        media.submitAll()
        let results = Results()
        writer.finish(slow) { results.add($0) }
        let error = #expect(throws: AudioFileError.self) { try results.all(1)[0].get() }
        #expect(error?.kind == .tooSlow && error?.kept?.path == folder.file("slow.wav"))
        writer.finish(other) { results.add($0) }
        #expect(try results.all(2)[1].get().samples == 160)
        writer.stop()
        #expect(told.all(1).count == 1)
    }

    @Test func blocksAreBounded() throws {
        let writer = RecordingWriter(blockSamples: 160, blockLimit: 50)
        var blocks: [RecordingBlock] = []
        #expect(writer.takeBlocks(70, into: &blocks) == 50)
        #expect(writer.takeBlocks(1, into: &blocks) == 0)
        writer.giveBack(Array(blocks.prefix(3)))
        blocks.removeAll()
        #expect(writer.takeBlocks(10, into: &blocks) == 3)
    }

    @Test func blocksComeBackWhenWritten() throws {
        let writer = RecordingWriter(blockSamples: 160, blockLimit: 4)
        try #require(writer.start())
        var media = MediaSide(writer: writer)
        let recording = try writer.open(folder.file("few.wav"), format: RecordingFormat())
        for packet in 0..<8 {
            // With four blocks in all, the fifth can only be one that was given back.
            var block = media.spare.popLast()
            while block == nil {
                _ = writer.takeBlocks(1, into: &media.spare)
                block = media.spare.popLast()
            }
            var taken = try #require(block)
            #expect(taken.isEmpty)
            media.record([Int16](repeating: Int16(packet), count: 160), at: 160 * packet, into: &taken, of: recording)
            media.batch.append((taken, recording))
            media.submitAll()
        }
        writer.stop()
        #expect(
            try AudioFileReader.read(folder.file("few.wav"), rate: 8_000).samples == (0..<8).flatMap { [Int16](repeating: $0, count: 160) })
    }

    @Test func aTakenLockIsNotWaitedFor() {
        let monitor = Monitor(0)
        let entered = monitor.withLock { _ in monitor.withLockIfFree { _ in true } ?? false }
        #expect(!entered)
        #expect(monitor.withLockIfFree { $0 } == 0)
    }
}
