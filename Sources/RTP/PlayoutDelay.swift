/// How late packets come against the sender's time line, and so how far behind it the playout has to run.
///
/// A packet's delay is the receiver's sample count less the packet's timestamp: its zero means nothing, its changes are jitter and clock
/// drift. The lowest and the highest of the last ten seconds are kept in windows of half a second. What playout waits for is the second
/// highest of those windows: a peak that came once is a spike, one that came twice within ten seconds is how the network is.
struct PlayoutDelay {
    private struct Window {
        /// Relative to `origin`.
        var lowest = Int32.max
        var highest = Int32.min
    }

    private static let windowCount = 20
    /// Windows to be seen before a peak is called a spike: two seconds.
    private static let apprenticeship = 4
    private let windowLength: Int64
    private let maximum: Int64
    private var newestEnd: Int64 = 0
    private var origin: Int64 = 0
    private(set) var lowest: Int64 = 0
    /// What playout waits for.
    private(set) var peak: Int64 = 0
    private var newest = 0
    private var seen = 0
    private var windows = InlineArray<20, Window>(repeating: Window())

    /// `maximum`: the most that playout may run behind the fastest packet, in samples.
    init(clockRate: Int, maximum: Int) {
        windowLength = Int64(clockRate) / 2
        self.maximum = Int64(maximum)
    }

    /// Forgets everything but this one packet.
    mutating func restart(_ delay: Int64, at now: Int64) {
        windows = InlineArray(repeating: Window())
        newest = 0
        seen = 1
        newestEnd = now + windowLength
        origin = delay
        windows[0] = Window(lowest: 0, highest: 0)
        lowest = delay
        peak = delay
    }

    mutating func observe(_ delay: Int64, at now: Int64) {
        let value = Int32(clamping: delay - origin)
        if now >= newestEnd {
            turn(to: now)
        } else if value >= windows[newest].lowest, value <= windows[newest].highest {
            return
        }
        windows[newest].lowest = min(windows[newest].lowest, value)
        windows[newest].highest = max(windows[newest].highest, value)
        measure()
    }

    private mutating func measure() {
        var (least, most, second) = (Int32.max, Int32.min, Int32.min)
        for index in 0..<Self.windowCount {
            least = min(least, windows[index].lowest)
            let highest = windows[index].highest
            second = max(second, min(most, highest))
            most = max(most, highest)
        }
        lowest = origin + Int64(least)
        peak = origin + Int64(seen < Self.apprenticeship || second == .min ? most : second)
    }

    private mutating func turn(to now: Int64) {
        // After a long silence every window has run out; the last one known is kept until a new one has something in it.
        let turns = min((now - newestEnd) / windowLength + 1, Int64(Self.windowCount))
        for _ in 0..<turns {
            newest = (newest + 1) % Self.windowCount
            windows[newest] = Window()
        }
        seen = min(seen + 1, Self.windowCount)
        newestEnd = now + windowLength
    }

    /// Where playout should run: a packet (`packet` samples) behind the fastest ones, and not before the slowest. No margin: delays
    /// are counted in ticks, so a packet that is there at its tick is in time, and a margin would only shift undisturbed sound.
    func target(packet: Int) -> Int64 {
        min(max(lowest + Int64(packet), peak), lowest + max(maximum, Int64(packet)))
    }

    /// The difference between the fastest and the slowest packet.
    var spread: Int64 { peak - lowest }
}
