import Audio
import Codecs
import RTP

/// Listens for keys pressed as tones in what a peer says, along his time line: where telephone events (RFC 4733) were not negotiated.
struct KeyListener {
    /// A stretch of the time line in which a key sounds; `isDown`: it does still.
    struct Tone: Equatable {
        var start: RTPTimestamp
        var end: RTPTimestamp
        var isDown: Bool
    }

    /// A sender who pauses is taken for silent after this long, ns: a key that was let go of then is told.
    private static let patience: Int64 = 80_000_000
    /// Samples of that.
    private static let pause = 640
    /// Samples before the end of what was heard that may come after a key: its release is told that late, and a little more.
    private static let tail = 480
    /// Samples that a tone lasts at least to be a key: 31 ms.
    private static let shortest = 248

    let codec: AudioCodec
    /// Of a codec that is not decoded octet by octet: its own, since it hears each packet at once or not at all.
    private let decoder: AudioDecoder?
    /// Ticks of the time line in a sample of 8 kHz.
    private let scale: Int
    /// For a codec that is decoded at 16 kHz only.
    private var halver = RateHalver()
    private var detector = ToneDetector()
    /// Where the time line goes on, and when the last of it came.
    private var next: RTPTimestamp?
    private var heardAt: Int64 = 0
    /// Samples that the detector has had: what its offsets count.
    private var heard = 0
    /// What is to be told of a key's tone, in the detector's offsets.
    private var tone: (start: Int, end: Int, isDown: Bool)?

    init(_ codec: AudioCodec = .pcmu) {
        self.codec = codec
        decoder = codec.isSampled ? nil : AudioDecoder(codec, sampleRate: codec.sampleRates.min())
        scale = codec.clockRate / SoundForm.tickRate
    }

    /// Listens to a packet of its codec.
    mutating func hear(
        _ payload: UnsafeRawBufferPointer, timestamp: RTPTimestamp, arrival: Int64, scratch: MediaScratch, _ tell: (Character, Bool) -> Void
    ) {
        guard let start = payload.baseAddress, payload.count <= MediaScratch.datagramCapacity, !isLate(timestamp) else { return }
        var count = payload.count
        if let law = codec.sampled {
            law.decode(start.assumingMemoryBound(to: UInt8.self), count: count, into: scratch.samples)
        } else {
            count =
                decoder?.decode(payload, into: UnsafeMutableBufferPointer(start: scratch.samples, count: MediaScratch.datagramCapacity))
                ?? 0
            if decoder?.sampleRate == 2 * SoundForm.tickRate {
                halver.write(scratch.samples, count: count, into: scratch.samples)
                count /= 2
            }
        }
        listen(UnsafeBufferPointer(start: scratch.samples, count: count), timestamp: timestamp, arrival: arrival, tell)
    }

    private func isLate(_ timestamp: RTPTimestamp) -> Bool {
        guard let missing = next?.distance(to: timestamp) else { return false }
        return missing < 0 && missing > -16_000 * scale
    }

    /// Listens to samples at 8 kHz. What comes too late for its place is passed over: a tone put together wrongly is none. `tell` gets a key
    /// and whether it is down.
    mutating func listen(
        _ samples: UnsafeBufferPointer<Int16>, timestamp: RTPTimestamp, arrival: Int64, _ tell: (Character, Bool) -> Void
    ) {
        guard let start = samples.baseAddress, samples.count > 0, !isLate(timestamp) else { return }
        let missing = (next?.distance(to: timestamp) ?? 0) / scale
        if missing > 0 {
            next = timestamp
            skip(missing, tell)
        }
        next = timestamp.advanced(by: samples.count * scale)
        heardAt = arrival
        heard += samples.count
        var tone = tone
        detector.listen(start, count: samples.count) { Self.note($0, &tone, tell) }
        if let down = tone, down.isDown { tone?.end = max(down.end, heard - Self.tail) }
        self.tone = tone
    }

    private mutating func skip(_ count: Int, _ tell: (Character, Bool) -> Void) {
        heard += count
        var tone = tone
        detector.skip(count) { Self.note($0, &tone, tell) }
        self.tone = tone
    }

    /// Tells an event, and where its tone is.
    private static func note(
        _ event: ToneDetector.Event, _ tone: inout (start: Int, end: Int, isDown: Bool)?, _ tell: (Character, Bool) -> Void
    ) {
        switch event {
        case .down(let key, let offset):
            // One that was not asked for yet ended just before.
            tone = (start: tone?.start ?? offset, end: offset + shortest, isDown: true)
            tell(key, true)
        case .up(let key, let offset, let duration):
            tone = (start: tone?.start ?? offset, end: offset + duration, isDown: false)
            tell(key, false)
        case .suspected, .dismissed: break
        }
    }

    /// The stretch in which the latest key sounds, as far as it is certain; nil when there is nothing new to say.
    mutating func takeTone() -> Tone? {
        guard let tone, let next else { return nil }
        if !tone.isDown { self.tone = nil }
        return Tone(
            start: next.advanced(by: (tone.start - Self.margin - heard) * scale),
            end: next.advanced(by: (tone.end + (tone.isDown ? 0 : Self.margin) - heard) * scale), isDown: tone.isDown)
    }

    /// Samples either side of a tone, since its edges are told within 3 ms.
    private static let margin = 32

    /// Once a turn: nothing more may come after a key.
    mutating func turn(at now: Int64, _ tell: (Character, Bool) -> Void) {
        guard detector.isSuspicious, now - heardAt > Self.patience else { return }
        heardAt = now
        next = next?.advanced(by: Self.pause * scale)
        skip(Self.pause, tell)
    }

    /// Another source speaks from now on, whose time line has nothing to do with the old.
    mutating func reset(_ tell: (Character, Bool) -> Void) {
        if let key = detector.key { tell(key, false) }
        detector = ToneDetector()
        decoder?.reset()
        halver.reset()
        tone = nil
        next = nil
    }
}
