import Codecs

/// Orders about bridges, on the thread that both ends live on.
///
/// A bridge is a pair of sessions that have each other for partners. Either may be ordered away at any time, to another thread or to its
/// end: the one that stays is by itself then. The control side numbers its orders about bridges, since one that waits for a session on its
/// way here may be overtaken by a later one for the session that is here already.
extension MediaWorker {
    /// Joins two sessions; each leaves whatever it was in. Bridged already, they go on with the new setting.
    func bridge(_ id: MediaSessionID, to other: MediaSessionID, passesKeys: Bool, order: UInt64) {
        guard let one = sessions[id] else { return }
        guard let two = sessions[other] else {
            // The order waits with those for the session that is to come.
            expected[other]?.append(.bridge(id, to: other, passesKeys: passesKeys, order: order))
            return
        }
        guard one != two, one.pointee.bridgeOrder <= order, two.pointee.bridgeOrder <= order else { return }
        one.pointee.bridgeOrder = order
        two.pointee.bridgeOrder = order
        if one.pointee.partner == two {
            SessionState.end(of: one).pointee.passesKeys = passesKeys
            SessionState.end(of: two).pointee.passesKeys = passesKeys
            return
        }
        for session in [one, two] {
            leaveBridge(session)
            leaveRoom(session)
            if session.pointee.isEchoing { SessionState.setEcho(false, of: session) }
        }
        SessionState.takeEnd(of: one, to: two, passesKeys: passesKeys)
        SessionState.takeEnd(of: two, to: one, passesKeys: passesKeys)
        settleBridge(of: one)
    }

    func unbridge(_ id: MediaSessionID, order: UInt64) {
        guard let session = sessions[id], session.pointee.bridgeOrder <= order else { return }
        session.pointee.bridgeOrder = order
        leaveBridge(session)
    }

    /// Parts a session from its partner: both have turns of their own again.
    func leaveBridge(_ session: UnsafeMutablePointer<SessionState>) {
        guard let partner = session.pointee.partner else { return }
        for end in [session, partner] { change(end, to: .silent) }
        session.pointee.partner = nil
        partner.pointee.partner = nil
        session.pointee.isMuted = false
        partner.pointee.isMuted = false
    }

    /// Chooses between relaying and transcoding, now that a stream of either end may have changed.
    func settleBridge(of session: UnsafeMutablePointer<SessionState>) {
        guard let partner = session.pointee.partner else { return }
        let mode = BridgeEnd.Mode(session.pointee.stream, partner.pointee.stream)
        for end in [session, partner] { change(end, to: mode) }
    }

    private func change(_ session: UnsafeMutablePointer<SessionState>, to mode: BridgeEnd.Mode) {
        let end = SessionState.end(of: session)
        guard end.pointee.mode != mode else { return }
        switch end.pointee.mode {
        case .silent: break
        case .transcoded: SessionState.closePlayout(of: session)
        case .relayed:
            // Our own line goes on from the next turn, at the time when it is due.
            session.pointee.send.runOn(
                to: session.pointee.dueTime, from: &end.pointee.stampTime, scale: session.pointee.stream?.clockScale ?? 1)
            wheel.remove(session)
            schedule(session, spread: false)
        }
        end.pointee.mode = mode
        switch mode {
        case .silent: break
        case .transcoded: SessionState.openPlayout(of: session)
        case .relayed:
            end.pointee.forecast.reset()
            end.pointee.stamps.interrupt()
            end.pointee.stampTime = session.pointee.dueTime > 0 ? session.pointee.dueTime : tickTime
        }
    }

    // MARK: Transcoding

    /// Writes what the partner's peer says next, in `form`; false when there is nothing to send.
    func hear(
        _ partner: UnsafeMutablePointer<SessionState>, into bytes: UnsafeMutablePointer<UInt8>, ticks: Int, form: SoundForm,
        end: UnsafeMutablePointer<BridgeEnd>
    ) -> Bool {
        guard end.pointee.mode == .transcoded, let stream = partner.pointee.stream, let playout = partner.pointee.playout else {
            return false
        }
        // Taken in any case, so that what waits does not grow old while it is not heard.
        let isSound = playout.pointee.sound(
            ticks: ticks, of: stream, partner.pointee.coder, as: form, into: bytes, scratch: scratch)
        return isSound && stream.receives && !partner.pointee.isMuted && !end.pointee.key.isHeld(at: clock.now)
    }
}
