import Testing

@testable import MediaPlane

@Suite struct SpacingHistogramTests {
    @Test func deviationsCountEarlyAndLateAlike() {
        var histogram = SpacingHistogram()
        #expect(histogram.count == 0 && histogram.worst == 0 && histogram.milliseconds(at: 0.5) == 0)
        for deviation in [0, 9_999, -9_999, 10_000, -10_000, 1_234_567] as [Int64] {
            histogram.add(spacing: 20_000_000 + deviation, packetTime: 20_000_000)
        }
        #expect(histogram.count == 6 && histogram.bins[0] == 3 && histogram.bins[1] == 2 && histogram.bins[123] == 1)
        #expect(histogram.worst == 1.23)
    }

    @Test func quantiles() {
        var histogram = SpacingHistogram()
        for step in 0..<1_000 { histogram.add(spacing: 20_000_000 + Int64(step) * 10_000, packetTime: 20_000_000) }
        #expect(abs(histogram.milliseconds(at: 0.5) - 5) <= 0.01)
        #expect(abs(histogram.milliseconds(at: 0.99) - 9.9) <= 0.01)
        #expect(histogram.milliseconds(at: 1) == histogram.worst && histogram.worst == 9.99)
    }

    @Test func whatIsFarOffCountsInTheLastBin() {
        var histogram = SpacingHistogram()
        histogram.add(spacing: 3_600_000_000_000, packetTime: 20_000_000)
        histogram.add(spacing: -3_600_000_000_000, packetTime: 20_000_000)
        #expect(histogram.count == 2 && histogram.worst == 2_000)
    }

    @Test func histogramsAddUp() {
        var (one, two) = (SpacingHistogram(), SpacingHistogram())
        one.add(spacing: 20_010_000, packetTime: 20_000_000)
        two.add(spacing: 20_010_000, packetTime: 20_000_000)
        two.add(spacing: 20_000_000, packetTime: 20_000_000)
        one.add(two)
        #expect(one.count == 3 && one.bins[1] == 2 && one.bins[0] == 1)
    }
}
