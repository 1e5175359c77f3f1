import RTP

/// Which packets of a sender never came, by their sequence numbers.
struct LossRuns {
    struct Run: Equatable {
        var count: Int
        /// When the packets around it came.
        var after: Int64
        var before: Int64
    }

    /// RFC 3550 A.1: beyond this the sender has started anew.
    private static let longestJump = 3_000

    private(set) var runs: [Run] = []
    /// Packets that came, without those that came twice.
    private(set) var received = 0
    /// Each packet that should have come, in the order of their sequence numbers: its place among those that came, or nil.
    private(set) var inOrder: [Int?] = []

    /// `packets` in the order of arrival.
    init(_ packets: [CapturedStream.Packet]) {
        var epoch: [(number: Int, index: Int)] = []
        var newest: (number: Int, sequence: SequenceNumber)?
        for (index, packet) in packets.enumerated() {
            var number = 1 << 20
            if let last = newest {
                let step = last.sequence.distance(to: packet.header.sequence)
                if abs(step) > Self.longestJump {
                    close(epoch, packets)
                    epoch = []
                    newest = nil
                } else {
                    number = last.number + step
                }
            }
            if newest.map({ number > $0.number }) ?? true { newest = (number, packet.header.sequence) }
            epoch.append((number, index))
        }
        close(epoch, packets)
    }

    var lost: Int { runs.reduce(0) { $0 + $1.count } }
    var longest: Int { runs.map(\.count).max() ?? 0 }
    var expected: Int { received + lost }

    private mutating func close(_ epoch: [(number: Int, index: Int)], _ packets: [CapturedStream.Packet]) {
        let sorted = epoch.sorted { ($0.number, $0.index) < ($1.number, $1.index) }
        var last: (number: Int, index: Int)?
        for entry in sorted {
            if let last {
                guard entry.number > last.number else { continue }
                let missing = entry.number - last.number - 1
                if missing > 0 {
                    runs.append(Run(count: missing, after: packets[last.index].arrival, before: packets[entry.index].arrival))
                    inOrder.append(contentsOf: repeatElement(nil, count: missing))
                }
            }
            received += 1
            inOrder.append(entry.index)
            last = entry
        }
    }
}
