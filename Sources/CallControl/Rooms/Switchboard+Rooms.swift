import Audio
import Conferencing
import Credentials
import Logging
import MediaPlane
import Scenarios
import Timing

extension MediaRoomSettings {
    init(_ sound: RoomSound) {
        self.init(
            comfortNoise: sound.comfortNoise, levelsVoices: sound.automaticGain, suppressesNoise: sound.noiseSuppression)
    }
}

/// Conference rooms: made on demand, gone with the last caller.
extension Switchboard {
    func identity(ofRoom name: String) -> DialledIdentity {
        DialledIdentity(name: name, domain: settings.routing.defaultDomain)
    }

    func status(ofRoom name: String) -> ServiceAnswer {
        guard settings.rooms.policy(of: name) != nil else { return .failed(.noRoom) }
        guard let room = rooms[identity(ofRoom: name)] else { return .done }
        // Locked is for the PIN's owner to hear, who may be the moderator; full is full for everybody.
        return room.focus.isFull ? .failed(.full) : .done
    }

    func countRoom(of call: Call) -> ServiceAnswer {
        .count(call.attendance.flatMap { rooms[$0.room]?.focus.roster.count } ?? 0)
    }

    func enterRoom(_ id: OrderID, _ entry: RoomEntry, on call: Call) {
        let name = identity(ofRoom: entry.room)
        guard let policy = settings.rooms.policy(of: entry.room) else { return refuseRoom(id, .noRoom, call) }
        guard call.attendance == nil, let session = call.media?.session else { return refuseRoom(id, .denied, call) }
        // An attempt without a PIN only asks whether one is needed; it is no guess.
        if let pin = entry.pin, !pin.isEmpty, !mayGuess(name, call) {
            log.notice("room PIN guessed too often", metadata: ["id": "\(call.callID)", "caller": "\(call.caller)", "room": "\(name)"])
            return refuseRoom(id, .denied, call)
        }
        lastParticipant += 1
        var focus = rooms[name]?.focus ?? ConferenceFocus(policy: policy, at: now)
        switch focus.admit(lastParticipant, caller: call.caller, pin: entry.pin, at: now) {
        case .failure(.denied): return refuseRoom(id, .denied, call)
        case .failure(.full): return refuseRoom(id, .full, call)
        case .failure(.locked): return refuseRoom(id, .locked, call)
        case .success(let participant):
            if entry.pin?.isEmpty == false { roomGuesses.succeeded(on: GuardedThing("\(name)"), by: call.guesser) }
            let media = rooms[name]?.media ?? self.media.openRoom(MediaRoomSettings(policy.sound))
            var room = rooms[name] ?? OpenRoom(focus: focus, media: media)
            room.focus = focus
            room.calls[participant.id] = call
            rooms[name] = room
            call.attendance = Attendance(room: name, participant: participant.id, order: id, announces: entry.announces)
            if entry.announces, room.calls.count > 1 { room.media.play(chime: Self.joinChime) }
            session.join(room.media.id, alone: loneMusic(for: call))
            log.info(
                "joined room",
                metadata: [
                    "id": "\(call.callID)", "room": "\(name)", "role": "\(participant.role.rawValue)", "members": "\(room.calls.count)",
                ])
            call.pendingEvents.append(.roomEntered(id))
            roomChanged(name)
        }
    }

    private func refuseRoom(_ id: OrderID, _ refusal: RoomRefusal, _ call: Call) {
        call.pendingEvents.append(.roomRefused(id, refusal))
    }

    private func mayGuess(_ room: DialledIdentity, _ call: Call) -> Bool {
        if case .admitted = roomGuesses.attempt(on: GuardedThing("\(room)"), by: call.guesser, at: UnixTime.now()) { true } else { false }
    }

    /// Music for somebody who is alone; the call keeps it until its session has closed.
    private func loneMusic(for call: Call) -> PlaybackTrack? {
        guard let form = call.media?.form, let track = try? composer.music("default", form: form) else { return nil }
        call.loneMusic.append(track)
        return track
    }

    /// With music of the codec that the call has now.
    func joinAgain(_ call: Call) {
        guard let place = call.attendance, let room = rooms[place.room] else { return }
        call.media?.session.join(room.media.id, alone: loneMusic(for: call))
    }

    func leaveRoom(_ call: Call) {
        guard let place = call.attendance else { return }
        defer { roomChanged(place.room) }
        call.attendance = nil
        call.media?.session.leaveRoom()
        guard var room = rooms[place.room] else { return }
        _ = room.focus.remove(place.participant)
        room.calls[place.participant] = nil
        log.info("left room", metadata: ["id": "\(call.callID)", "room": "\(place.room)", "members": "\(room.calls.count)"])
        guard !room.focus.isEmpty else {
            room.media.close()
            rooms[place.room] = nil
            return
        }
        if place.announces { room.media.play(chime: Self.leaveChime) }
        rooms[place.room] = room
    }

    func mute(_ call: Call, _ isMuted: Bool) {
        guard let place = call.attendance else { return }
        call.media?.session.mute(isMuted)
        rooms[place.room]?.focus.mute(place.participant, isMuted)
        roomChanged(place.room)
    }

    /// All open rooms, for whoever administers the server.
    package func roomListings(at now: MonotonicTime) -> [RoomListing] {
        rooms.sorted { "\($0.key)" < "\($1.key)" }.map { name, room in
            RoomListing(
                room: "\(name)", locked: room.focus.isLocked,
                members: room.focus.roster.map {
                    .init(
                        caller: $0.caller, role: $0.role.rawValue, muted: $0.isMuted,
                        seconds: Int((now - $0.joinedAt).components.seconds))
                })
        }
    }

    /// Up for who comes, down for who goes: two notes of 120 ms at -20 dBFS, 8 kHz.
    private static let joinChime = chime([523, 784])
    private static let leaveChime = chime([784, 523])

    private static func chime(_ notes: [Int]) -> [Int16] {
        notes.flatMap { ToneGenerator.samples(.init([Double($0)], level: -20, milliseconds: 120), rate: 8_000) }
    }
}
