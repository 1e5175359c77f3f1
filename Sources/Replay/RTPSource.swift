import Capture
import RTP
import Timing

/// One sender of RTP on one path: addresses, ports and SSRC.
struct RTPSourceKey: Hashable {
    var source: CapturedEndpoint
    var destination: CapturedEndpoint
    var ssrc: SSRC
}

/// What was seen of one sender: its payload types share sequence numbers and a time line.
struct RTPSource {
    /// So many packets show the clock rate that nobody announced.
    private static let trial = 50
    private static let rates = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000]

    struct PayloadUse {
        var packets = 0
        var first: Int64
        var last: Int64
        /// Every payload so far had four bytes, as telephone events have (RFC 4733 §2.3).
        var isOfEvents = true
    }

    private(set) var uses: [UInt8: PayloadUse] = [:]
    private(set) var sequential = 0
    private(set) var packets = 0
    /// Hertz; nil until it is known.
    private var clockRate: Int?
    private var pending: [(header: RTPHeader, arrival: Int64)] = []
    private var reception = ReceptionStatistics()
    private var newest: SequenceNumber?

    init(clockRate: Int?) {
        self.clockRate = clockRate
        if let clockRate { reception = ReceptionStatistics(clockRate: clockRate) }
    }

    mutating func note(_ header: RTPHeader, at arrival: Int64) {
        packets += 1
        if let newest, (1...50).contains(newest.distance(to: header.sequence)) { sequential += 1 }
        newest = header.sequence
        var use = uses[header.payloadType] ?? PayloadUse(first: arrival, last: arrival)
        use.packets += 1
        use.first = min(use.first, arrival)
        use.last = max(use.last, arrival)
        use.isOfEvents = use.isOfEvents && header.payloadLength == 4
        uses[header.payloadType] = use
        if clockRate == nil {
            pending.append((header, arrival))
            if pending.count >= Self.trial { settle() }
        } else {
            reception.receive(header, at: MonotonicTime(nanoseconds: arrival))
        }
    }

    /// Loss and jitter by the clock rate that is known or fits.
    mutating func settled() -> (reception: ReceptionStatistics, clockRate: Int) {
        if clockRate == nil { settle() }
        return (reception, clockRate ?? Self.rates[0])
    }

    private mutating func settle() {
        var rate = Self.rates[0]
        if let first = pending.first, let last = pending.last, last.arrival > first.arrival {
            let seconds = Double(last.arrival - first.arrival) / 1e9
            let seen = Double(first.header.timestamp.distance(to: last.header.timestamp)) / seconds
            rate = Self.rates.min { abs(Double($0) - seen) < abs(Double($1) - seen) } ?? rate
        }
        clockRate = rate
        reception = ReceptionStatistics(clockRate: rate)
        for packet in pending { reception.receive(packet.header, at: MonotonicTime(nanoseconds: packet.arrival)) }
        pending = []
    }

    /// Whether the packets are RTP and not something that looks like it: RFC 3550 A.1 wants two in sequence.
    var isLikely: Bool { packets >= 3 && sequential * 2 >= packets }
}
