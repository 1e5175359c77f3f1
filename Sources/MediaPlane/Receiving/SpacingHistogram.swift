/// How evenly packets come: the deviation of each arrival's distance to the one before from the packet time, in bins of 10 us.
///
/// Kept by a media thread for all its sessions where it is asked for (load tests); costs one increment a packet.
package struct SpacingHistogram: Sendable {
    package static let binMicroseconds = 10
    /// Two seconds; what is beyond counts in the last bin.
    private static let binCount = 200_001

    package private(set) var bins = [UInt32](repeating: 0, count: binCount)
    package private(set) var count: UInt64 = 0

    package init() {}

    /// `spacing` and `packetTime` in ns.
    mutating func add(spacing: Int64, packetTime: Int64) {
        let deviation = abs(spacing &- packetTime) / Int64(Self.binMicroseconds * 1_000)
        bins[Int(min(deviation, Int64(Self.binCount - 1)))] &+= 1
        count &+= 1
    }

    package mutating func add(_ other: SpacingHistogram) {
        for index in bins.indices { bins[index] &+= other.bins[index] }
        count &+= other.count
    }

    /// The deviation in ms that the share `quantile` of all packets does not exceed.
    package func milliseconds(at quantile: Double) -> Double {
        let wanted = UInt64(Double(count) * quantile)
        var sum: UInt64 = 0
        for (index, bin) in bins.enumerated() {
            sum += UInt64(bin)
            if sum > wanted { return Double(index * Self.binMicroseconds) / 1_000 }
        }
        return worst
    }

    /// The greatest deviation, in ms.
    package var worst: Double {
        Double((bins.lastIndex { $0 > 0 } ?? 0) * Self.binMicroseconds) / 1_000
    }
}
