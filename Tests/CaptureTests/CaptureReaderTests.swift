import Capture
import Foundation
import Testing

@Suite struct CaptureReaderTests {
    private static let frames: [(time: Int64, bytes: [UInt8])] = [
        (1_700_000_000_123_456_789, [1, 2, 3]), (1_700_000_000_123_457_000, []), (4_294_967_295_999_999_999, [4]),
    ]

    private func all(_ bytes: [UInt8]) throws -> [CapturedFrame] {
        var reader = try CaptureReader(bytes: bytes)
        var frames: [CapturedFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    private func error(_ bytes: [UInt8]) -> CaptureError? {
        do {
            _ = try all(bytes)
            return nil
        } catch {
            return error as? CaptureError
        }
    }

    @Test(arguments: [false, true], [false, true]) func classicFilesAreRead(isBig: Bool, isNano: Bool) throws {
        let read = try all(CaptureBytes.classic(isBig: isBig, isNano: isNano, link: 113, Self.frames))
        #expect(read.map(\.bytes) == Self.frames.map(\.bytes))
        #expect(read.map(\.time) == Self.frames.map { isNano ? $0.time : $0.time / 1_000 * 1_000 })
        #expect(read.map(\.link) == [.linuxCooked, .linuxCooked, .linuxCooked])
        #expect(read.map(\.offset) == [24, 43, 59])
    }

    @Test(arguments: [false, true]) func blockFilesAreReadWithAnyMixOfInterfaces(isBig: Bool) throws {
        let file =
            CaptureBytes.section(isBig: isBig) + CaptureBytes.interface(isBig: isBig, link: 1)
            + CaptureBytes.interface(isBig: isBig, link: 113, kept: 96, resolution: 9)
            + CaptureBytes.interface(isBig: isBig, link: 101, resolution: 0x80 | 10, offset: -3)
            + CaptureBytes.block(0xBAD, isBig: isBig) { $0.bytes = [1, 2, 3, 4, 5] }
            + CaptureBytes.packet(isBig: isBig, interface: 0, units: 1_700_000_000_000_001, [1, 2, 3, 4, 5])
            + CaptureBytes.packet(isBig: isBig, interface: 1, units: 1_700_000_000_000_000_007, [6])
            + CaptureBytes.packet(isBig: isBig, interface: 2, units: 5 * 1_024 + 512, [])
            // A new section, in the other order, has interfaces of its own.
            + CaptureBytes.section(isBig: !isBig) + CaptureBytes.interface(isBig: !isBig, link: 276)
            + CaptureBytes.packet(isBig: !isBig, interface: 0, units: 9, [7])
        let read = try all(file)
        #expect(read.map(\.bytes) == [[1, 2, 3, 4, 5], [6], [], [7]])
        #expect(read.map(\.link.rawValue) == [1, 113, 101, 276])
        #expect(read.map(\.time) == [1_700_000_000_000_001_000, 1_700_000_000_000_000_007, 2_500_000_000, 9_000])
    }

    @Test func timesThatNoClockHasSaturate() throws {
        for resolution: UInt8 in [0, 3, 6, 9, 12, 19, 40, 127, 0x80, 0x80 | 63, 0x80 | 64, 0xFF] {
            for units: UInt64 in [0, 1, 1 << 40, .max] {
                for offset: Int64 in [0, -1, .min, .max] {
                    let file =
                        CaptureBytes.section() + CaptureBytes.interface(link: 1, resolution: resolution, offset: offset)
                        + CaptureBytes.packet(interface: 0, units: units, [])
                    #expect(try all(file).count == 1, "resolution \(resolution), units \(units), offset \(offset)")
                }
            }
        }
    }

    @Test func packetsWithoutTimeAreCounted() throws {
        var reader = try CaptureReader(
            bytes: CaptureBytes.section() + CaptureBytes.interface(link: 1) + CaptureBytes.block(3) { $0.number(0, 4) })
        #expect(try reader.next() == nil)
        #expect(reader.untimed == 1)
    }

    @Test func whatStandsBeforeTheCutIsRead() throws {
        let classic = CaptureBytes.classic(Self.frames)
        let blocks =
            CaptureBytes.section() + CaptureBytes.interface(link: 1) + CaptureBytes.packet(interface: 0, units: 1, [1, 2, 3])
            + CaptureBytes.packet(interface: 0, units: 2, [4])
        for (file, last) in [(classic, 59), (blocks, blocks.count - 36)] {
            for length in last + 1..<file.count {
                var reader = try CaptureReader(bytes: Array(file[..<length]))
                var count = 0
                while try reader.next() != nil { count += 1 }
                #expect(count == (last == 59 ? 2 : 1))
                #expect(reader.cutAt == last, "\(length) of \(file.count) bytes")
            }
        }
    }

    @Test func errorsSayWhereAndHowToMend() {
        #expect(error([])?.offset == 0)
        #expect(error([0xD4, 0xC3, 0xB2, 0xA1, 2, 0])?.offset == 6)
        #expect(error([0x1F, 0x8B, 8, 0])?.remedy.contains("gunzip") == true)
        #expect(error(Array("RIFF    WAVE".utf8))?.problem == "the file is neither pcap nor pcapng")
        var long = CaptureBytes.classic(Self.frames)
        long[24 + 11] = 0x7F
        #expect(error(long)?.description.hasPrefix("at byte 32: a frame of 2130706435 bytes cannot be") == true)
        #expect(error(long)?.remedy.contains("head --bytes=24") == true)
        let start = CaptureBytes.section() + CaptureBytes.interface(link: 1)
        #expect(error(start + CaptureBytes.packet(interface: 1, units: 0, []))?.offset == start.count + 8)
        var uneven = start + CaptureBytes.packet(interface: 0, units: 0, [])
        uneven[uneven.count - 4] = 36
        #expect(error(uneven)?.offset == uneven.count - 4)
        #expect(error(start + [6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0])?.offset == start.count + 4)
        #expect(throws: CaptureError.self) { _ = try CaptureReader(path: "/nowhere/at/all.pcap") }
        #expect(throws: CaptureError.self) { _ = try CaptureReader(path: "/tmp") }
    }

    /// The file is far longer than the window that is kept of it, and has a block that is skipped without being held.
    @Test func longFilesPassThroughASmallWindow() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("capture-\(UInt64.random(in: 0 ... .max)).pcapng").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = CaptureBytes.section() + CaptureBytes.interface(link: 1)
        file += CaptureBytes.block(0xBAD) { $0.bytes = [UInt8](repeating: 9, count: 3_000_000) }
        for number in 0..<800 {
            file += CaptureBytes.packet(interface: 0, units: UInt64(number), [UInt8](repeating: UInt8(number & 255), count: number))
        }
        try Data(file).write(to: URL(fileURLWithPath: path))
        var reader = try CaptureReader(path: path)
        for number in 0..<800 {
            let frame = try #require(try reader.next())
            #expect(frame.time == Int64(number) * 1_000 && frame.bytes.count == number)
            #expect(frame.bytes.allSatisfy { $0 == UInt8(number & 255) })
        }
        #expect(try reader.next() == nil)
        #expect(reader.cutAt == nil)
    }

    /// Whatever a file holds, reading ends, gives no more than the file has, and names a byte of it where it goes wrong.
    @Test(arguments: 0..<8) func damagedFilesDoNoHarm(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let packet = CaptureBytes.ethernet(CaptureBytes.ipv4(CaptureBytes.udp([0x80, 0, 0, 1])), tags: [0x81, 0, 0, 5])
        let sixth = CaptureBytes.ethernet(
            CaptureBytes.ipv6([17, 0, 0, 0, 0, 0, 0, 0] + CaptureBytes.udp([1]), next: 60), type: [0x86, 0xDD])
        let originals = [
            CaptureBytes.classic([(1_000, packet), (2_000, sixth)]),
            CaptureBytes.classic(isBig: true, isNano: true, link: 113, [(1, packet), (2, packet)]),
            CaptureBytes.section() + CaptureBytes.interface(link: 1, resolution: 9, offset: 1)
                + CaptureBytes.packet(interface: 0, units: 5, packet) + CaptureBytes.packet(interface: 0, units: 6, sixth),
        ]
        for round in 0..<3_000 {
            var file = originals[round % originals.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<file.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: file[place] = UInt8.random(in: 0...255, using: &random)
                case 1: file[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                case 2: file.remove(at: place)
                default: file.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            guard var reader = try? CaptureReader(bytes: file) else { continue }
            var total = 0
            do {
                while let frame = try reader.next() {
                    total += frame.bytes.count + 16
                    _ = Dissection(frame)
                    #expect(frame.originalLength >= frame.bytes.count)
                }
            } catch {
                #expect((0...file.count + 4).contains(error.offset ?? -1), "seed \(seed), round \(round): \(error)")
            }
            #expect(total <= file.count, "seed \(seed), round \(round)")
        }
    }
}
