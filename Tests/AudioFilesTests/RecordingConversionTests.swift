import Foundation
import Testing

@testable import AudioFiles

/// Other formats, made of the closed WAV.
@Suite struct RecordingConversionTests {
    private func recorded(_ name: String, in folder: ScratchFolder, rate: Int) throws -> (FinishedRecording, [Int16]) {
        let samples = (0..<rate * 3).map { Int16(8_000 * sin(2 * .pi * 440 * Double($0) / Double(rate))) }
        let file = try RecordingFile(creating: folder.file(name), format: RecordingFormat(rate: rate))
        try samples.withUnsafeBufferPointer { try file.write(samples: $0, at: 0) }
        return (try file.finish(), samples)
    }

    @Test(arguments: [KeptFormat.flac, .opus, .mp3], [8_000, 16_000])
    func theSoundStaysAndTheWAVGoes(format: KeptFormat, rate: Int) throws {
        try #require(format.isAvailable, "Debian's libsndfile 1.2 writes it")
        let folder = try ScratchFolder()
        let (recording, samples) = try recorded("said.wav", in: folder, rate: rate)
        let converted = try RecordingConversion.convert(recording, to: format)
        #expect(converted.path == folder.file("said." + format.rawValue) && converted.samples == samples.count)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["said." + format.rawValue])
        let read = try AudioFileReader.read(converted.path, rate: rate).samples
        if format == .flac {
            #expect(read == samples)
        } else {
            // MP3 is padded on both sides.
            #expect(read.count >= samples.count && read.count < samples.count + rate / 4, "\(read.count)")
            func power(_ part: ArraySlice<Int16>) -> Double { part.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(part.count) }
            #expect(abs(power(read[rate..<2 * rate]) / power(samples[rate..<2 * rate]) - 1) < 0.1)
        }
    }

    @Test func whatFailsLeavesTheWAV() throws {
        let folder = try ScratchFolder()
        // Opus has no such rate.
        let (recording, samples) = try recorded("odd.wav", in: folder, rate: 11_025)
        let error = #expect(throws: AudioFileError.self) { try RecordingConversion.convert(recording, to: .opus) }
        #expect(error?.description.contains("opus") == true)
        // A name that is taken.
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.file("odd.flac")))
        #expect(throws: AudioFileError.self) { try RecordingConversion.convert(recording, to: .flac) }
        #expect(throws: AudioFileError.self) { try RecordingConversion.convert(recording, to: .mp3) { true } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["odd.flac", "odd.wav"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("odd.flac"))) == Data("mine".utf8))
        #expect(try AudioFileReader.read(recording.path, rate: 11_025).samples == samples)
    }

    @Test func theWriterConvertsBeforeItTells() throws {
        let folder = try ScratchFolder()
        let writer = RecordingWriter()
        try #require(writer.start())
        let handle = try writer.open(folder.file("call.wav"), format: RecordingFormat(rate: 16_000))
        var blocks: [RecordingBlock] = []
        _ = writer.takeBlocks(1, into: &blocks)
        let block = try #require(blocks.first)
        _ = block.append([Int16](repeating: 500, count: 1_600), count: 1_600, at: 0)
        var batch = [(block: block, recording: handle)]
        while !writer.submit(&batch) {}
        let told = Told()
        writer.finish(handle, as: .flac) {
            told.result = $0
            told.done.signal()
        }
        #expect(told.done.wait(timeout: .now() + 20) == .success)
        let finished = try #require(try told.result?.get())
        #expect(finished.path == folder.file("call.flac") && finished.unconverted == nil)
        #expect(try AudioFileReader.read(finished.path, rate: 16_000).samples == [Int16](repeating: 500, count: 1_600))
        writer.stop()
    }

    @Test func aCopyThatACrashLeftIsTakenAway() throws {
        let folder = try ScratchFolder()
        _ = try recorded("said.wav", in: folder, rate: 8_000)
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.file("said.opus.part")))
        #expect(RecordingRepair.scan(folder.path).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["said.wav"])
    }

    private final class Told: @unchecked Sendable {
        var result: Result<FinishedRecording, AudioFileError>?
        let done = DispatchSemaphore(value: 0)
    }
}
