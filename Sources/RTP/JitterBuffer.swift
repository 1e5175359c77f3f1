/// Puts the packets of one audio stream back on its time line and plays it out behind the network's jitter.
/// For codecs of one byte a sample (G.711): samples, timestamps and bytes count alike.
///
///     sender's time line   …played | playhead          end |
///                                   [pkt][   ][pkt][pkt]
///                                         ^ missing: to be concealed, unless it comes before the playhead does
///
/// Time is counted in samples asked for, so that a late tick of the media thread is no jitter: what decides is whether a packet is there
/// when its turn comes. `now - playhead` is the playout delay. It grows at once when a packet comes too late and nothing after it has
/// been played (the playhead steps back to it: what was concealed became the longer delay). What else the delay should change by it
/// tells (`wish`), and whoever can splice sound does so (`look`, `splice`). All memory is taken by the initialiser.
package struct JitterBuffer: ~Copyable, @unchecked Sendable {
    /// The longest packet taken: 120 ms at 8 kHz.
    package static let maximumPayload = 960
    /// Samples of the time line that are kept, played ones and those to come.
    package static let capacity = SampleRing.capacity

    let clockRate: Int
    let maximum: Int
    let ring: SampleRing
    var window = SequenceWindow()
    var delay: PlayoutDelay

    var isOpen = false
    /// Whether audio has been played since the time line started.
    var hasPlayed = false
    /// Samples asked for so far.
    var now: Int64 = 0
    /// Positions on the sender's time line, unwrapped.
    var playhead: Int64 = 0
    var end: Int64 = 0
    var playedEnd: Int64 = 0
    /// Where the sound before the latest gap or seam ended.
    var seam: Int64 = 0
    /// Since where the ring holds what was played without a break.
    var soundStart: Int64 = 0
    /// Samples in the newest packet.
    var packet = 160
    var lastAdjustment: Int64 = 0
    /// When the delay last grew, and since when it has been longer or shorter than it should.
    var lastGrowth: Int64 = 0
    var wishedSince: Int64?
    var lastLate = Int64.min / 2
    var lateInRow = 0
    /// A packet far off the time line: a second one near it moves the time line.
    var stray: Int64?
    var isJoin = false

    package internal(set) var statistics = Statistics()
    /// Samples that playout stays behind besides: for what a later packet tells of an earlier one.
    package var reserve = 0

    /// Octets of memory that `init` can be given.
    package static var storageSize: Int { SampleRing.storageSize }

    /// `maximumDelay` in milliseconds: how far playout may run behind the fastest packets. `storage`: `storageSize` octets, aligned
    /// to 8, that outlive the buffer, where it is not to allocate its own.
    package init(clockRate: Int = 8_000, maximumDelay: Int = 200, storage: UnsafeMutableRawPointer? = nil) {
        ring = SampleRing(storage: storage)
        self.clockRate = max(clockRate, 1)
        maximum = min(max(maximumDelay, 20) * self.clockRate / 1_000, SampleRing.capacity / 2)
        delay = PlayoutDelay(clockRate: self.clockRate, maximum: maximum)
    }

    /// Packets that have not come, by their sequence numbers.
    package var lost: Int { max(window.expected - window.received, 0) }

    /// How long the fastest packets wait, in milliseconds; 0 when nothing plays.
    package var currentDelay: Int {
        isOpen ? max(Int(now - playhead - delay.lowest), 0) * 1_000 / clockRate : 0
    }

    /// The place on the sender's time line that is played next; nil while no stream is known.
    package var playoutTimestamp: RTPTimestamp? { isOpen ? RTPTimestamp(UInt32(truncatingIfNeeded: playhead)) : nil }

    /// Where playout stands, and where the sound before the latest gap or seam ended, on the unwrapped time line.
    package var position: Int64 { playhead }
    package var seamPosition: Int64 { seam }
    /// Where what was played last ended.
    package var playedPosition: Int64 { playedEnd }

    /// The first byte that is there at `position` or behind it, within so many samples; nil when none is.
    package func next(after position: Int64, within samples: Int) -> (position: Int64, byte: UInt8)? {
        var place = position
        while isOpen, place < min(position + Int64(samples), end) {
            let run = ring.run(at: place, limit: Int(min(position + Int64(samples), end) - place))
            if run.isPresent { return (place, ring.byte(at: place)) }
            guard run.count > 0 else { return nil }
            place += Int64(run.count)
        }
        return nil
    }

    /// Copies `count` bytes (at most 1,024) that end `back` before the latest gap or seam: what concealment goes on from.
    package func copyHistory(_ count: Int, back: Int = 0, into bytes: UnsafeMutableRawPointer) {
        ring.copy(min(max(count, 0), 1_024), before: seam - Int64(back), into: bytes)
    }

    /// A byte played not long ago: 1 is the last one.
    package func played(back: Int) -> UInt8 { ring.byte(at: playedEnd &- Int64(back)) }

    /// Where the next samples to be played lie, and behind them those to come: to be asked for before they are needed, not to be read.
    package var nextPlace: UnsafeRawPointer { ring.place(of: playhead) }

    /// Where it is noted whether they have come: likewise.
    package var nextNote: UnsafeRawPointer { ring.note(of: playhead) }

    /// Whether audio waits to be played.
    package var isEmpty: Bool { !isOpen || end <= playhead }

    /// Forgets the stream: another source (SSRC) starts. The statistics go on.
    package mutating func reset() {
        isOpen = false
        window = SequenceWindow()
        ring.forgetAll()
        stray = nil
        lateInRow = 0
        wishedSince = nil
    }

    /// Takes a packet's payload. `marker`: the first of a talkspurt (RFC 3551 §4.1).
    package mutating func insert(
        sequence: SequenceNumber, timestamp: RTPTimestamp, marker: Bool = false, payload: UnsafeRawBufferPointer
    ) -> Insertion {
        let count = payload.count
        guard count > 0, count <= Self.maximumPayload else {
            statistics.overflows += 1
            return .overflow
        }
        if window.place(sequence) == .duplicate {
            statistics.duplicates += 1
            return .duplicate
        }
        packet = count
        guard isOpen else {
            start(at: Int64(timestamp.rawValue) + 1 << 33, payload)
            statistics.accepted += 1
            return .accepted
        }
        // The 32 bits nearest to the playhead: unwraps as long as the line is less than 2^31 samples (74 h) off; it closes after a second.
        let position = playhead + Int64(RTPTimestamp(UInt32(truncatingIfNeeded: playhead)).distance(to: timestamp))
        let ahead = position - playhead
        if ahead + Int64(count) > SampleRing.capacity || ahead < -Int64(SampleRing.capacity) || end - position > SampleRing.capacity {
            return insertFar(position, payload)
        }
        stray = nil
        return ahead >= 0 ? insertInTime(position, payload, marker: marker) : insertLate(position, payload)
    }

    /// Gives up to `samples` of the next samples, and says which kind they are; call again for the rest until all are given.
    package mutating func playout(samples: Int, into bytes: UnsafeMutableRawPointer) -> Playout {
        guard samples > 0 else { return .idle(0) }
        guard isOpen else { return idle(samples) }
        guard end > playhead else { return playDry(samples) }
        // More than ever allowed, after a burst: old audio is dropped at once.
        if now - playhead - delay.lowest > Int64(maximum + packet) { skip(now - playhead - delay.target(packet: packet + reserve)) }
        let run = ring.run(at: playhead, limit: min(samples, Int(end - playhead)))
        guard run.isPresent else { return missing(run.count) }
        ring.take(run.count, at: playhead, into: bytes)
        playhead += Int64(run.count)
        playedEnd = playhead
        hasPlayed = true
        now += Int64(run.count)
        let joined = isJoin
        isJoin = false
        return .audio(run.count, joined: joined)
    }
}

