import Audio
import Codecs
import RTP

/// The playout path of a call without its socket and its thread: packets and ticks come from whoever holds it.
package struct OfflinePlayout: ~Copyable {
    /// What became of a packet.
    package enum Fate: Equatable, Sendable {
        case accepted
        case duplicate
        /// Its time had passed.
        case late
        /// Empty, too long, or too far ahead of what plays.
        case refused
    }

    /// Kinds of samples played.
    package enum Sound: Equatable, Sendable {
        /// As they came, or blended with what was made up before them.
        case received
        case concealed
        /// Nothing plays.
        case idle
    }

    private var path: PlayoutPath
    private let codec: SampledCodec
    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: AudioFrame.samples + PlayoutPath.memory)
    private let linear = UnsafeMutablePointer<Int16>.allocate(capacity: AudioFrame.samples + PlayoutPath.memory)
    private let history = UnsafeMutablePointer<UInt8>.allocate(capacity: PlayoutPath.memory)

    /// `maximumDelay` in milliseconds.
    package init(codec: SampledCodec, maximumDelay: Int) {
        self.codec = codec
        path = PlayoutPath(maximumDelay: maximumDelay)
        linear.initialize(repeating: 0, count: AudioFrame.samples + PlayoutPath.memory)
        bytes.initialize(repeating: 0, count: AudioFrame.samples + PlayoutPath.memory)
        history.initialize(repeating: 0, count: PlayoutPath.memory)
    }

    deinit {
        bytes.deallocate()
        linear.deallocate()
        history.deallocate()
    }

    /// Samples a second of what is played.
    package var sampleRate: Int { AudioFrame.rate }
    /// Samples in one tick of 20 ms.
    package var frameSamples: Int { AudioFrame.samples }
    /// Samples by which the delay was changed while audio played.
    package var skippedSamples: Int { path.statistics.skippedSamples }
    package var heldSamples: Int { path.statistics.heldSamples }
    package var resynchronisations: Int { path.statistics.resynchronisations }
    /// The place on the sender's time line that is played next; nil while nothing is.
    package var playoutTimestamp: RTPTimestamp? { path.playoutTimestamp }

    package mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer) -> Fate {
        let before = path.statistics
        path.insert(header, payload: payload)
        let after = path.statistics
        if after.late > before.late { return .late }
        if after.duplicates > before.duplicates { return .duplicate }
        return after.overflows > before.overflows ? .refused : .accepted
    }

    /// Plays 20 ms: appends them to `samples`, and tells `visit` their kinds and numbers in order.
    package mutating func tick(into samples: inout [Int16], visit: (Sound, Int) -> Void) {
        var done = 0
        while done < AudioFrame.samples {
            let wanted = AudioFrame.samples - done
            let (sound, count): (Sound, Int)
            switch path.next(wanted, codec: codec, into: bytes, linear: linear, history: history) {
            case .received(let given):
                codec.decode(bytes, count: given, into: linear)
                (sound, count) = (.received, given)
            case .blended(let given): (sound, count) = (.received, given)
            case .concealed(let given): (sound, count) = (.concealed, given)
            case .idle(let given):
                linear.update(repeating: 0, count: given)
                (sound, count) = (.idle, given)
            }
            // A path that gave nothing would be asked for ever.
            guard count > 0 else { return }
            visit(sound, count)
            samples.append(contentsOf: UnsafeBufferPointer(start: linear, count: count))
            done += count
        }
    }
}
