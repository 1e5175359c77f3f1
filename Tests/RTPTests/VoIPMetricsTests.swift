import RTP
import Testing

@Suite struct VoIPMetricsTests {
    private func write(_ metrics: VoIPMetrics?, capacity: Int = RTCPCompound.maximumLength, goodbye: Bool = false) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: capacity)
        let length = bytes.withUnsafeMutableBytes {
            RTCPCompound.write(
                ssrc: SSRC(0x0102_0304), sent: nil, received: nil, canonicalName: Array("x".utf8), metrics: metrics, goodbye: goodbye,
                into: $0)
        }
        return Array(bytes.prefix(length))
    }

    private func items(_ bytes: [UInt8]) -> [RTCPCompound.Item]? {
        var items: [RTCPCompound.Item] = []
        return bytes.withUnsafeBytes { RTCPCompound.parse($0) { items.append($0) } } ? items : nil
    }

    private var metrics: VoIPMetrics {
        var metrics = VoIPMetrics(ssrc: SSRC(0xA0B0_C0D0))
        (metrics.lossRate, metrics.discardRate, metrics.burstDensity, metrics.gapDensity) = (1, 2, 3, 4)
        (metrics.burstDuration, metrics.gapDuration, metrics.roundTrip, metrics.endSystemDelay) = (0x0506, 0x0708, 0x090A, 0x0B0C)
        (metrics.signalLevel, metrics.noiseLevel, metrics.residualEchoReturnLoss) = (0xED, 0xBA, 55)
        (metrics.factor, metrics.listeningScore, metrics.conversationalScore) = (82, 41, 40)
        (metrics.concealment, metrics.jitterBufferKind, metrics.jitterBufferRate) = (.enhanced, .adaptive, 5)
        (metrics.jitterBufferNominal, metrics.jitterBufferMaximum, metrics.jitterBufferAbsoluteMaximum) = (40, 60, 200)
        return metrics
    }

    /// Byte for byte as RFC 3611 §2 and §4.7 draw it.
    @Test func theBlockStandsWhereTheSectionDrawsIt() {
        let expected: [UInt8] = [
            0x80, 207, 0, 10, 1, 2, 3, 4,
            7, 0, 0, 8, 0xA0, 0xB0, 0xC0, 0xD0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xED, 0xBA, 55, 16, 82, 127, 41, 40,
            0b10_11_0101, 0, 0, 40, 0, 60, 0, 200,
        ]
        #expect(Array(write(metrics).suffix(44)) == expected)
        #expect(
            items(write(metrics, goodbye: true))?.suffix(2) == [
                .voipMetrics(metrics, from: SSRC(0x0102_0304)), .goodbye(SSRC(0x0102_0304)),
            ])
        #expect(write(metrics, capacity: write(metrics).count - 1).isEmpty)
        #expect(write(nil).count == write(metrics).count - 44)
    }

    @Test func otherBlocksArePassedOver() {
        let start = write(nil)
        func report(_ blocks: [UInt8]) -> [UInt8] { start + [0x80, 207, 0, UInt8(blocks.count / 4 + 1), 0, 0, 0, 9] + blocks }
        let block = Array(write(metrics).suffix(36))
        let unknown: [UInt8] = [4, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(items(report(unknown + block))?.last == .voipMetrics(metrics, from: SSRC(9)))
        // Too short for what it is, or longer than its report.
        #expect(items(report([7, 0, 0, 1, 0, 0, 0, 0]))?.count == items(start)?.count)
        #expect(items(report([7, 0, 0, 9] + block.dropFirst(4)))?.count == items(start)?.count)
        #expect(items(report([]))?.count == items(start)?.count)
    }

    @Test func figuresBecomeFieldsAsSection4Point7Wants() {
        var missing = BurstGapStatistics()
        for packet in "11110111111111111111111X111X1011110111111111111111111X1111111111" {
            missing.note(packet == "1" ? .received : packet == "0" ? .lost : .discarded)
        }
        let block = VoIPMetrics(
            ssrc: SSRC(1), quality: DirectionQuality(codec: "PCMU", missing: missing), packetTime: 10, roundTrip: 70_000, endSystemDelay: 60
        )
        #expect(block.lossRate == 12 && block.discardRate == 12)
        #expect(block.burstDensity == 85 && block.gapDensity == 9)
        #expect(block.burstDuration == 120 && block.gapDuration == 260)
        #expect(block.roundTrip == 65_535 && block.endSystemDelay == 60 && block.minimumGap == 16)
        #expect((0...94).contains(block.factor) && (10...50).contains(block.listeningScore))
        let unknown = VoIPMetrics(ssrc: SSRC(1), quality: DirectionQuality(codec: "x", missing: missing), packetTime: 20)
        #expect(unknown.factor == VoIPMetrics.unavailable && unknown.listeningScore == VoIPMetrics.unavailable)
    }

    /// §4.7.5: 10 to 50, 127 for none; anything else must not be sent, and means nothing.
    @Test func scoresThatMeanNothingAreNone() {
        var block = metrics
        #expect(block.listeningOpinion == 4.1 && block.conversationalOpinion == 4.0)
        for score in [0, 9, 51, 126, 127, 128, 255] as [UInt8] {
            (block.listeningScore, block.conversationalScore) = (score, score)
            #expect(block.listeningOpinion == nil && block.conversationalOpinion == nil)
        }
    }

    @Test(arguments: 0..<4) func anyBytesAreHarmless(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let original = write(metrics, goodbye: true)
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            bytes.removeLast(4 * Int.random(in: 0...4, using: &random))
            _ = items(bytes)
        }
    }
}