// MARK: Inserting

extension JitterBuffer {
    private mutating func start(at position: Int64, _ payload: UnsafeRawBufferPointer) {
        // The first packet may be a fast or a slow one: one packet of delay, or what the jitter before showed.
        let wait = min(max(Int64(payload.count), delay.spread), Int64(maximum))
        ring.forgetAll()
        isOpen = true
        hasPlayed = false
        playhead = position - wait
        playedEnd = playhead
        soundStart = playhead
        end = position
        delay.restart(now - position, at: now)
        lastAdjustment = now
        lastGrowth = now
        wishedSince = nil
        lateInRow = 0
        stray = nil
        store(position, payload)
    }

    private mutating func store(_ position: Int64, _ payload: UnsafeRawBufferPointer) {
        ring.write(payload, at: position)
        end = max(end, position + Int64(payload.count))
    }

    private mutating func resynchronise(at position: Int64, _ payload: UnsafeRawBufferPointer) -> Insertion {
        statistics.resynchronisations += 1
        let heard = hasPlayed
        start(at: position, payload)
        hasPlayed = heard
        return .resynchronised
    }

    private mutating func insertFar(_ position: Int64, _ payload: UnsafeRawBufferPointer) -> Insertion {
        // With nothing left to play there is nothing to lose; else one wild packet must not throw the stream away.
        if end <= playhead { return resynchronise(at: position, payload) }
        if let stray, abs(position - stray) < Int64(4 * Self.maximumPayload) { return resynchronise(at: position, payload) }
        stray = position
        guard position < playhead else {
            statistics.overflows += 1
            return .overflow
        }
        statistics.late += 1
        return .late
    }

