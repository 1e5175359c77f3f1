import Audio
import Codecs
import RTP

/// Playout for codecs whose packets must be decoded in order: the jitter buffer of `PlayoutPath` decides what is played when, and here is
/// what it sounds like, decoded when its turn comes.
///
/// What is missing is made by Opus itself, out of the copy in the packet after it where there is one (RFC 6716 §2.1.7), else from its own
/// memory; for other codecs by `PacketLossConcealment`. Everything is linear, at the rate of the session's form.
final class DecodedPlayout {
    /// What Opus makes up at a time, in ticks: 20 ms, and its granularity, 2.5 ms.
    private static let unit = 160
    private static let grain = 20
    /// The longest gap that a single call of libopus fills, in ticks.
    private static let longestGap = 960

    private let decoder: AudioDecoder
    private let samplesPerTick: Int
    private var store = PacketStore()
    private let ring: LinearRing
    private var concealment: PacketLossConcealment
    private var scaling: TimeScaling
    private var isConcealing = false
    /// Until where Opus has made up sound in the present gap.
    private var madeUntil: Int64?
    /// The numbers of ticks that were played or looked at, and the sound of one packet.
    private let numbers = UnsafeMutablePointer<UInt8>.allocate(capacity: JitterBuffer.maximumPayload + 1_024)
    private let sound: UnsafeMutablePointer<Int16>

    init(_ decoder: AudioDecoder, form: SoundForm) {
        self.decoder = decoder
        samplesPerTick = form.samplesPerTick
        ring = LinearRing(samplesPerTick: form.samplesPerTick)
        concealment = PacketLossConcealment(rate: form.rate)
        scaling = TimeScaling(rate: form.rate)
        numbers.initialize(repeating: 0, count: JitterBuffer.maximumPayload + 1_024)
        sound = .allocate(capacity: max(decoder.longestSamples, JitterBuffer.maximumPayload * samplesPerTick))
        sound.initialize(repeating: 0, count: max(decoder.longestSamples, JitterBuffer.maximumPayload * samplesPerTick))
    }

    deinit {
        numbers.deallocate()
        sound.deallocate()
    }

    /// Another source speaks from now on, or nobody has listened for a while.
    func reset() {
        store.removeAll()
        ring.removeAll()
        decoder.reset()
        concealment.reset()
        isConcealing = false
        madeUntil = nil
    }

    /// Ticks of 8 kHz that a payload lasts; 0 when it is malformed.
    func ticks(of payload: UnsafeRawBufferPointer) -> Int { (decoder.duration(of: payload) ?? 0) / samplesPerTick }

    /// Takes a packet. `header` bears a time stamp in ticks of 8 kHz. False when nobody will hear it.
    func insert(_ header: RTPHeader, payload: UnsafeRawBufferPointer, into buffer: inout JitterBuffer) -> Bool {
        // What cannot be decoded is as good as lost.
        let ticks = ticks(of: payload)
        guard ticks > 0, ticks <= JitterBuffer.maximumPayload else { return false }
        // A packet with a copy of the one before it is worth waiting for: it stands in for that one.
        if decoder.canRecover(from: payload) { buffer.reserve = ticks }
        numbers.update(repeating: store.nextNumber, count: ticks)
        let fate = buffer.insert(
            sequence: header.sequence, timestamp: header.timestamp, marker: header.marker,
            payload: UnsafeRawBufferPointer(start: numbers, count: ticks))
        switch fate {
        case .accepted, .resynchronised: store.add(payload, timestamp: header.timestamp, ticks: ticks)
        case .duplicate, .late, .overflow: break
        }
        return !fate.isDiscard
    }

