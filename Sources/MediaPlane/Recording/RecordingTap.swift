import Audio
import AudioFiles
import Codecs
import RTP

/// What the peer says, laid down at its RTP offset: each packet belongs `time stamp - origin` from the start.
///
/// ```
///  start of the recording ─┐            ┌─ lost ─┐        late: waits for nothing, goes to its place
///  packets   … 160 │ 320 ▼ 480 │ 640 │ made up │ 960 │◄──── 800
///  offset            0     160   320     480       640
/// ```
/// A recorder has no deadline. Packets are taken in the order of their numbers: what comes too early waits up to 400 ms for what is missing
/// (`RecordingTap+Order`), so reordering, jitter and duplicates change nothing. What has not come by then is made up from the sound on both
/// sides of it (`RecordingTap+Gaps`), within its own length, so that what did come is never touched; comes it after all, it replaces that,
/// where the codec has no memory. A pause on the sender's time line is a pause.
///
/// The origin is what the time line reads when the order comes. A stream that has not begun, jumps or changes its SSRC is laid by the clock
/// instead: its first packet stands where it arrived. All offsets and lengths are in samples of the file.
struct RecordingTap {
    /// Handed to the writer after this long at the latest, in ns: with the writer's own poll well within the second that a
    /// SIGKILL may cost.
    private static let handOver: Int64 = 400_000_000
    /// Sound above this is speech, in dBFS.
    private static let speech: Double = -42

    let order: RecordingTapOrder
    let startedAt: Int64
    var origin: RTPTimestamp?
    private var block: RecordingBlock?
    private var blockSince: Int64 = 0
    private(set) var samples = 0
    private var lastSpeech: Int64
    private(set) var samplesToFirstSpeech: Int?
    private(set) var samplesToLastSpeech = 0
    private var hasOverrun = false
    /// When the latest packet that was laid down came, ns.
    private(set) var latest: Int64

    // The stream that is laid down; see `RecordingTap+Order`.
    var codec: AudioCodec?
    var coder: StreamCoder?
    var law: SampledCodec?
    /// Whether a packet can be decoded only after the one before it.
    var hasMemory = false
    /// Ticks a second of its time stamps, and samples a second of its sound.
    var clockRate = SoundForm.tickRate
    var streamRate = SoundForm.tickRate
    /// The number that comes next, and how many before it were given up.
    var next: SequenceNumber?
    var lost = 0

    // See `RecordingTap+Gaps`.
    /// Where the sound goes on; nil while nothing is known of it.
    var laid: Int?
    /// Samples of the last packet.
    var packet = 0
    /// A gap that is to be filled once enough is there of what comes after it.
    var gap: Gap?
    var background = 0

    // See `RecordingTap+Muting`.
    var muted = MutedStretches()

    /// `next`: the time stamp that the stream's next packet should bear, where a stream flows.
    init(order: RecordingTapOrder, at now: Int64, next: RTPTimestamp?) {
        self.order = order
        startedAt = now
        lastSpeech = now
        latest = now
        origin = next
    }

    var memory: RecordingMemory { order.memory }

    /// Where the clock expects what arrives then.
    func expected(at arrival: Int64) -> Int { Int((arrival - startedAt) / 1_000) * memory.rate / 1_000_000 }

    /// Lays down so many samples of `sound`: what lies before the start is cut off.
    mutating func store(_ sound: UnsafeMutablePointer<Int16>, count: Int, at place: Int, arrival: Int64, scratch: MediaScratch) {
        let early = min(count, max(0, -place))
        guard early < count else { return }
        let place = max(0, place)
        let kept = UnsafeBufferPointer(start: sound + early, count: count - early)
        latest = max(latest, arrival)
        let isMuted = muted.touches(place, kept.count)
        write(kept, at: place, now: arrival, scratch: scratch)
        samples = max(samples, place + kept.count)
        if isMuted {
            silence(muted.overlap(with: place, kept.count), scratch: scratch)
        } else if Decibels.level(of: sound + early, count: kept.count) > Self.speech {
            lastSpeech = max(lastSpeech, arrival)
            samplesToFirstSpeech = min(samplesToFirstSpeech ?? .max, place)
            samplesToLastSpeech = max(samplesToLastSpeech, place + kept.count)
        }
    }

    /// What was taken for speech between the two was none.
    mutating func takeBackSpeech(from start: Int, to end: Int) {
        guard samplesToLastSpeech > start, samplesToLastSpeech <= end else { return }
        let hasSpoken = samplesToFirstSpeech.map { $0 + packet < start } ?? false
        samplesToLastSpeech = hasSpoken ? start : 0
        if !hasSpoken { samplesToFirstSpeech = nil }
    }

    /// Hands samples to the writer, at any place.
    mutating func write(_ sound: UnsafeBufferPointer<Int16>, at offset: Int, now: Int64, scratch: MediaScratch) {
        if let block, block.append(sound, at: offset) { return }
        handOver(scratch: scratch)
        guard let fresh = scratch.takeBlock() else {
            hasOverrun = true
            return
        }
        block = fresh
        blockSince = now
        _ = fresh.append(sound, at: offset)
    }

    private mutating func handOver(scratch: MediaScratch) {
        guard let block else { return }
        scratch.filled.append((block, order.handle))
        self.block = nil
    }

    /// Once a turn: gives up what has been waited for long enough, hands over what is old enough, and says whether the recording is over.
    mutating func turn(at now: Int64, scratch: MediaScratch) -> RecordingTapResult.End? {
        if memory.hold.count > 0 || gap != nil { stopWaiting(at: now, scratch: scratch) }
        if block != nil, now - blockSince >= Self.handOver { handOver(scratch: scratch) }
        if hasOverrun || order.handle.hasFailed { return .storageTooSlow }
        if now - startedAt >= Int64(order.maximum) * 1_000_000 { return .maximum }
        // What waits may be speech.
        if let silence = order.silence, memory.hold.count == 0, now - lastSpeech >= Int64(silence) * 1_000_000 { return .silence }
        return nil
    }

    /// Hands over the rest and reports.
    mutating func end(_ end: RecordingTapResult.End, scratch: MediaScratch) -> RecordingTapResult {
        layAll(scratch: scratch)
        muteEnd(scratch: scratch)
        handOver(scratch: scratch)
        return RecordingTapResult(handle: order.handle, end: end, samples: samples, samplesToLastSpeech: samplesToLastSpeech)
    }
}
