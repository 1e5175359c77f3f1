import Codecs
import RTP

// A packet's way, by its sequence number beside the one that comes next:
//
//     … -3000  late: to its place at once, where the codec has no memory; else it is left out
//        0     is laid down, and behind it what has waited for it
//     1 … 63   waits, until what is missing comes or has been waited for long enough
//     else     the sender has begun anew
extension RecordingTap {
    /// How long what is missing is waited for, ns: longer than any jitter buffer holds a call.
    private static let patience: Int64 = 400_000_000
    /// Numbers further apart are no loss (RFC 3550 A.1, MAX_DROPOUT).
    private static let dropout = 3_000
    /// A packet further than this from where the clock expects it has jumped, in s.
    private static let jump = 2

    /// The source changed: the next packet is laid by the clock.
    mutating func resynchronise(scratch: MediaScratch) {
        layAll(scratch: scratch)
        origin = nil
        next = nil
        forgetSound()
    }

    /// Takes one packet. `payload` is nil for what is no sound but has a number of its own: a telephone key, comfort noise.
    mutating func take(
        _ payload: UnsafeRawBufferPointer?, _ header: RTPHeader, of codec: AudioCodec, _ coder: StreamCoder?, arrival: Int64,
        scratch: MediaScratch
    ) {
        if codec != self.codec || coder !== self.coder { change(to: codec, coder, scratch: scratch) }
        let packet = PacketHold.Packet(sequence: header.sequence, timestamp: header.timestamp, arrival: arrival, payload: payload)
        // At once, though it may have to wait: keys are laid on the time line too.
        if origin == nil, payload != nil { _ = place(of: header.timestamp, arrival: arrival) }
        // Before a decoder with memory begins, a packet that came in front of others is let go first.
        let expected = next ?? header.sequence.advanced(by: hasMemory && payload != nil ? -Self.firstReach : 0)
        next = expected
        let ahead = expected.distance(to: header.sequence)
        if ahead < 0, ahead > -Self.dropout { return layLate(packet, scratch: scratch) }
        if abs(ahead) >= Self.dropout {
            layAll(scratch: scratch)
            forgetSound()
            lost = 0
            next = header.sequence
        } else if ahead > 0 {
            while memory.hold.count > 0, let next, next.distance(to: header.sequence) >= PacketHold.capacity {
                giveUp(scratch: scratch)
            }
            guard let next, next != header.sequence else { return layNext(packet, scratch: scratch) }
            let left = next.distance(to: header.sequence)
            guard left > 0 else { return }
            if left < PacketHold.capacity { return memory.hold.keep(packet) }
            lost += left
            self.next = header.sequence
        }
        layNext(packet, scratch: scratch)
    }

    /// Packets that a stream's first may have overtaken.
    private static let firstReach = 4

    /// Lays down the packet whose turn it is, and those behind it.
    private mutating func layNext(_ packet: PacketHold.Packet, scratch: MediaScratch) {
        lay(packet, scratch: scratch)
        next = packet.sequence.advanced(by: 1)
        guard memory.hold.count > 0 else { return }
        while let next, let held = memory.hold.take(next) {
            lay(held, scratch: scratch)
            self.next = next.advanced(by: 1)
        }
        memory.hold.waitAnew()
    }

    /// Gives up what is missing before the first packet that waits.
    private mutating func giveUp(scratch: MediaScratch) {
        guard memory.hold.count > 0, let next else { return }
        for step in 0..<PacketHold.capacity {
            if let held = memory.hold.take(next.advanced(by: step)) {
                lost += step
                return layNext(held, scratch: scratch)
            }
        }
        memory.hold.clear()
    }

    /// Once a turn, while something is waited for.
    mutating func stopWaiting(at now: Int64, scratch: MediaScratch) {
        while memory.hold.count > 0, now - memory.hold.waitingSince >= Self.patience { giveUp(scratch: scratch) }
        if let gap, now - gap.since >= Self.patience { fillGap(scratch: scratch) }
    }

    /// Nothing more comes of this stream.
    mutating func layAll(scratch: MediaScratch) {
        while memory.hold.count > 0 { giveUp(scratch: scratch) }
        fillGap(scratch: scratch)
    }

    /// Another codec, whose time stamps may count otherwise: its first packet is laid by the clock.
    private mutating func change(to codec: AudioCodec, _ coder: StreamCoder?, scratch: MediaScratch) {
        if self.codec != nil {
            layAll(scratch: scratch)
            origin = nil
        }
        self.codec = codec
        self.coder = coder
        law = codec.sampled
        hasMemory = codec == .g722 || codec == .opus
        clockRate = codec.clockRate
        streamRate = coder?.recorded.sampleRate ?? SoundForm.tickRate
        coder?.recorded.reset()
        forgetSound()
    }

    /// The place of a time stamp; `hasJumped` when the time line did not lead there.
    mutating func place(of timestamp: RTPTimestamp, arrival: Int64) -> (offset: Int, hasJumped: Bool) {
        let expected = expected(at: arrival)
        if let offset = offset(of: timestamp), abs(offset - expected) <= Self.jump * memory.rate { return (offset, false) }
        // Not before what is already there: a jump back must not overwrite it.
        let offset = max(0, max(expected, samples))
        origin = timestamp.advanced(by: -offset * clockRate / memory.rate)
        return (offset, true)
    }

    /// The place of a time stamp on the time line as it is.
    func offset(of timestamp: RTPTimestamp) -> Int? {
        origin.map { $0.distance(to: timestamp) * memory.rate / clockRate }
    }

    /// What comes after it was given up: laid where it belongs, if it can be decoded by itself.
    private mutating func layLate(_ packet: PacketHold.Packet, scratch: MediaScratch) {
        guard let payload = packet.payload, !hasMemory, streamRate == memory.rate,
            let offset = offset(of: packet.timestamp), abs(offset - expected(at: packet.arrival)) <= Self.jump * memory.rate
        else { return }
        let count = decode(payload)
        // Else what is made up for it would come over it.
        if let gap, offset < gap.offset + gap.count, offset + count > gap.offset { fillGap(scratch: scratch) }
        store(memory.decoded, count: count, at: offset, arrival: packet.arrival, scratch: scratch)
    }
}
