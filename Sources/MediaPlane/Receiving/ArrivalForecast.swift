import RTP

/// When the next packet of a stream is to be looked for, so that it goes on within a tick of its coming and no look is wasted.
///
/// ```
///  line      |    |    |    |    |        where the earliest packets come
///  arrivals   x   |  x  |x   –    x       a look at each tick from the line on, until it is there
/// ```
/// A peer who pauses is looked at less often: then a look in vain at every tick would cost more than his packets do. The line runs by the sender's time stamps: it moves at once to a packet that is early for it, and by a sixteenth towards one that is
/// late, which is enough for any drift of clocks. Times in ns.
struct ArrivalForecast {
    /// Off the line by more than this is another line.
    private static let limit: Int64 = 200_000_000
    private static let nanosecondsPerSample: Int64 = 125_000
    /// Looked for at every tick for so long, then at every pause.
    private static let patience: Int64 = 100_000_000
    private static let pause: Int64 = 10_000_000

    private var timestamp: RTPTimestamp?
    private var time: Int64 = 0
    /// When the next packet is expected; 0 while nothing is known.
    private(set) var next: Int64 = 0

    mutating func reset() { self = ArrivalForecast() }

    /// When to look again after a look at `now`, ticks being so long.
    func look(after now: Int64, tick: Int64) -> Int64 {
        if next > now { return next }
        return now + (now - next < Self.patience ? tick : Self.pause)
    }

    /// Notes audio of so many samples.
    mutating func note(_ stamp: RTPTimestamp, samples: Int, arrival: Int64) {
        var place = arrival
        if let timestamp {
            let distance = timestamp.distance(to: stamp)
            let late = arrival - time - Int64(distance) * Self.nanosecondsPerSample
            if late >= 0, late < Self.limit {
                // What was overtaken says nothing of those to come.
                guard distance > 0 else { return }
                place = arrival - late + late / 16
            }
        }
        timestamp = stamp
        time = place
        next = place + Int64(samples) * Self.nanosecondsPerSample
    }
}
