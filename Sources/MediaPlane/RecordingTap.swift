import AudioFiles
import RTP

/// What the peer says, laid down at its RTP offset: each packet belongs `time stamp - origin` samples from the start, so a late one
/// is patched in where it was missing and a lost one leaves its own length of silence, neither more nor less.
///
/// ```
///  start of the recording ─┐            ┌─ lost ─┐        late: goes back to its place
///  packets   … 160 │ 320 ▼ 480 │ 640 │          │ 960 │◄──── 800
///  offset            0     160   320     480       640
/// ```
/// The origin is what the time line reads when the order comes. A stream that has not begun, jumps or changes its SSRC is laid
/// by the clock instead: its first packet stands where it arrived.
struct RecordingTap {
    /// Handed to the writer after this long at the latest, in ns: with the writer's own poll well within the second that a
    /// SIGKILL may cost.
    private static let handOver: Int64 = 400_000_000
    /// A packet further than this from where the clock expects it has jumped, in samples (2 s).
    private static let jump = 16_000
    /// Sound above this is speech, in dBFS.
    private static let speech: Double = -42

    let order: RecordingTapOrder
    private let startedAt: Int64
    private var origin: RTPTimestamp?
    private var block: RecordingBlock?
    private var blockSince: Int64 = 0
    private var samples = 0
    private var lastSpeech: Int64
    private var samplesToLastSpeech = 0
    private var hasOverrun = false

    /// `next`: the time stamp that the stream's next packet should bear, where a stream flows.
    init(order: RecordingTapOrder, at now: Int64, next: RTPTimestamp?) {
        self.order = order
        startedAt = now
        lastSpeech = now
        origin = next
    }

    /// The source changed: the next packet is laid by the clock.
    mutating func resynchronise() {
        origin = nil
    }

    /// Lays down one packet, already decoded.
    mutating func append(
        _ packet: UnsafeBufferPointer<Int16>, timestamp: RTPTimestamp, level: Double, arrival: Int64, scratch: MediaScratch
    ) {
        let expected = Int((arrival - startedAt) / 125_000)  // 8 samples a millisecond
        var offset = origin.map { $0.distance(to: timestamp) } ?? 0
        if origin == nil || abs(offset - expected) > Self.jump {
            // Not before what is already there: a jump back must not overwrite it.
            offset = max(0, max(expected, samples))
            origin = timestamp.advanced(by: -offset)
        }
        // What was said before the start (the tail of the beep's time) is cut off.
        let early = min(packet.count, max(0, -offset))
        let kept = UnsafeBufferPointer(rebasing: packet[early...])
        guard !kept.isEmpty else { return }
        let place = max(0, offset)
        store(kept, at: place, now: arrival, scratch: scratch)
        samples = max(samples, place + kept.count)
        if level > Self.speech {
            lastSpeech = max(lastSpeech, arrival)
            samplesToLastSpeech = max(samplesToLastSpeech, place + kept.count)
        }
    }

    private mutating func store(_ packet: UnsafeBufferPointer<Int16>, at offset: Int, now: Int64, scratch: MediaScratch) {
        if let block, block.append(packet, at: offset) { return }
        handOver(scratch: scratch)
        guard let fresh = scratch.takeBlock() else {
            hasOverrun = true
            return
        }
        block = fresh
        blockSince = now
        _ = fresh.append(packet, at: offset)
    }

    private mutating func handOver(scratch: MediaScratch) {
        guard let block else { return }
        scratch.filled.append((block, order.handle))
        self.block = nil
    }

    /// Once a turn: hands over what is old enough, and says whether the recording is over.
    mutating func turn(at now: Int64, scratch: MediaScratch) -> RecordingTapResult.End? {
        if block != nil, now - blockSince >= Self.handOver { handOver(scratch: scratch) }
        if hasOverrun || order.handle.hasFailed { return .storageTooSlow }
        if now - startedAt >= Int64(order.maximum) * 1_000_000 { return .maximum }
        if let silence = order.silence, now - lastSpeech >= Int64(silence) * 1_000_000 { return .silence }
        return nil
    }

    /// Hands over the rest and reports.
    mutating func end(_ end: RecordingTapResult.End, scratch: MediaScratch) -> RecordingTapResult {
        handOver(scratch: scratch)
        return RecordingTapResult(handle: order.handle, end: end, samples: samples, samplesToLastSpeech: samplesToLastSpeech)
    }
}