    /// Gives up to `ticks` of what is played next; all that comes is linear, and stands at the beginning of `linear`, which has room for
    /// what a splice is found in as well (30 ms more).
    func next(_ ticks: Int, from buffer: inout JitterBuffer, into linear: UnsafeMutablePointer<Int16>) -> PlayoutPath.Run {
        if !isConcealing, let change = buffer.wish(), let blended = splice(change, ticks, &buffer, linear) { return .blended(blended) }
        switch buffer.playout(samples: min(ticks, JitterBuffer.maximumPayload), into: numbers) {
        case .audio(let count, let joined):
            let start = buffer.position - Int64(count)
            decode(count, at: start)
            ring.read(count, at: start, into: linear)
            return .blended(blend(count, at: start, joined: joined, &buffer, linear))
        case .missing(let count):
            let start = buffer.position - Int64(count)
            if decoder.codec == .opus {
                makeUp(to: buffer.position, from: start, buffer)
                isConcealing = true
                ring.read(count, at: start, into: linear)
            } else {
                recall(buffer)
                isConcealing = true
                if concealment.wantsBackground { listen(buffer) }
                concealment.conceal(into: linear, count: count * samplesPerTick)
                ring.write(linear, ticks: count, at: start)
            }
            return .concealed(count)
        case .idle(let count):
            // Opus goes on from silence.
            madeUntil = nil
            if decoder.codec == .opus { isConcealing = false }
            return .idle(count)
        }
    }

    // MARK: Decoding

    /// Decodes what the first `count` of `numbers` stand for, as far as it has not been: they are the ticks from `start` on.
    private func decode(_ count: Int, at start: Int64) {
        var done = 0
        while done < count {
            let number = numbers[done]
            let position = start + Int64(done)
            let timestamp = RTPTimestamp(UInt32(truncatingIfNeeded: position))
            guard let packet = store.packet(number, at: timestamp) else {
                // It had to make room: more packets came within a second than are kept.
                sound.update(repeating: 0, count: samplesPerTick)
                ring.write(sound, ticks: 1, at: position)
                done += 1
                continue
            }
            let offset = packet.timestamp.distance(to: timestamp)
            if !packet.isDecoded {
                let made = decoder.decode(
                    store.payload(of: packet), into: UnsafeMutableBufferPointer(start: sound, count: decoder.longestSamples))
                if made < packet.ticks * samplesPerTick {
                    (sound + made).update(repeating: 0, count: packet.ticks * samplesPerTick - made)
                }
                // What was played in the place of its beginning stays what was played.
                ring.write(sound + offset * samplesPerTick, ticks: packet.ticks - offset, at: position)
                store.markDecoded(number)
            }
            done += packet.ticks - offset
        }
    }

    /// Has Opus make up what is missing up to `end`, from `start` or from where it had come.
    private func makeUp(to end: Int64, from start: Int64, _ buffer: borrowing JitterBuffer) {
        var position = max(madeUntil ?? start, start)
        while position < end {
            let (wanted, next) = gap(at: position, buffer)
            let ticks = (wanted + Self.grain - 1) / Self.grain * Self.grain
            let isMade =
                next.map { decoder.recover(ticks * samplesPerTick, from: store.payload(of: $0), into: sound) }
                ?? decoder.conceal(ticks * samplesPerTick, into: sound)
            if !isMade { sound.update(repeating: 0, count: ticks * samplesPerTick) }
            ring.write(sound, ticks: ticks, at: position)
            position += Int64(wanted)
        }
        madeUntil = position
    }

    /// How much is missing from `position` on, and the packet after it, where it has come and is not too far; else one unit.
    private func gap(at position: Int64, _ buffer: borrowing JitterBuffer) -> (ticks: Int, next: PacketStore.Packet?) {
        guard let found = buffer.next(after: position, within: Self.longestGap) else { return (Self.unit, nil) }
        let ticks = Int(found.position - position)
        guard ticks > 0, let next = store.packet(found.byte, at: RTPTimestamp(UInt32(truncatingIfNeeded: found.position))),
            !next.isDecoded
        else { return (max(min(ticks, Self.unit), 1), nil) }
        return (ticks, next)
    }

    // MARK: Seams

