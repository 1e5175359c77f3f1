import Codecs

/// Orders about rooms, on the thread that they live on.
extension MediaWorker {
    /// Half a packet time, ns: a session's time line is moved by no more than this to fit a room's.
    private static let tolerance: Int64 = 10_000_000

    var census: MediaCensus {
        MediaCensus(
            sessions: sessions.count, rooms: rooms.count, members: rooms.values.reduce(0) { $0 + $1.pointee.count },
            expected: expected.count,
            bridged: sessions.values.count { $0.pointee.partner != nil },
            relayed: sessions.values.count { $0.pointee.partner != nil && SessionState.end(of: $0).pointee.mode == .relayed })
    }

    func adopt(_ stream: MediaStream, session: UnsafeMutablePointer<SessionState>) {
        let codec = session.pointee.stream?.codec
        let packetTime = session.pointee.stream?.packetTime
        session.pointee.adopt(stream, at: clock.now)
        settleBridge(of: session)
        guard let seat = session.pointee.seat else { return }
        if codec != stream.codec || packetTime != stream.packetTime { seat.pointee.queue.removeAll() }
        seat.pointee.settle(stream.form)
        seat.pointee.treat(gain: session.pointee.gain)
        drive(session, seat)
    }

    func join(_ session: UnsafeMutablePointer<SessionState>, _ room: UnsafeMutablePointer<RoomState>, alone: PlaybackTrack?) {
        if let seat = session.pointee.seat {
            if seat.pointee.room == room { return seat.pointee.setMusic(alone) }
            leaveRoom(session)
        }
        leaveBridge(session)
        session.pointee.isEchoing = false
        SessionState.openPlayout(of: session)
        let seat = SessionState.takeSeat(of: session, in: room, index: room.pointee.add(session))
        seat.pointee.setMusic(alone)
        seat.pointee.settle(session.pointee.stream?.form)
        seat.pointee.treat(gain: session.pointee.gain)
        drive(session, seat)
    }

    /// Back to turns of its own; with `isStaying` false it is in the wheel only if it was there before.
    func leaveRoom(_ session: UnsafeMutablePointer<SessionState>, isStaying: Bool = true) {
        guard let seat = session.pointee.seat else { return }
        let wasDriven = seat.pointee.isDriven
        seat.pointee.settle(nil)
        seat.pointee.room.pointee.remove(session, at: seat.pointee.index, isHeard: seat.pointee.gate.isHeard)
        SessionState.leaveSeat(of: session)
        SessionState.closePlayout(of: session)
        session.pointee.isMuted = false
        if wasDriven, isStaying { schedule(session, spread: true) }
    }

    func close(_ id: MediaRoomID) {
        guard let room = rooms.removeValue(forKey: id) else { return }
        for index in 0..<room.pointee.places {
            if let member = room.pointee.members[index] { leaveRoom(member) }
        }
        roomWheel.remove(room)
        room.deinitialize(count: 1)
        room.deallocate()
    }

    /// Lets the room's turn or the member's own send for it, by the length of its packets.
    private func drive(_ session: UnsafeMutablePointer<SessionState>, _ seat: UnsafeMutablePointer<RoomSeat>) {
        let isDriven = (session.pointee.stream?.packetTime ?? 20) == 20
        guard isDriven != seat.pointee.isDriven else { return }
        seat.pointee.isDriven = isDriven
        guard isDriven else { return schedule(session, spread: true) }
        wheel.remove(session)
        let roomTurn = tickTime + Int64(roomWheel.ticks(until: seat.pointee.room)) * Self.tickNanoseconds
        let wait = roomTurn - session.pointee.dueTime
        if wait > Self.tolerance {
            // It would be late for its next packet: that one goes now, and the room's turn is about when the one after it is due.
            turn(of: session)
            session.pointee.setDue(after: 20_000_000, tick: tickTime)
        }
        seat.pointee.skips = wait < -Self.tolerance ? 1 : 0
    }
}
