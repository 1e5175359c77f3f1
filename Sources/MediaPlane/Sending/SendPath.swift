import Audio
import CMediaSockets
import Codecs
import RTP
import SRTP

/// The sending half of a session: one RTP time line (RFC 3550 §5.1) that runs with the clock, whether or not packets are sent.
///
/// The time stamp rises by one packet time a turn, so chained clips follow without a gap and a pause is a pause on the peer's
/// side too; the first packet after a pause carries the marker (RFC 3551 §4.1).
struct SendPath {
    /// The longest payload: 60 ms of L16 at 16 kHz.
    static let longestPayload = 1_920
    /// The longest sound of a packet before it is encoded, in octets: 60 ms.
    static let longestSound = 480 * SoundForm.mostOctetsPerTick
    /// Largest packet, with a header of 12 octets.
    static let capacity = 12 + longestPayload
    /// What our pauses sound like where noise was agreed on: just so that the line is not dead.
    private static let pause = ComfortNoise(level: 72)
    /// With nothing to say, a packet of silence now and then keeps NAT bindings and the peer's media timers alive (RFC 6263).
    static let keepAliveInterval: Int64 = 5_000_000_000

    let ssrc: SSRC
    // Set from outside by what is relayed only (`SendPath+Relay`).
    var sequence: SequenceNumber
    var timestamp: RTPTimestamp
    private(set) var packetsSent: UInt64 = 0
    private(set) var octetsSent: UInt64 = 0
    private(set) var failures: UInt64 = 0

    /// Enciphers what is sent; nil in the clear.
    private(set) var protection: SRTPContext?

    /// Sound was sent in the last turn.
    var talking = false
    private var lastSent: Int64 = 0

    // What plays.
    private(set) var playing: TrackCursor?
    private(set) var playbackID: PlaybackID?
    /// The track stands still, and nothing is sent of it.
    private var isPaused = false
    private var conversion = FormConversion()

    // Keys to send: the one being pressed, as telephone events (RFC 4733) or, where they were not negotiated, as tones; those after it,
    // and the pause before the next.
    private var press: TelephoneEventSender?
    private var tone: DigitTone?
    private var waitingKeys: [Character] = []
    private var pause = 0

    init(ssrc: UInt32, sequence: UInt16, timestamp: UInt32) {
        self.ssrc = SSRC(ssrc)
        self.sequence = SequenceNumber(sequence)
        self.timestamp = RTPTimestamp(timestamp)
    }

    // MARK: Orders

    mutating func play(_ track: PlaybackTrack, id: PlaybackID) {
        forgetTrack()
        playing = TrackCursor(track)
        playbackID = id
        isPaused = false
    }

    mutating func pause(_ id: PlaybackID, _ isOn: Bool) {
        if playbackID == id { isPaused = isOn }
    }

    /// So many ticks on in the round that plays, or back.
    mutating func seek(_ id: PlaybackID, by ticks: Int) {
        guard playbackID == id, let position = playing?.position else { return }
        playing?.seek(to: position + ticks)
    }

    /// Goes on in another track, where it is in its own. The one who ordered it still holds the old one.
    mutating func exchange(_ id: PlaybackID, for track: PlaybackTrack) {
        guard playbackID == id, let former = playing else { return }
        playing = TrackCursor(track, asFarAs: former)
        former.release()
    }

    mutating func protect(by context: SRTPContext?) {
        // RFC 3711 §3.3.1: whoever misses all packets before the first wrap cannot read those behind it; so it is far off.
        if context != nil, packetsSent == 0 { sequence = SequenceNumber(sequence.rawValue & 0x7FFF) }
        protection = context
    }

    mutating func stop(_ id: PlaybackID) {
        if playbackID == id { forgetTrack() }
    }

    /// Ends the playback. The one who ordered it still holds the track, so this frees nothing.
    mutating func forgetTrack() {
        playing?.release()
        playing = nil
        playbackID = nil
    }

    /// A comma is a pause of half a second; anything else that is no key is passed over.
    mutating func queue(keys: [Character]) {
        let sendable = keys.filter { $0 == "," || TelephoneEvent.code($0) != nil }
        // Taken from the end, so that the packet path removes without moving the rest.
        waitingKeys = sendable.reversed() + waitingKeys
    }

    /// Whether keys or a track are sent in the next turn, and nothing else.
    var isBusy: Bool { playing != nil && !isPaused || isSendingKeys }

    /// Whether keys of ours are being sent, the pauses between them included.
    var isSendingKeys: Bool { press != nil || tone != nil || pause > 0 || !waitingKeys.isEmpty }

    /// Whether a turn would send the packet that keeps bindings alive.
    func isKeepAliveDue(at now: Int64) -> Bool { now - lastSent >= Self.keepAliveInterval }