    /// Blends what has come into what was made up before it. Gives how many ticks are left.
    private func blend(
        _ count: Int, at start: Int64, joined: Bool, _ buffer: inout JitterBuffer, _ linear: UnsafeMutablePointer<Int16>
    ) -> Int {
        madeUntil = nil
        guard isConcealing || joined else { return count }
        // Opus goes on from what it has made up by itself.
        if isConcealing, decoder.codec == .opus {
            isConcealing = false
            return count
        }
        recall(buffer)
        var heard = count
        if isConcealing {
            let most = min(buffer.spare, count / 2) * samplesPerTick
            let left = concealment.entry(linear, count: count * samplesPerTick, most: most) / samplesPerTick
            if left > 0 {
                heard = count - left
                linear.update(from: linear + left * samplesPerTick, count: heard * samplesPerTick)
                buffer.leaveOut(left)
            }
        }
        concealment.accept(linear, count: heard * samplesPerTick, joined: joined)
        ring.write(linear, ticks: heard, at: start + Int64(count - heard))
        isConcealing = false
        return heard
    }

    /// Tells the concealment what was played last, unless it made that itself.
    private func recall(_ buffer: borrowing JitterBuffer) {
        guard !isConcealing else { return }
        let ticks = concealment.memory / samplesPerTick
        ring.read(ticks, at: buffer.seamPosition - Int64(ticks), into: sound)
        concealment.accept(sound, count: ticks * samplesPerTick)
    }

    /// Shows the concealment what was played in the half second before the gap.
    private func listen(_ buffer: borrowing JitterBuffer) {
        for back in stride(from: PlayoutPath.background, to: 0, by: -PlayoutPath.memory) {
            let ticks = min(PlayoutPath.memory, back)
            ring.read(ticks, at: buffer.seamPosition - Int64(back), into: sound)
            concealment.listen(sound, count: ticks * samplesPerTick)
        }
    }

    // MARK: Changing the delay

    /// Makes the sound shorter or longer here, if it sounds as before: as `PlayoutPath` does, in whole ticks.
    private func splice(
        _ change: (wish: JitterBuffer.Wish, waited: Int), _ ticks: Int, _ buffer: inout JitterBuffer, _ linear: UnsafeMutablePointer<Int16>
    ) -> Int? {
        let (overlap, longest) = (scaling.overlap / samplesPerTick, scaling.lags.upperBound / samplesPerTick)
        guard ticks >= overlap else { return nil }
        let isQuiet = wasQuiet(buffer)
        let ahead = linear + scaling.overlap
        let start = buffer.position
        switch change.wish {
        case .shorter(let most, let isPatient):
            guard isQuiet || !isPatient, let there = buffer.look(behind: 0, ahead: overlap + longest, into: numbers) else { return nil }
            decode(there.ahead, at: start)
            ring.read(there.ahead, at: start, into: ahead)
            guard var found = scaling.shorten(ahead, count: there.ahead * samplesPerTick, most: most * samplesPerTick),
                found.similarity >= PlayoutPath.leastSimilarity(isQuiet, change.waited)
            else { return nil }
            found.lag -= found.lag % samplesPerTick
            TimeScaling.blend(found, from: ahead, into: ahead + found.lag, to: linear)
            buffer.splice(overlap: overlap, shift: found.lag / samplesPerTick)
        case .longer(let least):
            guard let there = buffer.look(behind: longest, ahead: overlap, into: numbers), there.ahead == overlap else { return nil }
            (numbers).update(from: numbers + there.behind, count: overlap)
            decode(overlap, at: start)
            ring.read(there.behind + overlap, at: start - Int64(there.behind), into: ahead)
            let behind = there.behind * samplesPerTick
            guard var found = scaling.lengthen(ahead, behind: behind, most: (least + overlap) * samplesPerTick),
                found.similarity >= PlayoutPath.leastSimilarity(isQuiet, change.waited)
            else { return nil }
            found.lag -= found.lag % samplesPerTick
            TimeScaling.blend(found, from: ahead + behind, into: ahead + (behind - found.lag), to: linear)
            buffer.splice(overlap: overlap, shift: -found.lag / samplesPerTick)
        }
        return overlap
    }

    private func wasQuiet(_ buffer: borrowing JitterBuffer) -> Bool {
        for step in 1...16 {
            guard abs(Int(ring.sample(at: buffer.playedPosition - Int64(10 * step)))) < Int(PlayoutPath.quiet) else { return false }
        }
        return true
    }
}
