import CMediaSockets
import Glibc
import Synchronization
import Threads

/// A media thread: wakes on absolute ticks and gives each session its turn once a packet time.
///
/// ```
///  tick 0 │ tick 1 │ tick 2 │ … │ tick 9 │ tick 10 = tick 0 of the next 20 ms
///  s0 s10 │ s1 s11 │ s2     │   │ s9     │ s0 s10                 (sessions of 20 ms, spread over the phases)
/// ```
/// Rooms have their turns first, each in the same one of ten ticks (`MediaWorker+RoomTurn`), and serve their members in them.
/// A wheel of slots holds the other sessions; one that has had its turn goes into the slot one packet time on. Orders come in through
/// a queue that is swapped once a tick; what there is to tell leaves in one batch a tick. No lock, allocation or class instance
/// on the way of a packet. A worker without sessions sleeps.
final class MediaWorker: @unchecked Sendable {
    /// 2 ms: ten phases in 20 ms. Every packet time (10, 20 … 60 ms) is a multiple.
    static let tickNanoseconds: Int64 = 2_000_000
    static let ticksPerTenMilliseconds = 5
    /// Octets of a session's state that every turn touches; the rest stands behind them.
    private static let warmed = 512

    private struct Mail {
        var commands: [MediaCommand] = []
        var isStopping = false
    }

    private let mail = Monitor(Mail())
    /// Spares the lock in the many ticks without mail.
    private let hasMail = Atomic<Bool>(false)
    private let tell: @Sendable ([MediaEvent]) -> Void
    private var thread: BackgroundThread?

    // Of the media thread alone from here on.
    var clock = TickClock()
    var events: [MediaEvent] = []
    let scratch: MediaScratch
    let memory: SessionMemory
    let silenceLimit: Int64
    /// Nil unless a load test measures.
    var spacing: SpacingHistogram?
    var sessions: [MediaSessionID: UnsafeMutablePointer<SessionState>] = [:]
    var wheel = SessionWheel()
    /// The present tick by its plan, ns.
    var tickTime: Int64 = 0
    private var nextPhase = 0
    var rooms: [MediaRoomID: UnsafeMutablePointer<RoomState>] = [:]
    var roomWheel = RoomWheel()
    /// Orders for sessions that are on their way here.
    var expected: [MediaSessionID: [MediaCommand]] = [:]

    /// `tell` is called on the media thread, at most once a tick, and must not wait. `silenceLimit`: ns without expected media.
    init(scratch: MediaScratch, memory: SessionMemory, silenceLimit: Int64, tell: @escaping @Sendable ([MediaEvent]) -> Void) {
        self.scratch = scratch
        self.memory = memory
        self.silenceLimit = silenceLimit
        self.tell = tell
    }

    // MARK: Control side

    /// False when the system refuses the thread.
    func start() -> Bool {
        thread = BackgroundThread(name: "media", niceness: -10) { [self] in run() }
        return thread != nil
    }

    /// Lets the thread finish its tick and waits for it.
    func stop() {
        mail.signal { $0.isStopping = true }
        hasMail.store(true, ordering: .releasing)
        thread?.join()
        thread = nil
    }

    func post(_ command: MediaCommand) {
        mail.signal { $0.commands.append(command) }
        hasMail.store(true, ordering: .releasing)
    }

    // MARK: The thread

    private func run() {
        clock.read()
        tickTime = clock.now
        while takeMail() {
            if sessions.isEmpty {
                if deliver() {
                    mail.wait(until: { !$0.commands.isEmpty || $0.isStopping }, forAtMost: { _ in nil }, { _ in })
                } else {
                    sleep(until: tickTime + Self.tickNanoseconds)
                }
                clock.read()
                tickTime = clock.now
                continue
            }
            tickTime += Self.tickNanoseconds
            sleep(until: tickTime)
            clock.read()
            // After a stall the missed ticks are made up one by one, so that every session keeps its packet count; a stall
            // longer than the wheel is not made up: bursts of old sound help nobody.
            let behind = (clock.now - tickTime) / Self.tickNanoseconds
            if behind > Int64(SessionWheel.slots / 2) { tickTime = clock.now }
            turn()
        }
        while !deliver() { sched_yield() }
    }

