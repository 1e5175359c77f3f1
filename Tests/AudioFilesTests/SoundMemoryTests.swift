import CSndfile
import Foundation
import Testing

@testable import AudioFiles

/// Sound files that are read from memory.
@Suite struct SoundMemoryTests {
    private static let formats: [Int] = [
        SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_ULAW, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
        SF_FORMAT_OGG | SF_FORMAT_VORBIS,
        SF_FORMAT_OGG | SF_FORMAT_OPUS, SF_FORMAT_AIFF | SF_FORMAT_PCM_24, SF_FORMAT_AU | SF_FORMAT_PCM_16,
        0x230000 | 0x0082,  // MPEG layer III: libsndfile 1.1 and newer
    ].map { Int($0) }

    private func file(_ format: Int) throws -> (path: String, bytes: [UInt8]) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("antiphon-memory-\(UUID().uuidString)").path
        let one = SoundFile.tone(440, rate: 48_000, seconds: 0.5)
        try SoundFile.write(path, format: format, rate: 48_000, channels: 2, frames: one.flatMap { [$0, $0] })
        return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test(arguments: formats) func itIsTheSameAsFromTheDisk(format: Int) throws {
        guard SoundFile.canWrite(format) else { return }
        let (path, bytes) = try file(format)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for rate in [nil, 8_000] as [Int?] {
            let fromDisk = try AudioFileReader.read(path, rate: rate)
            let fromMemory = try AudioFileReader.read(bytes, name: "x", rate: rate)
            #expect(fromMemory == fromDisk && fromMemory.samples.count > 3_900, "\(String(format, radix: 16)) at \(rate ?? 48_000) Hz")
        }
    }

    /// Nothing that a server sends may do more than be refused.
    @Test(arguments: formats) func damagedOnesAreReadOrRefused(format: Int) throws {
        guard SoundFile.canWrite(format) else { return }
        let (path, bytes) = try file(format)
        try FileManager.default.removeItem(atPath: path)
        let seed = UInt64.random(in: 0...(.max))
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        for _ in 0..<60 {
            var damaged = Array(bytes.prefix(bytes.count - random(bytes.count)))
            for _ in 0..<random(8) where !damaged.isEmpty { damaged[random(min(damaged.count, 400))] = UInt8(random(256)) }
            let sound = try? AudioFileReader.read(damaged, name: "x", rate: nil, highestRate: 48_000, longestSeconds: 600)
            #expect((sound?.samples.count ?? 0) <= 600 * 48_000, "seed \(seed)")
        }
    }

    @Test func whatIsNoSoundIsRefusedByName() {
        for bytes in [[], Array("<html>not here</html>".utf8), [UInt8](repeating: 0, count: 5_000)] {
            let error = #expect(throws: AudioFileError.self) {
                try AudioFileReader.read(bytes, name: "https://media.example/a", rate: 8_000)
            }
            #expect(error?.path == "https://media.example/a" && error?.kind == .notAudio)
        }
    }
}
