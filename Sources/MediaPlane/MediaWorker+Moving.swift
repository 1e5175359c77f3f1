import Glibc

/// A session on its way from one media thread to another, whole: state, sockets, time line.
///
/// ```
///  control side   ── expect ──────────────────────────────► new     keeps the orders that come for it from now on
///                 ── depart(to: new) ──► old                        lets go of it after its own tick
///                 ── join, play, … ───────────────────────► new     kept
///                                        old ── arrive ───► new     takes it up, then obeys what was kept, in order
/// ```
/// Each queue keeps its order and only the control side orders, so this holds for a session that departs again at once: its next
/// `depart` is one of the orders that are kept. A session that has ended before it could depart is `gone`: nobody waits for it, there
/// or where it was to go from there.
extension MediaWorker {
    func depart(_ id: MediaSessionID, to worker: MediaWorker) {
        guard let session = sessions[id] else { return worker.post(.gone(id)) }
        leaveRoom(session)
        leaveBridge(session)
        sessions[id] = nil
        wheel.remove(session)
        // Samples and events of it that are still here come before those that the other thread will have.
        while !deliver() { sched_yield() }
        worker.post(.arrive(session))
        emptyWheelIfIdle()
    }

    func arrive(_ session: UnsafeMutablePointer<SessionState>) {
        let id = session.pointee.id
        let kept = expected.removeValue(forKey: id) ?? []
        sessions[id] = session
        schedule(session, spread: false)
        for command in kept { obey(command) }
    }

    func gone(_ id: MediaSessionID) {
        let kept = expected.removeValue(forKey: id) ?? []
        for command in kept { obey(command) }
    }
}