    // MARK: One turn

    /// What a turn had to tell.
    enum Outcome {
        case nothing
        case playFinished(PlaybackID)
        case keysSent
    }

    /// Sends one packet time's worth: keys first, then the track, then `live` sound (in the session's form: an echo, a room), else
    /// nothing. `coder`: there where the codec is none of one octet a sample.
    ///
    /// `buffer` holds `capacity` octets. While the direction forbids sending the track stands still: the caller who comes
    /// back from hold has missed nothing.
    mutating func turn(
        stream: borrowing MediaStream, coder: StreamCoder?, latch: PeerLatch, socket: RTPSocket, now: Int64,
        live: UnsafeRawBufferPointer?, buffer: UnsafeMutableRawPointer
    ) -> Outcome {
        let samples = stream.packetTime * 8
        defer { timestamp = timestamp.advanced(by: samples * stream.clockScale) }
        guard stream.sends, latch.target.isRoutable else {
            talking = false
            return .nothing
        }
        let form = stream.form
        let octets = samples * form.octetsPerTick
        // G.711 is made where it is sent from.
        let sound = coder.map { UnsafeMutableRawPointer($0.sound) } ?? buffer + 12
        if isSendingKeys {
            if let payloadType = stream.telephoneEventPayloadType {
                return sendKeys(
                    payloadType: payloadType, samples: samples, stream: stream, latch: latch, socket: socket, now: now, buffer: buffer)
            }
            let isOver = soundKeys(samples: samples, form: form, into: sound.assumingMemoryBound(to: UInt8.self))
            send(sound: samples, of: stream, coder, latch: latch, socket: socket, now: now, buffer: buffer)
            return isOver ? .keysSent : .nothing
        }
        if let finished = fill(sound, samples: samples, form: form) {
            send(sound: samples, of: stream, coder, latch: latch, socket: socket, now: now, buffer: buffer)
            guard finished, let id = playbackID else { return .nothing }
            forgetTrack()
            return .playFinished(id)
        }
        if let live, live.count == octets {
            sound.copyMemory(from: live.baseAddress!, byteCount: octets)  // a buffer of samples > 0 octets has an address
            send(sound: samples, of: stream, coder, latch: latch, socket: socket, now: now, buffer: buffer)
            return .nothing
        }
        let wasTalking = talking
        talking = false
        let isDue = isKeepAliveDue(at: now)
        if let payloadType = stream.comfortNoisePayloadType {
            guard wasTalking || isDue else { return .nothing }
            // RFC 3389 §4.1: at the beginning of a pause; again now and then, instead of silence.
            let octets = Self.pause.write(into: UnsafeMutableRawBufferPointer(start: buffer + 12, count: ComfortNoise.maximumOctets))
            send(payloadType: payloadType, octets: octets, marker: false, latch: latch, socket: socket, now: now, buffer: buffer)
        } else if isDue {
            sound.initializeMemory(as: UInt8.self, repeating: form.silence, count: octets)
            send(sound: samples, of: stream, coder, latch: latch, socket: socket, now: now, buffer: buffer)
            talking = false
        }
        return .nothing
    }

    /// Takes the next of the track; nil where none plays, true when it has ended. One that was made before a re-INVITE brought another
    /// codec is converted.
    private mutating func fill(_ sound: UnsafeMutableRawPointer, samples: Int, form: SoundForm) -> Bool? {
        guard !isPaused else { return nil }
        guard let made = playing?.form, made != form else {
            return playing?.fill(sound, octets: samples * form.octetsPerTick, silence: form.silence)
        }
        let block = FormConversion.block
        return withUnsafeTemporaryAllocation(byteCount: block * made.octetsPerTick, alignment: 16) { room -> Bool? in
            guard let place = room.baseAddress else { return nil }
            var isOver: Bool?
            for done in stride(from: 0, to: samples, by: block) {
                let part = min(block, samples - done)
                isOver = playing?.fill(place, octets: part * made.octetsPerTick, silence: made.silence)
                conversion.convert(
                    place.assumingMemoryBound(to: UInt8.self), from: made, ticks: part, as: form,
                    into: (sound + done * form.octetsPerTick).assumingMemoryBound(to: UInt8.self))
            }
            return isOver
        }
    }

