import Glibc
import Testing

@testable import AudioFiles

/// A tiny file system that is really full: only root can mount one, so elsewhere these tests say that they were skipped.
private final class TinyDisk {
    let folder: ScratchFolder

    init?(kilobytes: Int) throws {
        folder = try ScratchFolder()
        guard TinyDisk.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder.path) else { return nil }
    }

    deinit { _ = TinyDisk.run("/bin/umount", "-l", folder.path) }

    static func run(_ words: String...) -> Bool {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        guard posix_spawn(&child, words[0], nil, nil, &arguments, environ) == 0 else { return false }
        var status: Int32 = 0
        return waitpid(child, &status, 0) == child && status == 0
    }

    static let isPossible = getuid() == 0 && ((try? TinyDisk(kilobytes: 64)) ?? nil) != nil
}

@Suite(.enabled(if: TinyDisk.isPossible, "only root can mount a tiny disk")) struct FullDiskTests {
    @Test(arguments: RecordingEncoding.allCases)
    func aFullDiskEndsTheRecordingWithWhatFitted(encoding: RecordingEncoding) throws {
        let disk = try #require(try TinyDisk(kilobytes: 64))
        let file = try RecordingFile(creating: disk.folder.file("full.wav"), format: RecordingFormat(encoding: encoding))
        var written = 0
        let error = #expect(throws: AudioFileError.self) {
            for _ in 0..<100 {
                try file.write([Int16](repeating: 8_031, count: 1_001), at: written)
                written += 1_001
            }
        }
        #expect(error?.kind == .diskFull)
        #expect(error?.description.contains("free space") == true)
        let finished = try file.finish()
        let sound = try AudioFileReader.read(finished.path, rate: 8_000).samples
        #expect(sound.count == finished.samples && sound.count >= written)
        #expect(sound.allSatisfy { abs(Int($0) - 8_031) < 300 })
    }

    @Test func noRoomForAHeaderIsAnErrorAndLeavesNothing() throws {
        let disk = try #require(try TinyDisk(kilobytes: 64))
        let filling = open(disk.folder.file("filling"), O_WRONLY | O_CREAT, 0o600)
        let zeros = [UInt8](repeating: 0, count: 4_096)
        while write(filling, zeros, zeros.count) > 0 {}
        close(filling)
        let error = #expect(throws: AudioFileError.self) {
            try RecordingFile(creating: disk.folder.file("none.wav"), format: RecordingFormat())
        }
        #expect(error?.kind == .diskFull)
        #expect(!ScratchFolder.exists(disk.folder.file("none.wav.part")))
    }

    @Test func oneFullDiskDoesNotTouchTheOthersRecordings() throws {
        let disk = try #require(try TinyDisk(kilobytes: 64))
        let elsewhere = try ScratchFolder()
        let writer = RecordingWriter()
        try #require(writer.start())
        let full = try writer.open(disk.folder.file("full.wav"), format: RecordingFormat())
        let good = try writer.open(elsewhere.file("good.wav"), format: RecordingFormat())
        var blocks: [RecordingBlock] = []
        var batch: [(block: RecordingBlock, recording: RecordingHandle)] = []
        let second = [Int16](repeating: 77, count: 4_000)
        for index in 0..<20 {
            for recording in [full, good] {
                while blocks.isEmpty { _ = writer.takeBlocks(1, into: &blocks) }
                let block = blocks.removeLast()
                #expect(second.withUnsafeBufferPointer { block.append($0, at: 4_000 * index) })
                batch.append((block, recording))
            }
            while !writer.submit(&batch) {}
        }
        writer.stop()
        #expect(full.failure?.kind == .diskFull && full.hasFailed)
        #expect(good.failure == nil)
        #expect(try AudioFileReader.read(elsewhere.file("good.wav"), rate: 8_000).samples == [Int16](repeating: 77, count: 80_000))
        #expect(try AudioFileReader.read(disk.folder.file("full.wav"), rate: 8_000).samples.count > 20_000)
    }
}