    /// A tick on the calling thread, of a worker that was not started and whose clock stands still in between: what comes of it does
    /// not hang on how busy the machine is.
    func step() {
        clock.advance(by: Self.tickNanoseconds)
        tickTime = clock.now
        guard takeMail() else { return }
        if sessions.isEmpty { _ = deliver() } else { turn() }
    }

    private func turn() {
        turnOfRooms()
        turnOfSessions()
        scratch.replenish()
        _ = deliver()
    }

    private func sleep(until deadline: Int64) {
        var target = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &target, nil) == EINTR {}
    }

    /// Recorded samples go before the events that tell of them, so that whoever hears of a recording's end finds all of it with
    /// the writer. False when the writer was busy at this very moment: all stays for the next tick.
    func deliver() -> Bool {
        guard scratch.writer.submit(&scratch.filled) else { return false }
        guard !events.isEmpty else { return true }
        tell(events)
        events.removeAll(keepingCapacity: true)
        return true
    }

    private func turnOfSessions() {
        var due = wheel.advance()
        if let second = due?.pointee.nextDue {
            media_prefetch(second, Self.warmed)
            if let third = second.pointee.nextDue { media_prefetch(third, Self.warmed) }
        }
        while let session = due {
            due = session.pointee.nextDue
            if let due { warm(due) }
            if session.pointee.isClosing {
                finish(session)
                continue
            }
            if session.pointee.partner != nil, SessionState.end(of: session).pointee.mode == .relayed {
                wheel.insert(session, after: relayTurn(of: session))
                continue
            }
            turn(of: session)
            let packetTime = session.pointee.stream?.packetTime ?? 20
            session.pointee.setDue(after: Int64(packetTime) * 1_000_000, tick: tickTime)
            wheel.insert(session, after: packetTime / 10 * Self.ticksPerTenMilliseconds)
        }
    }

    /// Each session's state has left the caches since its last turn; the next ones' comes back during this one's system calls.
    /// Whatever is looked into here was asked for a turn ago: of `next` the sound that it will need, of the one behind it what it
    /// points to, and of the third its state.
    private func warm(_ next: UnsafeMutablePointer<SessionState>) {
        if let playing = next.pointee.send.playing { media_prefetch(playing.next, 160) }
        next.pointee.playout?.pointee.prefetch()
        guard let second = next.pointee.nextDue else { return }
        if let playout = second.pointee.playout { media_prefetch(playout, 256) }
        if let partner = second.pointee.partner {
            media_prefetch(SessionState.end(of: second), MemoryLayout<BridgeEnd>.size)
            media_prefetch(partner, Self.warmed)
            media_prefetch(SessionState.end(of: partner), MemoryLayout<BridgeEnd>.size)
        }
        if let third = second.pointee.nextDue { media_prefetch(third, Self.warmed) }
    }

    /// Puts a session into the wheel where it is due, or, `spread`, within half a packet time of that, so that those who leave a
    /// room together do not stay together.
    func schedule(_ session: UnsafeMutablePointer<SessionState>, spread: Bool) {
        let tick = Self.tickNanoseconds
        var ticks = Int(min(max((session.pointee.dueTime - tickTime + tick / 2) / tick, 1), 30))
        if spread {
            nextPhase = (nextPhase + 1) % RoomWheel.phases
            let away = (nextPhase - roomWheel.phase - ticks) % RoomWheel.phases
            ticks += away < -5 ? away + RoomWheel.phases : away >= 5 ? away - RoomWheel.phases : away
            if ticks < 1 { ticks += RoomWheel.phases }
        }
        wheel.insert(session, after: ticks)
    }

    // MARK: Orders

    /// Takes all orders; false when the worker is to stop.
    private func takeMail() -> Bool {
        guard hasMail.exchange(false, ordering: .acquiring) || sessions.isEmpty else {
            return true
        }
        let (commands, isStopping) = mail.withLock { mail in
            (exchange(&mail.commands, with: []), mail.isStopping)
        }
        for command in commands { obey(command) }
        return !isStopping
    }

    func obey(_ command: MediaCommand) {
        if !expected.isEmpty, let id = command.session, expected[id] != nil {
            expected[id]?.append(command)
            return
        }
        switch command {
        case .open(let session):
            sessions[session.pointee.id] = session
            nextPhase = (nextPhase + 1) % RoomWheel.phases
            wheel.insert(session, after: 1 + nextPhase)
        case .stream(let id, let stream, let protection, let coder):
            guard let session = sessions[id] else { return }
            session.pointee.adopt(protection)
            session.pointee.coder = coder
            adopt(stream, session: session)
        case .play(let id, let playback, let track):
            sessions[id]?.pointee.send.play(track, id: playback)
        case .stop(let id, let playback):
            sessions[id]?.pointee.send.stop(playback)
        case .pause(let id, let playback, let isOn):
            sessions[id]?.pointee.send.pause(playback, isOn)
        case .seek(let id, let playback, by: let ticks):
            sessions[id]?.pointee.send.seek(playback, by: ticks)
        case .exchange(let id, let playback, for: let track):
            sessions[id]?.pointee.send.exchange(playback, for: track)
        case .echo(let id, let isOn):
            guard let session = sessions[id] else { return }
            SessionState.setEcho(isOn, of: session)
        case .record(let id, let order):
            guard let session = sessions[id] else { return }
            session.pointee.startRecording(order, at: clock.now)
        case .stopRecording(let id):
            guard let session = sessions[id] else { return }
            if session.pointee.recording != nil { hearOut(session) }
            endRecording(of: session, .stopped)
        case .sendKeys(let id, let keys):
            sessions[id]?.pointee.send.queue(keys: keys)
        case .join(let id, let room, let alone):
            guard let session = sessions[id], let room = rooms[room] else { return }
            join(session, room, alone: alone)
        case .leaveRoom(let id):
            guard let session = sessions[id] else { return }
            leaveRoom(session)
        case .mute(let id, let isOn):
            sessions[id]?.pointee.isMuted = isOn
        case .gain(let id, let decibels):
            sessions[id]?.pointee.gain = decibels
            sessions[id]?.pointee.seat?.pointee.treat(gain: decibels)
        case .bridge(let id, to: let other, let passesKeys, let order):
            bridge(id, to: other, passesKeys: passesKeys, order: order)
        case .unbridge(let id, let order):
            unbridge(id, order: order)
        case .openRoom(let room):
            rooms[room.pointee.id] = room
            roomWheel.insert(room)
        case .chime(let room, let samples):
            rooms[room]?.pointee.add(chime: samples)
        case .closeRoom(let room):
            close(room)
        case .expect(let id):
            expected[id] = []
        case .depart(let id, to: let worker):
            depart(id, to: worker)
        case .arrive(let session):
            arrive(session)
        case .gone(let id):
            gone(id)
        case .census(let reply):
            reply(census)
        case .measure(let reply):
            reply(spacing)
            spacing = SpacingHistogram()
        case .close(let id):
            guard let session = sessions[id] else { return }
            sessions[id] = nil
            leaveBridge(session)
            let wasDriven = session.pointee.seat?.pointee.isDriven == true
            leaveRoom(session, isStaying: false)
            if wasDriven {
                finish(session)
            } else {
                // The wheel still holds it: it is freed when its slot comes round.
                session.pointee.isClosing = true
            }
            emptyWheelIfIdle()
        }
    }

    /// Without any session the wheel stands still: those that are closing are freed now.
    func emptyWheelIfIdle() {
        guard sessions.isEmpty else { return }
        var next = wheel.takeAll()
        while let session = next {
            next = session.pointee.nextDue
            finish(session)
        }
    }

    private func finish(_ session: UnsafeMutablePointer<SessionState>) {
        hearOut(session)
        endRecording(of: session, .stopped)
        session.pointee.sendGoodbye(clock: clock, scratch: scratch)
        session.pointee.send.forgetTrack()
        events.append(.closed(session.pointee.id, session.pointee.statistics()))
        session.deinitialize(count: 1)
        memory.giveBack(session)
    }

    func endRecording(of session: UnsafeMutablePointer<SessionState>, _ end: RecordingTapResult.End) {
        guard let result = session.pointee.recording?.end(end, scratch: scratch) else { return }
        session.pointee.recording = nil
        events.append(.recordingEnded(session.pointee.id, result))
    }
}

private func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    let old = place
    place = value
    return old
}
