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
    private let codec: AudioCodec
    /// There where the codec is none of one octet a sample.
    private let coder: StreamCoder?
    private var line = TickLine()
    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: AudioFrame.samples + PlayoutPath.memory)
    private let linear: UnsafeMutablePointer<Int16>
    private let history = UnsafeMutablePointer<UInt8>.allocate(capacity: PlayoutPath.memory)

    /// `maximumDelay` in milliseconds. Nil for want of memory. (No initialiser that fails: Swift 6.3's optimiser lets one of a structure that
    /// cannot be copied free what it has not made.)
    package static func of(_ codec: AudioCodec, maximumDelay: Int) -> OfflinePlayout? {
        if codec.isSampled { return OfflinePlayout(codec, nil, maximumDelay: maximumDelay) }
        guard let coder = StreamCoder(codec, AudioEncoder.Settings()) else { return nil }
        return OfflinePlayout(codec, coder, maximumDelay: maximumDelay)
    }

    private init(_ codec: AudioCodec, _ coder: StreamCoder?, maximumDelay: Int) {
        self.codec = codec
        self.coder = coder
        path = PlayoutPath(maximumDelay: maximumDelay)
        // A frame, and what a splice in it is found in.
        let room = (AudioFrame.samples + PlayoutPath.memory) * codec.form.samplesPerTick
        linear = .allocate(capacity: room)
        linear.initialize(repeating: 0, count: room)
        bytes.initialize(repeating: 0, count: AudioFrame.samples + PlayoutPath.memory)
        history.initialize(repeating: 0, count: PlayoutPath.memory)
    }

    deinit {
        bytes.deallocate()
        linear.deallocate()
        history.deallocate()
    }

    /// Ticks of the sender's clock in one of 8 kHz, less one.
    package var grain: Int { clockScale - 1 }
    private var clockScale: Int { codec.clockRate / SoundForm.tickRate }
    /// Samples a second of what is played.
    package var sampleRate: Int { codec.form.rate }
    /// Samples in one tick of 20 ms.
    package var frameSamples: Int { AudioFrame.samples * codec.form.samplesPerTick }
    /// Samples by which the delay was changed while audio played.
    package var skippedSamples: Int { path.statistics.skippedSamples * codec.form.samplesPerTick }
    package var heldSamples: Int { path.statistics.heldSamples * codec.form.samplesPerTick }
    package var resynchronisations: Int { path.statistics.resynchronisations }
    /// The place on the sender's time line that is played next, at most `grain` of its ticks too low; nil while nothing is.
    package var playoutTimestamp: RTPTimestamp? {
        path.playoutTimestamp.map { RTPTimestamp($0.rawValue &* UInt32(clockScale)) }
    }

    /// How long a payload lasts by the sender's clock; 0 when it is malformed.
    package func duration(of payload: UnsafeRawBufferPointer) -> Int {
        (coder?.ticks(of: payload) ?? payload.count) * clockScale
    }

    package mutating func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer) -> Fate {
        let before = path.statistics
        var header = header
        if clockScale > 1 { header.timestamp = line.ticks(of: header.timestamp, scale: clockScale) }
        path.insert(header, payload: payload, coder: coder)
        let after = path.statistics
        if after.late > before.late { return .late }
        if after.duplicates > before.duplicates { return .duplicate }
        // What cannot be decoded does not come as far as to be counted.
        return after.accepted > before.accepted || after.resynchronisations > before.resynchronisations ? .accepted : .refused
    }

    /// Plays 20 ms: appends them to `samples`, and tells `visit` their kinds and numbers in order.
    package mutating func tick(into samples: inout [Int16], visit: (Sound, Int) -> Void) {
        let samplesPerTick = codec.form.samplesPerTick
        var done = 0
        while done < AudioFrame.samples {
            let (sound, ticks) = next(AudioFrame.samples - done)
            // A path that gave nothing would be asked for ever.
            guard ticks > 0 else { return }
            visit(sound, ticks * samplesPerTick)
            samples.append(contentsOf: UnsafeBufferPointer(start: linear, count: ticks * samplesPerTick))
            done += ticks
        }
    }

    private mutating func next(_ wanted: Int) -> (Sound, Int) {
        let run: PlayoutPath.Run
        if let coder {
            run = path.next(wanted, decoded: coder, into: linear)
        } else if let law = codec.sampled {
            run = path.next(wanted, codec: law, into: bytes, linear: linear, history: history)
            if case .received(let given) = run { law.decode(bytes, count: given, into: linear) }
        } else {
            return (.idle, 0)
        }
        switch run {
        case .received(let given), .blended(let given): return (.received, given)
        case .concealed(let given): return (.concealed, given)
        case .idle(let given):
            linear.update(repeating: 0, count: given * codec.form.samplesPerTick)
            return (.idle, given)
        }
    }
}