    private mutating func insertInTime(_ position: Int64, _ payload: UnsafeRawBufferPointer, marker: Bool) -> Insertion {
        lateInRow = 0
        let dry = playhead - end
        delay.observe(now - position, at: now)
        store(position, payload)
        if dry >= 0, marker || dry > Int64(clockRate) * 60 / 1_000 {
            // A talkspurt after silence: the delay may be set right unheard, as long as this packet is still in time.
            playhead = min(max(now - delay.target(packet: packet + reserve), playedEnd), position)
            soundStart = playhead
            wishedSince = nil
        }
        statistics.accepted += 1
        return .accepted
    }

    private mutating func insertLate(_ position: Int64, _ payload: UnsafeRawBufferPointer) -> Insertion {
        if position >= playedEnd {
            // Later than all jitter so far could explain: the path or the sender has changed.
            if now - position - delay.lowest > Int64(maximum) { return resynchronise(at: position, payload) }
            statistics.heldSamples += Int(playhead - position)
            playhead = position
            lastAdjustment = now
            lastGrowth = now
            lateInRow = 0
            delay.observe(now - position, at: now)
            store(position, payload)
            statistics.accepted += 1
            return .accepted
        }
        lateInRow += 1
        // Reordering does not make five in a row: the sender's time line has stepped back.
        if lateInRow >= 5 {
            // What was measured across the step is no jitter.
            delay.restart(now - position, at: now)
            return resynchronise(at: position, payload)
        }
        // One straggler is not worth a longer delay, two in two seconds are.
        if now - lastLate < Int64(clockRate) * 2 { delay.observe(min(now - position, delay.lowest + Int64(maximum)), at: now) }
        lastLate = now
        let passed = Int(playhead - position)
        guard passed < payload.count else {
            statistics.late += 1
            return .late
        }
        store(playhead, UnsafeRawBufferPointer(rebasing: payload[passed...]))
        statistics.accepted += 1
        return .accepted
    }
}

// MARK: Playing

extension JitterBuffer {
    private mutating func idle(_ samples: Int) -> Playout {
        now += Int64(samples)
        return .idle(samples)
    }

    private mutating func missing(_ samples: Int) -> Playout {
        let before = playhead
        playhead += Int64(samples)
        // Before the first packet there is nothing to go on from.
        guard hasPlayed else { return idle(samples) }
        seam = before
        now += Int64(samples)
        statistics.concealedSamples += samples
        return .missing(samples)
    }

    /// Nothing is left to play: a loss at first, silence after 200 ms, and after a second the next packet starts a new time line.
    private mutating func playDry(_ samples: Int) -> Playout {
        let dry = playhead + Int64(samples) - end
        guard dry > Int64(clockRate / 5) else { return missing(samples) }
        playhead += Int64(samples)
        if dry > Int64(clockRate) { isOpen = false }
        return idle(samples)
    }

    private mutating func skip(_ excess: Int64) {
        let skipped = min(excess, end - playhead - 1)
        guard skipped > 0 else { return }
        seam = playedEnd
        ring.forget(Int(skipped), at: playhead)
        playhead += skipped
        soundStart = playhead
        lastAdjustment = now
        statistics.skippedSamples += Int(skipped)
        isJoin = hasPlayed
    }
}
