/// How late packets come against the sender's time line, and so how far behind it the playout has to run.
///
/// A packet's delay is the receiver's sample count less the packet's timestamp: its zero means nothing, its changes are jitter and clock drift.
/// The lowest and the highest of the last ten seconds are kept in windows of two seconds, so that a peak is forgotten after eight to ten.
struct PlayoutDelay {
    private struct Window {
        var lowest = Int64.max
        var highest = Int64.min
    }

    private static let windowCount = 5
    private let windowLength: Int64
    private let maximum: Int64
    private var windows = InlineArray<5, Window>(repeating: Window())
    private var newest = 0
    private var newestEnd: Int64 = 0
    private(set) var lowest: Int64 = 0
    private(set) var highest: Int64 = 0

    /// `maximum`: the most that playout may run behind the fastest packet, in samples.
    init(clockRate: Int, maximum: Int) {
        windowLength = Int64(clockRate) * 2
        self.maximum = Int64(maximum)
    }

    /// Forgets everything but this one packet.
    mutating func restart(_ delay: Int64, at now: Int64) {
        windows = InlineArray(repeating: Window())
        newest = 0
        newestEnd = now + windowLength
        windows[0] = Window(lowest: delay, highest: delay)
        lowest = delay
        highest = delay
    }

    mutating func observe(_ delay: Int64, at now: Int64) {
        if now >= newestEnd {
            turn(to: now)
        } else if delay >= lowest, delay <= highest, delay >= windows[newest].lowest, delay <= windows[newest].highest {
            return
        }
        windows[newest].lowest = min(windows[newest].lowest, delay)
        windows[newest].highest = max(windows[newest].highest, delay)
        lowest = .max
        highest = .min
        for index in 0..<Self.windowCount {
            lowest = min(lowest, windows[index].lowest)
            highest = max(highest, windows[index].highest)
        }
    }

    private mutating func turn(to now: Int64) {
        // After a long silence every window has run out; the last one known is kept until a new one has something in it.
        let turns = min((now - newestEnd) / windowLength + 1, Int64(Self.windowCount))
        for _ in 0..<turns {
            newest = (newest + 1) % Self.windowCount
            windows[newest] = Window()
        }
        newestEnd = now + windowLength
    }

    /// Where playout should run: a packet (`packet` samples) behind the fastest ones, and not before the slowest. No margin: delays
    /// are counted in ticks, so a packet that is there at its tick is in time, and a margin would only shift undisturbed sound.
    func target(packet: Int) -> Int64 {
        min(max(lowest + Int64(packet), highest), lowest + max(maximum, Int64(packet)))
    }

    /// The difference between the fastest and the slowest packet.
    var spread: Int64 { highest - lowest }
}
