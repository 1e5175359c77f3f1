import Audio
import CMediaSockets
import Codecs
import RTP

/// The peer's own sound in order: jitter buffer, and concealment of what was lost. An echo sends it back, a room mixes it.
///
/// Undisturbed packets are handed on bit by bit and are not decoded here: only a gap, a seam or a change of the delay decodes what was
/// played before it, for the concealment to go on from and the splice to be found in. That is so for G.711; for every other codec the sound
/// is a `DecodedPlayout`'s, and the jitter buffer and the way out are the same.
struct PlayoutPath: ~Copyable {
    /// As much as is looked at in one go, back and ahead.
    static let memory = 480
    /// Where the samples stay below this, a change of the delay is not heard: about -46 dBFS.
    static let quiet: Int16 = 160
    /// As far as the background is looked for before a gap: half a second.
    static let background = 4_000

    /// So many of the next samples, of one kind.
    enum Run {
        /// As they came: the codec's octets were written.
        case received(Int)
        /// Decoded and blended with what was made up before them: linear samples were written.
        case blended(Int)
        /// Made up: linear samples were written.
        case concealed(Int)
        /// Nothing plays: no stream, or a pause in it. Nothing was written.
        case idle(Int)
    }

    private(set) var buffer: JitterBuffer
    /// To the rate of who hears it.
    var conversion = FormConversion()
    private var concealment = PacketLossConcealment()
    private var scaling = TimeScaling()
    /// Made-up sound came last: the concealment knows what was played, and blends the next real sound in.
    private var isConcealing = false
    /// The peer pauses from `pauseStart` on, and has said what that sounds like.
    private var isPausing = false
    private var pauseStart = RTPTimestamp(0)
    private(set) var concealedFrames = 0

    /// Far from what every packet touches.
    private var noise: ComfortNoiseGenerator?

    /// `storage`: memory for the jitter buffer (`JitterBuffer.storageSize`); its own where nil. `maximumDelay` in milliseconds.
    init(storage: UnsafeMutableRawPointer? = nil, maximumDelay: Int = 200) {
        buffer = JitterBuffer(maximumDelay: maximumDelay, storage: storage)
    }

    /// How long the fastest packets wait, in milliseconds.
    var currentDelay: Int { buffer.currentDelay }

    /// What became of the packets, and the samples made up, skipped and held.
    var statistics: JitterBuffer.Statistics { buffer.statistics }
    /// The place on the sender's time line that is played next; nil while no stream is known.
    var playoutTimestamp: RTPTimestamp? { buffer.playoutTimestamp }

