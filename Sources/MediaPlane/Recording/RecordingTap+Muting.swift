import AudioFiles
import RTP

/// The latest stretches of a recording in which a key sounds: what comes for them late is silenced as well.
struct MutedStretches {
    /// Samples from the recording's start; the last one first.
    private var stretches: (Range<Int>, Range<Int>, Range<Int>, Range<Int>) = (0..<0, 0..<0, 0..<0, 0..<0)
    /// None reaches further.
    private(set) var end = 0
    /// Whether the key of the last one is still down.
    var isOpen = false

    var last: Range<Int> { stretches.0 }

    /// Adds a stretch, or makes the one that begins there longer; gives what was not muted before.
    mutating func add(_ stretch: Range<Int>) -> Range<Int> {
        end = max(end, stretch.upperBound)
        if stretches.0.lowerBound == stretch.lowerBound, !stretches.0.isEmpty {
            let before = stretches.0.upperBound
            guard stretch.upperBound > before else { return before..<before }
            stretches.0 = stretch
            return before..<stretch.upperBound
        }
        stretches = (stretch, stretches.0, stretches.1, stretches.2)
        return stretch
    }

    func touches(_ place: Int, _ count: Int) -> Bool { place < end && !overlap(with: place, count).isEmpty }

    /// What of `count` samples from `place` on is muted; one stretch of it.
    func overlap(with place: Int, _ count: Int) -> Range<Int> {
        let range = place..<place + count
        if stretches.0.overlaps(range) { return stretches.0.clamped(to: range) }
        if stretches.1.overlaps(range) { return stretches.1.clamped(to: range) }
        if stretches.2.overlaps(range) { return stretches.2.clamped(to: range) }
        return stretches.3.clamped(to: range)
    }
}

extension RecordingTap {
    /// A key that is let go of just when the recording ends may sound this much longer, in ms.
    private static let tail = 200

    /// Takes a telephone event (RFC 4733): it has a number of its own, and its span on the time line is no sound, though many senders leave
    /// the tone in the audio beside it.
    mutating func take(
        key payload: UnsafeRawBufferPointer, _ header: RTPHeader, of stream: borrowing MediaStream, _ coder: StreamCoder?, arrival: Int64,
        scratch: MediaScratch
    ) {
        take(nil, header, of: stream.codec, coder, arrival: arrival, scratch: scratch)
        // §2.1: its time stamps count as the audio's; where they do not, nothing tells its place.
        guard stream.telephoneEventClockRate == clockRate, let event = TelephoneEvent.parse(payload), event.digit != nil else { return }
        mute(from: header.timestamp, to: header.timestamp.advanced(by: Int(event.duration)), scratch: scratch)
    }

    /// What is silenced at a time, in s.
    private static let most = 1

    /// Silences a key's tone between two time stamps, in place. `isOpen`: the key is still down, and more will follow.
    mutating func mute(from start: RTPTimestamp, to end: RTPTimestamp, isOpen: Bool = false, scratch: MediaScratch) {
        guard let first = offset(of: start), let last = offset(of: end), last > 0, first < last,
            last <= samples + 3 * memory.rate
        else { return }
        muted.isOpen = isOpen
        takeBackSpeech(from: max(0, first), to: isOpen ? samples : last + packet)
        let added = muted.add(max(0, first)..<last)
        // Events come every 20 to 50 ms: what one adds at a time is short, and whatever a peer writes into them costs no more.
        silence(max(added.lowerBound, min(added.upperBound, samples) - Self.most * memory.rate)..<added.upperBound, scratch: scratch)
    }

    /// The key that ends a recording sounds up to its end.
    mutating func muteEnd(scratch: MediaScratch) {
        guard muted.isOpen else { return }
        let last = muted.last
        silence(last.upperBound..<max(last.upperBound, min(samples, last.upperBound + Self.tail * memory.rate / 1_000)), scratch: scratch)
    }

    /// Writes silence over what is there.
    mutating func silence(_ range: Range<Int>, scratch: MediaScratch) {
        var start = range.lowerBound
        let end = min(range.upperBound, samples)
        while start < end {
            let count = min(end - start, memory.capacity)
            write(UnsafeBufferPointer(start: memory.silence, count: count), at: start, now: latest, scratch: scratch)
            start += count
        }
    }
}
