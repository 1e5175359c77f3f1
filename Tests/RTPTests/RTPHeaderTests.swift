import Testing

@testable import RTP

@Suite struct RTPHeaderTests {
    private func parse(_ bytes: [UInt8]) -> RTPHeader? {
        bytes.withUnsafeBytes { RTPHeader.parse($0) }
    }

    private let fixed: [UInt8] = [0x80, 0x80, 0x12, 0x34, 0xDE, 0xAD, 0xBE, 0xEF, 0xCA, 0xFE, 0xBA, 0xBE]

    @Test func readsTheFixedHeader() throws {
        let header = try #require(parse(fixed + [1, 2, 3]))
        #expect(header.marker && header.payloadType == 0 && header.sequence.rawValue == 0x1234)
        #expect(header.timestamp.rawValue == 0xDEAD_BEEF && header.ssrc.rawValue == 0xCAFE_BABE)
        #expect(header.payloadOffset == 12 && header.payloadLength == 3)
    }

    @Test func skipsSourcesAndExtensionAndDropsPadding() throws {
        var bytes = fixed
        bytes[0] = 0x80 | 0x20 | 0x10 | 2
        bytes += [UInt8](repeating: 9, count: 8) + [0xBE, 0xDE, 0, 1] + [7, 7, 7, 7] + [1, 2, 3, 4] + [0, 0, 3]
        let header = try #require(parse(bytes))
        #expect(header.payloadOffset == 28 && header.payloadLength == 4)
    }

    @Test(
        arguments: [
            [], [0x80], [UInt8](repeating: 0x80, count: 11), [0x40] + [UInt8](repeating: 0, count: 30),  // too short, version 1
            [0x8F] + [UInt8](repeating: 0, count: 30),  // 15 sources do not fit
            [0x90] + [UInt8](repeating: 0, count: 13) + [0xFF, 0xFF], [0x90] + [UInt8](repeating: 0, count: 11),  // extension
            [0xA0] + [UInt8](repeating: 0, count: 20), [0xA0] + [UInt8](repeating: 9, count: 14),  // padding 0, padding 9 of 3
        ] as [[UInt8]])
    func refusesWhatDoesNotFit(bytes: [UInt8]) {
        #expect(parse(bytes) == nil)
    }

    @Test func writeThenParse() throws {
        let header = RTPHeader(
            marker: true, payloadType: 101, sequence: SequenceNumber(65_535), timestamp: RTPTimestamp(.max), ssrc: SSRC(7))
        var bytes = [UInt8](repeating: 0xEE, count: 12)
        bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { header.write(into: start) } }
        #expect(parse(bytes) == header)
    }

    @Test func noBytesTrap() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50_000 {
            var bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if !bytes.isEmpty { bytes[0] = bytes[0] & 0x3F | 0x80 }
            if let header = parse(bytes) {
                #expect(header.payloadLength >= 0 && header.payloadOffset + header.payloadLength <= bytes.count)
            }
        }
    }

    @Test func tellsRTCPApart() {
        let report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 0]
        let audio: [UInt8] = [0x80, 0x80, 0, 1, 0, 0, 0, 0]
        #expect(report.withUnsafeBytes { RTPHeader.isRTCP($0) })
        #expect(!audio.withUnsafeBytes { RTPHeader.isRTCP($0) })
    }
}

@Suite struct SequenceNumberTests {
    @Test func wraps() {
        #expect(SequenceNumber(65_530).distance(to: SequenceNumber(4)) == 10)
        #expect(SequenceNumber(4).distance(to: SequenceNumber(65_530)) == -10)
        #expect(SequenceNumber(2).isNewer(than: SequenceNumber(65_535)))
        #expect(SequenceNumber(65_535).advanced(by: 1).rawValue == 0)
        #expect(RTPTimestamp(.max).distance(to: RTPTimestamp(159)) == 160)
        #expect(RTPTimestamp(0).advanced(by: -1).rawValue == .max)
    }
}
