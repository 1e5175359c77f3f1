import MediaPlane

/// What has gone through a switchboard since it started.
package struct CallTotals: Sendable {
    package var invited = 0
    package var answered = 0
    package var refused = 0
    package var ended = 0
    package var digits = 0
    package var packetsReceived = 0
    package var packetsLost = 0
    package var packetsSent: UInt64 = 0

    mutating func add(_ statistics: SessionStatistics) {
        packetsReceived += statistics.packetsReceived
        packetsLost += statistics.packetsLost
        packetsSent += statistics.packetsSent
        digits += Int(statistics.digits)
    }
}
