import CMediaSockets
import RTP

/// Bridged sessions whose packets go on as they came: read within a tick of their arrival and sent at once.
extension MediaWorker {
    /// Datagrams taken from one socket in one look at most: there may be one in every tick.
    private static let datagramsPerLook = 4

    /// Looks for the peer's packet and sends it on, and once a packet time does what else a turn does. Gives the ticks until the next look.
    func relayTurn(of session: UnsafeMutablePointer<SessionState>) -> Int {
        let end = SessionState.end(of: session)
        listen(to: session, atMost: Self.datagramsPerLook)
        guard let stream = session.pointee.stream else { return RoomWheel.phases }
        let packetTime = Int64(stream.packetTime) * 1_000_000
        let isBusy = session.pointee.send.isBusy
        // A track has its even beat. Without one the rest of the turn can be had along with a look.
        if tickTime + (isBusy ? Self.tickNanoseconds / 2 : packetTime / 2) >= session.pointee.dueTime {
            session.pointee.send.runOn(to: tickTime, from: &end.pointee.stampTime, scale: stream.clockScale)
            if isBusy || session.pointee.send.isKeepAliveDue(at: clock.now) {
                end.pointee.stamps.interrupt()
                send(session, stream: stream, live: nil)
                end.pointee.stampTime = tickTime + packetTime
            }
            report(session, stream: stream)
            if isBusy {
                session.pointee.setDue(after: packetTime, tick: tickTime)
            } else {
                session.pointee.dueTime = tickTime + packetTime
            }
        }
        let look = stream.receives ? end.pointee.forecast.look(after: tickTime, tick: Self.tickNanoseconds) : tickTime + packetTime
        return ticks(until: isBusy ? min(look, session.pointee.dueTime) : look)
    }

    private func ticks(until time: Int64) -> Int {
        Int(min(max((time - tickTime + Self.tickNanoseconds - 1) / Self.tickNanoseconds, 1), 30))
    }

    /// Sends audio of one end on to the other. `payload` lies in the buffer that it was read into, behind its header.
    func relay(
        _ header: RTPHeader, payload: UnsafeMutableRawPointer, arrival: Int64, of session: UnsafeMutablePointer<SessionState>,
        to partner: UnsafeMutablePointer<SessionState>
    ) {
        let end = SessionState.end(of: partner)
        guard end.pointee.mode == .relayed, header.payloadLength > 0 else { return }
        let payloadStart = UnsafeRawBufferPointer(start: payload, count: header.payloadLength)
        let ticks = session.pointee.coder?.ticks(of: payloadStart) ?? header.payloadLength
        guard ticks > 0 else { return }
        let scale = session.pointee.stream?.clockScale ?? 1
        SessionState.end(of: session).pointee.forecast.note(
            session.pointee.receive.inTicks(header, scale: scale).timestamp, samples: ticks, arrival: arrival)
        guard let stream = partner.pointee.stream, stream.sends, partner.pointee.latch.target.isRoutable, !session.pointee.isMuted,
            !partner.pointee.send.isBusy
        else { return end.pointee.stamps.interrupt() }
        partner.pointee.send.relay(
            header, payload: payload, ticks: ticks, of: stream, end: &end.pointee, latch: partner.pointee.latch,
            socket: partner.pointee.rtp, now: clock.now, tick: tickTime)
    }

    /// Sends a packet of a telephone key on, also while a track is heard.
    func relay(
        key header: RTPHeader, payload: UnsafeMutableRawPointer, of session: UnsafeMutablePointer<SessionState>,
        to partner: UnsafeMutablePointer<SessionState>
    ) {
        let end = SessionState.end(of: partner)
        guard end.pointee.mode != .silent, let stream = partner.pointee.stream else { return }
        let event = TelephoneEvent.parse(UnsafeRawBufferPointer(start: payload, count: header.payloadLength))
        guard var event, end.pointee.passesKeys, let payloadType = stream.telephoneEventPayloadType else {
            return end.pointee.stamps.skip(header)
        }
        guard stream.sends, partner.pointee.latch.target.isRoutable, !partner.pointee.send.isSendingKeys else {
            return end.pointee.stamps.interrupt()
        }
        // Lengths are counted by each side's own clock (RFC 4733 §2.1).
        let (theirs, ours) = (session.pointee.stream?.telephoneEventClockRate ?? 0, stream.telephoneEventClockRate)
        if theirs != ours, theirs > 0 {
            event.duration = UInt16(clamping: Int(event.duration) * ours / theirs)
            event.write(into: payload)
        }
        partner.pointee.send.relay(
            key: header, event, isAttached: end.pointee.mode == .relayed && !partner.pointee.send.isBusy, payload: payload,
            payloadType: payloadType, scale: stream.clockScale, end: &end.pointee, latch: partner.pointee.latch,
            socket: partner.pointee.rtp, now: clock.now,
            tick: tickTime)
    }
}
