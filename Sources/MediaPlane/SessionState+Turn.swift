import Audio
import CMediaSockets
import Codecs
import Glibc
import RTP
import Timing

extension SessionState {
    // MARK: Orders

    /// Takes over what was negotiated: at the first answer, and at each re-INVITE.
    mutating func adopt(_ new: MediaStream, at now: Int64) {
        if stream == nil {
            let followsSources = latch.followsSources
            latch = PeerLatch(aimedAt: new.remote)
            latch.followsSources = followsSources
        } else {
            latch.aim(at: new.remote, socket: rtp)
        }
        if stream?.receives != true, new.receives { receive.expect(from: now) }
        reports.target = new.remoteRTCP
        // What lies in the jitter buffer would be taken for sound of the new codec.
        if stream?.codec != new.codec {
            playout?.pointee.reset(coder)
            receive.changeClock(new.codec.clockRate)
        }
        listenForKeys(new.hearsKeys, in: new.codec)
        stream = new
    }

    /// Starts or stops the echo of the session at `state`. In a room or on a bridge there is none.
    static func setEcho(_ isOn: Bool, of state: Pointer) {
        guard state.pointee.seat == nil, state.pointee.partner == nil else { return }
        state.pointee.isEchoing = isOn
        if isOn { openPlayout(of: state) } else { closePlayout(of: state) }
    }

    mutating func startRecording(_ order: RecordingTapOrder, at now: Int64) {
        // Where a packet's length is not its octets, the first one shows the place.
        recording = RecordingTap(order: order, at: now, next: stream?.codec.isSampled == true ? receive.timestamp(at: now) : nil)
    }
}

extension MediaWorker {
    /// Datagrams taken from one socket in one turn at most: a flood on one call takes no time from the others.
    static let datagramsPerTurn = 16
    /// At an end all that waits is taken: as much as a stall of several seconds leaves in a socket's buffer, and no more.
    private static let datagramsAtEnd = 512
    /// Comfort noise at 8 kHz (RFC 3389 §4): a static payload type, sent in pauses by peers that were not asked for it.
    private static let comfortNoise: UInt8 = 13

    /// One packet time of one session: read, listen, send, report.
    func turn(of session: UnsafeMutablePointer<SessionState>) {
        if let partner = session.pointee.partner, SessionState.end(of: session).pointee.mode == .transcoded {
            // What the partner's peer has said leaves in this very turn.
            listen(to: partner)
        } else if session.pointee.seat == nil {
            // A room listens to its members itself.
            listen(to: session)
        }
        guard let stream = session.pointee.stream else { return }
        send(session, stream: stream, live: liveSound(of: session, stream: stream))
        report(session, stream: stream)
    }

    /// Takes what the peer sent.
    func listen(to session: UnsafeMutablePointer<SessionState>, atMost datagrams: Int = datagramsPerTurn) {
        session.pointee.turns &+= 1
        read(session, atMost: datagrams, drains: session.pointee.turns & 7 == 0)
        if let keys = session.pointee.keyListener {
            keys.pointee.turn(at: clock.now) { tell(key: $0, isDown: $1, of: session) }
            if let tone = keys.pointee.takeTone() {
                session.pointee.recording?.mute(from: tone.start, to: tone.end, isOpen: tone.isDown, scratch: scratch)
            }
        }
        if session.pointee.recording != nil, let end = session.pointee.recording?.turn(at: clock.now, scratch: scratch) {
            endRecording(of: session, end)
        }
    }

    /// Takes what the peer has sent until now: the end of his last word may have come since the last turn, or be waiting behind it when
    /// the machine was short of time.
    func hearOut(_ session: UnsafeMutablePointer<SessionState>) {
        guard session.pointee.stream != nil else { return }
        read(session, atMost: Self.datagramsAtEnd, drains: true)
    }

    /// RTCP, when its time has come, and a look at how long the peer has been silent.
    func report(_ session: UnsafeMutablePointer<SessionState>, stream: borrowing MediaStream) {
        let now = clock.now
        if session.pointee.reports.isReadDue(at: now) {
            session.pointee.reports.read(
                session.pointee.rtcp, ours: session.pointee.send.ssrc, protection: session.pointee.receive.protection,
                reception: &session.pointee.receive.reception, metrics: &session.pointee.metricsOfPeer, clock: clock,
                scratch: scratch)
            session.pointee.noteBufferDelay()
            if let coder = session.pointee.coder, let report = session.pointee.reports.received { coder.follow(report) }
            watchSilence(session, stream: stream, now: now)
        }
        if session.pointee.reports.isReportDue(at: now) {
            session.pointee.sendReport(clock: clock, scratch: scratch)
            events.append(.counted(session.pointee.id, session.pointee.statistics()))
        }
    }