    /// `header` bears a time stamp in ticks of 8 kHz. False when nobody will hear the packet: it came too late, or there is no room for it.
    @discardableResult
    mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer, coder: StreamCoder? = nil) -> Bool {
        if let coder { return coder.playout.insert(header, payload: payload, into: &buffer) }
        return !buffer.insert(sequence: header.sequence, timestamp: header.timestamp, marker: header.marker, payload: payload).isDiscard
    }

    /// Another source speaks from now on, or the same in another codec.
    mutating func reset(_ coder: StreamCoder? = nil) {
        buffer.reset()
        buffer.reserve = 0
        coder?.playout.reset()
        concealment.reset()
        isConcealing = false
        isPausing = false
        noise = nil
    }

    /// The peer pauses from this place of his time line on (in ticks of 8 kHz), with noise at `rate` Hz, until he goes on (RFC 3389).
    mutating func pause(_ description: ComfortNoise, from start: RTPTimestamp, rate: Int, seed: UInt64) {
        if noise == nil { noise = ComfortNoiseGenerator(sampleRate: rate, seed: seed) }
        noise?.follow(description)
        // Silence is nothing to send.
        isPausing = description.amplitude > 0
        pauseStart = start
    }

    /// Whether the present place is behind what was said before the pause.
    private var isInPause: Bool { isPausing && buffer.playoutTimestamp.map { pauseStart.distance(to: $0) > 0 } ?? true }

    private mutating func soundOfPause(_ ticks: Int, samplesPerTick: Int, into linear: UnsafeMutablePointer<Int16>) -> Run {
        noise?.generate(ticks * samplesPerTick, into: linear)
        isConcealing = false
        return .blended(ticks)
    }

    /// Gives up to `samples` of the next samples; call again for the rest. Octets go to `bytes`, linear samples to `linear`, which
    /// has room for `samples` and for `memory` values, as has `history`.
    mutating func next(
        _ samples: Int, codec: SampledCodec, into bytes: UnsafeMutablePointer<UInt8>, linear: UnsafeMutablePointer<Int16>,
        history: UnsafeMutablePointer<UInt8>
    ) -> Run {
        if !isConcealing, let change = buffer.wish(), let blended = splice(change, samples, codec, linear, history) {
            return .blended(blended)
        }
        switch buffer.playout(samples: samples, into: bytes) {
        case .audio(let count, let joined):
            if isInPause { isPausing = false }
            guard isConcealing || joined else { return .received(count) }
            recall(codec, linear, history)
            codec.decode(bytes, count: count, into: linear)
            let heard = count - fallIn(linear, count)
            concealment.accept(linear, count: heard, joined: joined)
            isConcealing = false
            return .blended(heard)
        case .missing(let count):
            if isInPause { return soundOfPause(count, samplesPerTick: 1, into: linear) }
            recall(codec, linear, history)
            isConcealing = true
            if concealment.wantsBackground { listen(codec, linear, history) }
            concealment.conceal(into: linear, count: count)
            keep(linear, count, codec, history)
            return .concealed(count)
        case .idle(let count):
            return isPausing ? soundOfPause(count, samplesPerTick: 1, into: linear) : .idle(count)
        }
    }

    /// Asks for the memory of the next samples and of those that will come, before they are needed.
    func prefetch() {
        media_prefetch(buffer.nextPlace, 2 * AudioFrame.samples)
        media_prefetch(buffer.nextNote, 64)
    }

    /// Some of a frame was made up.
    mutating func countConcealed() { concealedFrames += 1 }

    /// The same for a codec that is none of one octet a sample: all that comes is linear, and stands in `linear`.
    mutating func next(_ ticks: Int, decoded coder: StreamCoder, into linear: UnsafeMutablePointer<Int16>) -> Run {
        let run = coder.playout.next(ticks, from: &buffer, into: linear)
        guard isPausing else { return run }
        switch run {
        case .idle(let count): return soundOfPause(count, samplesPerTick: coder.codec.form.samplesPerTick, into: linear)
        case .received, .blended: if isInPause { isPausing = false }
        case .concealed: break
        }
        return run
    }

    // MARK: Changing the delay

    /// Makes the sound shorter or longer here, if it sounds as before. Writes so many samples to `linear`; nil when this is not the place.
    private mutating func splice(
        _ change: (wish: JitterBuffer.Wish, waited: Int), _ samples: Int, _ codec: SampledCodec, _ linear: UnsafeMutablePointer<Int16>,
        _ bytes: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        let overlap = scaling.overlap
        guard samples >= overlap else { return nil }
        let isQuiet = wasQuiet(codec)
        let longest = scaling.lags.upperBound
        // What is blended goes to the beginning of `linear`; what it is made of lies behind that.
        let sound = linear + overlap
        switch change.wish {
        case .shorter(let most, let isPatient):
            guard isQuiet || !isPatient, let there = buffer.look(behind: 0, ahead: overlap + longest, into: bytes) else { return nil }
            codec.decode(bytes, count: there.ahead, into: sound)
            guard let found = scaling.shorten(sound, count: there.ahead, most: most),
                found.similarity >= Self.leastSimilarity(isQuiet, change.waited)
            else { return nil }
            TimeScaling.blend(found, from: sound, into: sound + found.lag, to: linear)
            buffer.splice(overlap: overlap, shift: found.lag)
        case .longer(let least):
            guard let there = buffer.look(behind: longest, ahead: overlap, into: bytes), there.ahead == overlap else { return nil }
            codec.decode(bytes, count: there.behind + overlap, into: sound)
            // A whole period of a low voice even where less is missing: 10 ms too much are no harm.
            guard let found = scaling.lengthen(sound, behind: there.behind, most: least + overlap),
                found.similarity >= Self.leastSimilarity(isQuiet, change.waited)
            else { return nil }
            let ahead = sound + there.behind
            TimeScaling.blend(found, from: ahead, into: ahead - found.lag, to: linear)
            buffer.splice(overlap: overlap, shift: -found.lag)
        }
        return overlap
    }

    /// How much the two ends of a splice must agree: any place will do in silence, and the longer it has been waited the more will.
    static func leastSimilarity(_ isQuiet: Bool, _ waited: Int) -> Float {
        guard !isQuiet else { return -1 }
        return TimeScaling.unheard - Float(min(max(waited - 500, 0), 2_000)) / 2_000
    }

    // MARK: Concealing

    /// After a gap that left playout later than it needs to be (packets that came late and all at once), a little of what came is left
    /// out, so that the rest goes on in step with what was made up. Returns how much.
    private mutating func fallIn(_ linear: UnsafeMutablePointer<Int16>, _ count: Int) -> Int {
        guard isConcealing else { return 0 }
        let left = concealment.entry(linear, count: count, most: min(buffer.spare, count / 2))
        guard left > 0 else { return 0 }
        linear.update(from: linear + left, count: count - left)
        buffer.leaveOut(left)
        return left
    }

    /// Shows the concealment what was played in the half second before the gap.
    private mutating func listen(_ codec: SampledCodec, _ linear: UnsafeMutablePointer<Int16>, _ bytes: UnsafeMutablePointer<UInt8>) {
        for back in stride(from: Self.background - Self.memory, through: 0, by: -Self.memory) {
            buffer.copyHistory(Self.memory, back: back, into: bytes)
            codec.decode(bytes, count: Self.memory, into: linear)
            concealment.listen(linear, count: Self.memory)
        }
    }

    /// Keeps what was made up in the buffer, so that the next gap goes on from what was heard.
    private mutating func keep(_ linear: UnsafePointer<Int16>, _ count: Int, _ codec: SampledCodec, _ bytes: UnsafeMutablePointer<UInt8>) {
        for start in stride(from: 0, to: count, by: Self.memory) {
            let part = min(Self.memory, count - start)
            codec.encode(linear + start, count: part, into: bytes)
            buffer.fill(bytes, count: part, back: count - start - part)
        }
    }

    /// Tells the concealment what was played last, unless it made that itself.
    private mutating func recall(_ codec: SampledCodec, _ linear: UnsafeMutablePointer<Int16>, _ bytes: UnsafeMutablePointer<UInt8>) {
        guard !isConcealing else { return }
        buffer.copyHistory(concealment.memory, into: bytes)
        codec.decode(bytes, count: concealment.memory, into: linear)
        concealment.accept(linear, count: concealment.memory)
    }

    /// Whether what was played last was near silence, by every tenth sample of 20 ms.
    private func wasQuiet(_ codec: SampledCodec) -> Bool {
        let table = codec.decodeTable
        for step in 1...16 {
            guard abs(table[Int(buffer.played(back: 10 * step))]) < Self.quiet else { return false }
        }
        return true
    }
}