    /// Keys of 100 ms with pauses of 100 ms, the least that ITU-T Q.24 receivers everywhere take; pauses send nothing.
    private mutating func sendKeys(
        payloadType: UInt8, samples: Int, stream: borrowing MediaStream, latch: PeerLatch, socket: RTPSocket, now: Int64,
        buffer: UnsafeMutableRawPointer
    ) -> Outcome {
        talking = false
        if press == nil {
            if pause > 0 {
                pause -= samples
                return pause <= 0 && waitingKeys.isEmpty ? .keysSent : .nothing
            }
            guard let key = waitingKeys.popLast() else { return .keysSent }
            let scale = stream.telephoneEventClockRate / SoundForm.tickRate
            press = TelephoneEventSender(digit: key, duration: 800 * scale, packetTime: samples * scale, startingAt: timestamp)
            guard press != nil else {
                pause = 4_000
                return .nothing
            }
        }
        guard let packet = press?.next() else {
            press = nil
            pause = 800
            return .nothing
        }
        packet.event.write(into: buffer + 12)
        // RFC 4733 §2.5.1.2: every packet of one event carries the time stamp of its start.
        send(
            payloadType: payloadType, octets: TelephoneEvent.length, marker: packet.marker, at: packet.timestamp, latch: latch,
            socket: socket, now: now, buffer: buffer)
        return .nothing
    }

    /// The same as tones: always a whole packet of sound. True when nothing is left to send.
    private mutating func soundKeys(samples: Int, form: SoundForm, into sound: UnsafeMutablePointer<UInt8>) -> Bool {
        let (octetsPerTick, samplesPerTick) = (form.octetsPerTick, form.samplesPerTick)
        // What began as telephone events before a re-INVITE took them away is over.
        press = nil
        var done = 0
        while done < samples {
            if tone != nil {
                let wanted = min(samples - done, FormConversion.block) * samplesPerTick
                done += withUnsafeTemporaryAllocation(of: Int16.self, capacity: wanted) { linear in
                    guard let start = linear.baseAddress, let count = tone?.write(into: start, count: wanted) else { return 0 }
                    // Tones and their pauses are whole milliseconds, so whole ticks.
                    let ticks = count / samplesPerTick
                    form.encode(start, ticks: ticks, into: sound + done * octetsPerTick)
                    return ticks
                }
                if tone?.remaining == 0 { tone = nil }
            } else if pause > 0 {
                let count = min(pause, samples - done)
                (sound + done * octetsPerTick).update(repeating: form.silence, count: count * octetsPerTick)
                pause -= count
                done += count
            } else if let key = waitingKeys.popLast() {
                tone = DigitTone(digit: key, rate: form.rate)
                if tone == nil { pause = 4_000 }
            } else {
                (sound + done * octetsPerTick).update(repeating: form.silence, count: (samples - done) * octetsPerTick)
                return true
            }
        }
        return !isSendingKeys
    }

    /// Sends so many ticks of the sound that lies in the coder, or behind the packet's header.
    private mutating func send(
        sound ticks: Int, of stream: borrowing MediaStream, _ coder: StreamCoder?, latch: PeerLatch, socket: RTPSocket, now: Int64,
        buffer: UnsafeMutableRawPointer
    ) {
        var octets = ticks
        if let coder {
            octets = coder.encode(ticks: ticks, into: buffer + 12)
            // The encoder has nothing to say of silence.
            guard octets > 0 else {
                talking = false
                return
            }
        }
        send(payloadType: stream.payloadType, octets: octets, marker: !talking, latch: latch, socket: socket, now: now, buffer: buffer)
        talking = true
    }

    private mutating func send(
        payloadType: UInt8, octets: Int, marker: Bool, at stamp: RTPTimestamp? = nil, latch: PeerLatch, socket: RTPSocket, now: Int64,
        buffer: UnsafeMutableRawPointer
    ) {
        RTPHeader(marker: marker, payloadType: payloadType, sequence: sequence, timestamp: stamp ?? timestamp, ssrc: ssrc).write(
            into: buffer)
        sequence = sequence.advanced(by: 1)
        transmit(buffer, octets: octets, latch: latch, socket: socket, now: now)
    }

    /// Sends and counts a whole packet: a header of 12 octets, and so many of payload. Where it is enciphered that is done where it lies, and
    /// it needs `SRTPContext.trailerRoom` behind it.
    mutating func transmit(_ packet: UnsafeMutableRawPointer, octets: Int, latch: PeerLatch, socket: RTPSocket, now: Int64) {
        let sent: Int
        var length = 12 + octets
        lastSent = now
        if let protection {
            guard let protected = try? protection.protect(packet, count: length) else {
                failures &+= 1
                return
            }
            length = protected
        }
        if latch.isLatched {
            sent = media_send(socket.descriptor, packet, length, nil)
        } else {
            sent = withUnsafePointer(to: latch.target.raw) { media_send(socket.descriptor, packet, length, $0) }
        }
        if sent < 0 {
            failures &+= 1
        } else {
            packetsSent &+= 1
            octetsSent &+= UInt64(octets)
        }
    }
}
