import Testing

@testable import AudioFiles

@Suite struct WAVHeaderTests {
    /// `RIFF` header with a `fmt ` chunk, a `fact` chunk if asked for, and the `data` chunk's first eight bytes.
    static func header(rate: Int = 8_000, frame: Int = 2, fact: Bool = false, claimed: Int) -> [UInt8] {
        func number(_ value: Int, _ count: Int = 4) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var bytes: [UInt8] = Array("RIFF".utf8) + number(claimed + 36) + Array("WAVEfmt ".utf8) + number(16)
        bytes +=
            number(frame == 2 ? 1 : 7, 2) + number(1, 2) + number(rate) + number(rate * frame) + number(frame, 2) + number(8 * frame, 2)
        if fact { bytes += Array("fact".utf8) + number(4) + number(claimed / frame) }
        return bytes + Array("data".utf8) + number(claimed)
    }

    @Test func aPlainHeaderIsRead() throws {
        let header = try #require(WAVHeader(Self.header(claimed: 320)))
        #expect(header.rate == 8_000 && header.bytesPerFrame == 2 && header.dataOffset == 44)
        #expect(header.claimedLength == 320 && header.factOffset == nil)
    }

    @Test func theRepairGoesByTheFileNotByTheClaim() throws {
        let header = try #require(WAVHeader(Self.header(claimed: 0)))
        let repair = header.repair(fileLength: 44 + 1_001)
        #expect(repair.dataLength == 1_000 && repair.samples == 500 && repair.fileLength == 1_044)
        #expect(repair.patches == [.init(offset: 4, value: 1_036), .init(offset: 40, value: 1_000)])
        #expect(repair.patches[1].bytes == [0xE8, 0x03, 0, 0])
    }

    @Test func anOddNumberOfLawBytesIsPadded() throws {
        let header = try #require(WAVHeader(Self.header(frame: 1, fact: true, claimed: 0)))
        #expect(header.dataOffset == 56 && header.factOffset == 44)
        let repair = header.repair(fileLength: 56 + 7)
        #expect(repair.samples == 7 && repair.fileLength == 56 + 8)
        #expect(repair.patches == [.init(offset: 4, value: 56), .init(offset: 52, value: 7), .init(offset: 44, value: 7)])
    }

    @Test func thePadByteOfACompleteFileIsNoSample() throws {
        let header = try #require(WAVHeader(Self.header(frame: 1, claimed: 7)))
        #expect(header.repair(fileLength: 44 + 8).samples == 7)
        #expect(header.repair(fileLength: 44 + 9).samples == 9)
    }

    @Test func everyPartOfAHeaderIsNoHeader() {
        let whole = Self.header(fact: true, claimed: 10)
        for count in 0..<whole.count { #expect(WAVHeader(Array(whole.prefix(count))) == nil, "\(count) bytes") }
        #expect(WAVHeader(whole) != nil)
    }

    @Test func randomBytesNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("WAVHeader seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<5_000 {
            var bytes = Self.header(fact: true, claimed: 10) + [1, 2, 3]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            guard let header = WAVHeader(bytes) else { continue }
            for length in [0, bytes.count, Int(UInt32.max) + 10, .max] {
                let repair = header.repair(fileLength: length)
                #expect(repair.dataLength >= 0 && repair.dataLength <= max(0, length - header.dataOffset))
            }
        }
    }
}
