import Testing

@testable import RTP

@Suite struct RTCPTests {
    private let sender = SenderReport(
        ssrc: SSRC(0x1111_1111), ntp: NTPTimestamp(seconds: 1, fraction: 2), timestamp: RTPTimestamp(3), packets: 4, octets: 5)
    private let block = ReceptionReport(
        ssrc: SSRC(0x2222_2222), fractionLost: 6, cumulativeLost: -7, extendedHighestSequence: 8, jitter: 9, lastSenderReport: 10,
        delaySinceLastSenderReport: 11)

    private func write(_ sent: SenderReport?, _ received: ReceptionReport?, name: String, goodbye: Bool) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: RTCPCompound.maximumLength)
        let length = bytes.withUnsafeMutableBytes {
            RTCPCompound.write(
                ssrc: SSRC(0x1111_1111), sent: sent, received: received, canonicalName: Array(name.utf8), goodbye: goodbye, into: $0)
        }
        return Array(bytes.prefix(length))
    }

    private func items(_ bytes: [UInt8]) -> [RTCPCompound.Item]? {
        var items: [RTCPCompound.Item] = []
        return bytes.withUnsafeBytes { RTCPCompound.parse($0) { items.append($0) } } ? items : nil
    }

    @Test func senderReportRoundTrip() {
        let bytes = write(sender, block, name: "antiphon@host", goodbye: true)
        #expect(bytes.count % 4 == 0)
        let own = SSRC(0x1111_1111)
        #expect(
            items(bytes) == [.senderReport(sender), .reception(block, from: own), .canonicalName(own), .goodbye(own)])
    }

    @Test(arguments: 0...9) func receiverReportWithNamesOfAnyLength(length: Int) {
        let bytes = write(nil, nil, name: String(repeating: "x", count: length), goodbye: false)
        #expect(items(bytes) == [.receiverReport(from: SSRC(0x1111_1111)), .canonicalName(SSRC(0x1111_1111))])
    }

    /// RFC 3550 §6.4.1 byte for byte.
    @Test func receiverReportBytes() {
        let bytes = write(nil, block, name: "ab", goodbye: false)
        #expect(
            bytes == [
                0x81, 201, 0, 7, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 6, 0xFF, 0xFF, 0xF9, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 10,
                0, 0, 0, 11, 0x81, 202, 0, 3, 0x11, 0x11, 0x11, 0x11, 1, 2, 97, 98, 0, 0, 0, 0,
            ])
    }

    @Test func refusesWhatFailsTheChecks() {
        let good = write(sender, block, name: "a", goodbye: false)
        var bad = good
        bad[0] = 0x41
        #expect(items(bad) == nil, "version")
        bad = good
        bad[0] |= 0x20
        #expect(items(bad) == nil, "padding in the first packet")
        bad = good
        bad[1] = 202
        #expect(items(bad) == nil, "does not begin with a report")
        #expect(items(Array(good.dropLast(4))) == nil, "cut")
        #expect(items(good + [0, 0]) == nil, "rest")
        #expect(items([]) == nil)
        // More blocks promised than there are: those that fit are read.
        bad = good
        bad[0] = 0x9F
        #expect(items(bad)?.count == 3)
    }

    @Test func smallBufferWritesNothing() {
        var bytes = [UInt8](repeating: 0, count: 10)
        let length = bytes.withUnsafeMutableBytes {
            RTCPCompound.write(ssrc: SSRC(1), sent: sender, received: nil, canonicalName: [], into: $0)
        }
        #expect(length == 0)
    }

    @Test func roundTripTime() {
        // The example of RFC 3550 figure 2: A 46864.500 s, DLSR 5.250 s, LSR 46853.125 s: 6.125 s.
        var report = ReceptionReport(ssrc: SSRC(1))
        report.lastSenderReport = 0xB705_2000
        report.delaySinceLastSenderReport = 0x0005_4000
        #expect(report.roundTrip(at: NTPTimestamp(seconds: 0xB44D_B710, fraction: 0x8000_0000)) == .milliseconds(6_125))
        report.lastSenderReport = 0
        #expect(report.roundTrip(at: NTPTimestamp(seconds: 1, fraction: 0)) == nil)
        report.lastSenderReport = 0xFFFF_0000
        report.delaySinceLastSenderReport = 0x7000_0000
        #expect(report.roundTrip(at: NTPTimestamp(seconds: 1, fraction: 0)) == nil)
    }

    @Test func wallClock() {
        let time = NTPTimestamp(unixNanoseconds: 1_500_000_000)
        #expect(time.seconds == 2_208_988_801 && time.fraction == 0x8000_0000)
        #expect(time.middle == (2_208_988_801 as UInt32) << 16 | 0x8000)
    }

    @Test func intervalsAreSpread() {
        for step in 0...10 {
            let interval = ReportInterval.next(isFirst: false, random: Double(step) / 10)
            #expect(interval >= .seconds(2) && interval <= .seconds(6.2))
        }
    }

    @Test func mutationsDoNotTrap() {
        var random = SeededGenerator(seed: 7)
        let good = write(sender, block, name: "antiphon", goodbye: true)
        for _ in 0..<50_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            #expect((items(bytes)?.count ?? 0) < 100)
        }
    }
}