    /// What there is to send beside tracks and keys: the peer's own echo, what a room has laid up for packets of this length, or what
    /// comes over a bridge.
    private func liveSound(of session: UnsafeMutablePointer<SessionState>, stream: borrowing MediaStream) -> UnsafeRawBufferPointer? {
        let samples = stream.packetTime * 8
        if let seat = session.pointee.seat {
            guard seat.pointee.queue.take(samples, into: scratch.sound) else { return nil }
        } else if session.pointee.isEchoing, let playout = session.pointee.playout {
            guard
                playout.pointee.sound(
                    ticks: samples, of: stream, session.pointee.coder, as: stream.form, into: scratch.sound, scratch: scratch)
            else { return nil }
        } else if let partner = session.pointee.partner {
            guard hear(partner, into: scratch.sound, ticks: samples, form: stream.form, end: SessionState.end(of: session)) else {
                return nil
            }
        } else {
            return nil
        }
        return UnsafeRawBufferPointer(start: scratch.sound, count: samples * stream.form.octetsPerTick)
    }

    func send(_ session: UnsafeMutablePointer<SessionState>, stream: borrowing MediaStream, live: UnsafeRawBufferPointer?) {
        let outcome = session.pointee.send.turn(
            stream: stream, coder: session.pointee.coder, latch: session.pointee.latch, socket: session.pointee.rtp, now: clock.now,
            live: live, buffer: scratch.packet)
        switch outcome {
        case .nothing: break
        case .playFinished(let id): events.append(.playFinished(session.pointee.id, id))
        case .keysSent: events.append(.keysSent(session.pointee.id))
        }
    }

    /// Only where inbound media is expected does its absence mean anything: not on hold, not towards a listener.
    private func watchSilence(_ session: UnsafeMutablePointer<SessionState>, stream: borrowing MediaStream, now: Int64) {
        guard stream.receives else { return }
        let silence = session.pointee.receive.silence(at: now)
        if silence > PeerLatch.deafness { session.pointee.latch.loosen(socket: session.pointee.rtp) }
        guard silence >= silenceLimit else { return }
        session.pointee.receive.expect(from: now)
        events.append(.silent(session.pointee.id))
    }

    // MARK: Reading

    /// Reads the packet that is due, goes on while what is read is older than a packet (so more is waiting; the peer's may be shorter
    /// than ours), and drains the socket in every eighth turn: an empty read costs 0.2 us, and most turns need none.
    private func read(_ session: UnsafeMutablePointer<SessionState>, atMost datagrams: Int, drains: Bool) {
        let packetTime = Int64(session.pointee.stream?.packetTime ?? 20) * 1_000_000
        var count = 0
        while count < datagrams {
            var source = session.pointee.latch.target
            var stamp: Int64 = 0
            let socket = session.pointee.rtp.descriptor
            let length =
                session.pointee.latch.isAlone
                ? media_receive(socket, scratch.datagram, MediaScratch.datagramCapacity, nil, &stamp)
                : media_receive(socket, scratch.datagram, MediaScratch.datagramCapacity, &source.raw, &stamp)
            if length == -Int(EAGAIN) { return session.pointee.latch.drained() }
            count += 1
            // ECONNREFUSED and the like: an ICMP answer to something sent. More may be waiting behind it.
            guard length > 0 else { continue }
            let arrival = clock.arrival(stamped: stamp)
            accept(
                UnsafeRawBufferPointer(start: scratch.datagram, count: length), from: source, stamp: stamp, arrival: arrival,
                session: session)
            if !drains, clock.now - arrival < min(packetTime, session.pointee.receive.packetLength) { return }
        }
    }

