import RTP

/// How much later than its time stamp says each packet came, against the fastest packet of the same time line.
///
///     arrival |          .  x          a packet's delay is its distance from the line through the fastest packets:
///             |      x .               one sample each 1/rate of a second
///             |    . x
///             |  x ______ time stamp
///
/// A sender may begin a new time line (another source of sound behind the same SSRC, a clock set anew): then what came before is
/// measured by the old line and what comes after by the new one.
struct TimeLine {
    /// Off the line by more than this early, or this late for good, is a new line.
    private static let step: Int64 = 1_000_000_000
    /// The network may hold back, but no more than this.
    private static let longestDelay: Int64 = 10_000_000_000
    /// So many packets in a row off the line make it a new one.
    private static let persistence = 100

    struct Segment {
        /// The first of its packets.
        var start: Int
        var anchor: RTPTimestamp
        /// When the anchor's packet came.
        var origin: Int64
        /// The delay of its fastest packet against the anchor: zero or below.
        var lowest: Int64 = 0
    }

    private let clockRate: Int64
    private(set) var segments: [Segment] = []
    /// For each sound packet, nanoseconds above the fastest packet of its segment.
    private(set) var delays: [Int64] = []

    /// `stamps` and `arrivals` of the sound packets, in the order of arrival. `clockRate` in hertz.
    init(stamps: [RTPTimestamp], arrivals: [Int64], clockRate: Int) {
        self.clockRate = Int64(max(clockRate, 1))
        guard stamps.count == arrivals.count else { return }
        for index in stamps.indices {
            var delay = segments.last.map { self.delay(stamps[index], arrivals[index], $0) } ?? 0
            if segments.isEmpty || isStep(delay, at: index, stamps, arrivals) {
                segments.append(Segment(start: index, anchor: stamps[index], origin: arrivals[index]))
                delay = 0
            }
            segments[segments.count - 1].lowest = min(segments[segments.count - 1].lowest, delay)
            delays.append(delay)
        }
        for (number, segment) in segments.enumerated() {
            let end = number + 1 < segments.count ? segments[number + 1].start : delays.count
            for index in segment.start..<end { delays[index] -= segment.lowest }
        }
    }

    /// When the sample at `stamp` would have come by the fastest packet of the newest segment that has begun with `index` packets in;
    /// nil when it is off that line and the one before.
    func schedule(of stamp: RTPTimestamp, heard index: Int, near time: Int64) -> Int64? {
        var candidates = 0
        for segment in segments.reversed() where segment.start < index {
            let due = segment.origin &+ Self.nanoseconds(segment.anchor.distance(to: stamp), clockRate) &+ segment.lowest
            if (-Self.step / 2...Self.longestDelay).contains(time &- due) { return due }
            candidates += 1
            if candidates == 2 { return nil }
        }
        return nil
    }

    private func delay(_ stamp: RTPTimestamp, _ arrival: Int64, _ segment: Segment) -> Int64 {
        (arrival &- segment.origin) &- Self.nanoseconds(segment.anchor.distance(to: stamp), clockRate)
    }

    private func isStep(_ delay: Int64, at index: Int, _ stamps: [RTPTimestamp], _ arrivals: [Int64]) -> Bool {
        guard let segment = segments.last else { return true }
        let above = delay - segment.lowest
        if delay < -Self.step || above > Self.longestDelay { return true }
        guard above > Self.step else { return false }
        // An outage ends and its delay goes; a new time line stays.
        let next = index..<min(index + Self.persistence, stamps.count)
        return next.count == Self.persistence
            && next.allSatisfy { self.delay(stamps[$0], arrivals[$0], segment) - segment.lowest > Self.step }
    }

    private static func nanoseconds(_ samples: Int, _ clockRate: Int64) -> Int64 {
        let (seconds, rest) = Int64(samples).quotientAndRemainder(dividingBy: clockRate)
        return seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / clockRate
    }

    /// How far the sender's clock runs ahead of the capture's, in parts per million, by the fastest packet of each ten seconds;
    /// nil for less than a minute, or where the line is too crooked to tell.
    func drift(arrivals: [Int64]) -> Double? {
        guard segments.count == 1, let first = arrivals.first, let last = arrivals.last, last - first >= 60_000_000_000 else { return nil }
        var fastest: [Int64: (seconds: Double, delay: Double)] = [:]
        for (arrival, delay) in zip(arrivals, delays) {
            let window = (arrival - first) / 10_000_000_000
            let point = (Double(arrival - first) / 1e9, Double(delay) / 1e9)
            if fastest[window].map({ point.1 < $0.delay }) ?? true { fastest[window] = point }
        }
        let count = Double(fastest.count)
        let meanTime = fastest.values.reduce(0) { $0 + $1.seconds } / count
        let meanDelay = fastest.values.reduce(0) { $0 + $1.delay } / count
        let spread = fastest.values.reduce(0) { $0 + ($1.seconds - meanTime) * ($1.seconds - meanTime) }
        guard fastest.count >= 6, spread > 0 else { return nil }
        let slope = fastest.values.reduce(0) { $0 + ($1.seconds - meanTime) * ($1.delay - meanDelay) } / spread
        let errors = fastest.values.reduce(0) { sum, point in
            let error = point.delay - meanDelay - slope * (point.seconds - meanTime)
            return sum + error * error
        }
        let uncertainty = (errors / max(count - 2, 1) / spread).squareRoot()
        return abs(slope) > 3 * uncertainty ? -slope * 1e6 : nil
    }
}
