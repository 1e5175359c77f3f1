import RTP

/// The last second of a time line of linear samples, and what has been decoded of the next: beside a jitter buffer that knows what of it
/// has come. Positions are the buffer's, in ticks of 8 kHz; the caller keeps to what it has written.
struct LinearRing: ~Copyable {
    /// Ticks, as many as the buffer has: a power of two.
    private static let capacity = JitterBuffer.capacity
    let samplesPerTick: Int
    private let samples: UnsafeMutablePointer<Int16>

    init(samplesPerTick: Int) {
        self.samplesPerTick = samplesPerTick
        samples = .allocate(capacity: Self.capacity * samplesPerTick)
        samples.initialize(repeating: 0, count: Self.capacity * samplesPerTick)
    }

    deinit { samples.deallocate() }

    func removeAll() { samples.update(repeating: 0, count: Self.capacity * samplesPerTick) }

    private func place(of position: Int64) -> (start: Int, room: Int) {
        let index = Int(truncatingIfNeeded: position) & (Self.capacity - 1)
        return (index * samplesPerTick, (Self.capacity - index) * samplesPerTick)
    }

    func write(_ source: UnsafePointer<Int16>, ticks: Int, at position: Int64) {
        guard ticks > 0, ticks <= Self.capacity else { return }
        let (start, room) = place(of: position)
        let count = ticks * samplesPerTick
        let first = min(count, room)
        (samples + start).update(from: source, count: first)
        samples.update(from: source + first, count: count - first)
    }

    func read(_ ticks: Int, at position: Int64, into target: UnsafeMutablePointer<Int16>) {
        guard ticks > 0, ticks <= Self.capacity else { return }
        let (start, room) = place(of: position)
        let count = ticks * samplesPerTick
        let first = min(count, room)
        target.update(from: samples + start, count: first)
        (target + first).update(from: samples, count: count - first)
    }

    /// The first sample of a tick.
    func sample(at position: Int64) -> Int16 { samples[place(of: position).start] }
}