    private func accept(
        _ datagram: UnsafeRawBufferPointer, from source: SocketAddress, stamp: Int64, arrival: Int64,
        session: UnsafeMutablePointer<SessionState>
    ) {
        guard let stream = session.pointee.stream else { return session.pointee.receive.ignore() }
        var datagram = datagram
        if let protection = session.pointee.receive.protection {
            // Before anything else: what nobody vouches for changes nothing.
            guard let opened = open(datagram, with: protection, from: source, session: session) else { return }
            datagram = opened
        }
        if RTPHeader.isRTCP(datagram) {
            guard source == session.pointee.latch.target else { return session.pointee.receive.ignore() }
            session.pointee.reports.received(
                datagram, ours: session.pointee.send.ssrc, reception: &session.pointee.receive.reception,
                metrics: &session.pointee.metricsOfPeer, stamp: stamp, clock: clock)
            return
        }
        guard let header = RTPHeader.parse(datagram) else { return session.pointee.receive.ignore() }
        let isKey = header.payloadType == stream.receiveTelephoneEventPayloadType
        let isNoise =
            !isKey && header.payloadType == (stream.receiveComfortNoisePayloadType ?? Self.comfortNoise)
            && stream.receivePayloadType != header.payloadType
        guard isKey || isNoise || header.payloadType == stream.receivePayloadType,
            session.pointee.latch.admits(source, socket: session.pointee.rtp)
        else { return ignore(header, from: source, stream: stream, session: session) }
        if spacing != nil, let last = session.pointee.receive.lastArrival, !isKey, !isNoise {
            spacing?.add(spacing: arrival - last, packetTime: Int64(stream.packetTime) * 1_000_000)
        }
        let isNewSource = session.pointee.receive.note(header, arrival: arrival)
        if isNewSource {
            session.pointee.playout?.pointee.reset(session.pointee.coder)
            session.pointee.recording?.resynchronise(scratch: scratch)
            session.pointee.receive.telephoneEvents.reset()
            session.pointee.keyListener?.pointee.reset { tell(key: $0, isDown: $1, of: session) }
        }
        // A peer on hold that sends all the same is counted, and not listened to.
        guard stream.receives else { return }
        let payload = UnsafeRawBufferPointer(rebasing: datagram[header.payloadOffset..<header.payloadOffset + header.payloadLength])
        if isKey {
            let key = session.pointee.receive.telephoneEvents.receive(
                payload: payload, timestamp: header.timestamp, marker: header.marker, at: MonotonicTime(nanoseconds: arrival))
            if let key {
                session.pointee.receive.countDigit()
                events.append(.digit(session.pointee.id, key))
            }
            session.pointee.recording?.take(key: payload, header, of: stream, session.pointee.coder, arrival: arrival, scratch: scratch)
            if let partner = session.pointee.partner {
                relay(key: header, payload: scratch.datagram + header.payloadOffset, of: session, to: partner)
            }
        } else if isNoise {
            let stamp = session.pointee.receive.inTicks(header, scale: stream.clockScale).timestamp
            // Not where it was overtaken by what ends the pause.
            if let noise = ComfortNoise(payload: payload),
                session.pointee.receive.nextTimestamp.map({ $0.distance(to: stamp) >= 0 }) ?? true
            {
                session.pointee.playout?.pointee.pause(
                    noise, from: stamp, rate: stream.form.rate, seed: UInt64(session.pointee.send.ssrc.rawValue))
            }
            session.pointee.recording?.take(nil, header, of: stream.codec, session.pointee.coder, arrival: arrival, scratch: scratch)
            if let partner = session.pointee.partner { SessionState.end(of: partner).pointee.stamps.skip(header) }
        } else {
            let length = session.pointee.coder?.ticks(of: payload) ?? payload.count
            session.pointee.receive.noteAudio(session.pointee.receive.inTicks(header, scale: stream.clockScale), samples: length)
            hear(payload, header: header, stream: stream, arrival: arrival, session: session)
        }
    }

    /// Another codec that was agreed on may be the peer's next; anything else is none of this session's.
    private func ignore(
        _ header: RTPHeader, from source: SocketAddress, stream: borrowing MediaStream, session: UnsafeMutablePointer<SessionState>
    ) {
        session.pointee.receive.ignore()
        guard any(stream.otherPayloadTypes .== SIMD4(repeating: header.payloadType)), source == session.pointee.latch.target,
            session.pointee.receive.isTurning(to: header.payloadType)
        else { return }
        events.append(.otherCodec(session.pointee.id, payloadType: header.payloadType))
    }

    private func tell(key: Character, isDown: Bool, of session: UnsafeMutablePointer<SessionState>) {
        if isDown { session.pointee.receive.countDigit() }
        events.append(.tone(session.pointee.id, key, isDown: isDown))
    }

    private func hear(
        _ payload: UnsafeRawBufferPointer, header: RTPHeader, stream: borrowing MediaStream, arrival: Int64,
        session: UnsafeMutablePointer<SessionState>
    ) {
        guard payload.count > 0, payload.count <= MediaScratch.datagramCapacity else { return }
        defer {
            // Last, since what goes to an encrypted side is enciphered where it lies.
            if let partner = session.pointee.partner {
                relay(header, payload: scratch.datagram + header.payloadOffset, arrival: arrival, of: session, to: partner)
            }
        }
        let isHeard = session.pointee.playout?.pointee.insert(
            session.pointee.receive.inTicks(header, scale: stream.clockScale), payload: payload, coder: session.pointee.coder)
        if isHeard == false { session.pointee.receive.noteDiscard(header.sequence) }
        session.pointee.recording?.take(
            payload, header, of: stream.codec, session.pointee.coder, arrival: arrival, scratch: scratch)
        guard let keys = session.pointee.keyListener else { return }
        keys.pointee.hear(payload, timestamp: header.timestamp, arrival: arrival, scratch: scratch) {
            tell(key: $0, isDown: $1, of: session)
        }
        if let tone = keys.pointee.takeTone() {
            session.pointee.recording?.mute(from: tone.start, to: tone.end, isOpen: tone.isDown, scratch: scratch)
        }
    }
}
