import Timing

/// The room that a caller is in. It stays while the steps of a key run, and ends when the run goes elsewhere.
struct RoomPresence: Sendable {
    let id: OrderID
    let step: ConferenceStep
    /// The steps that stood around the conference: what lies above them belongs to its keys.
    let frames: Int
    let blocks: Int
    var isMuted = false
    /// What is left of `limits.menus`: time in a room does not count.
    var menusLeft: Duration?
}

/// Being in a room.
///
///     entering ──entered──▶ conferring ──key──▶ steps of the key ──end──▶ conferring
///        │ refused              │ room ended, kicked    │ goto, hangup, leave
///        ▼                      ▼                       ▼
///     its failure            its outcome             the room is left
extension ScenarioRun {
    mutating func start(_ step: ConferenceStep, into commands: inout [ScenarioCommand]) {
        let id = OrderID(nextID())
        let entry = RoomEntry(room: evaluate(step.room).asText, pin: step.pin.map { evaluate($0).asText }, announces: step.announces)
        commands.append(.enterRoom(id, entry))
        typedAhead = []
        waiting = .entering(id, step)
    }

    mutating func roomEntered(_ id: OrderID, at now: MonotonicTime) {
        guard case .entering(id, let step) = waiting else { return }
        let left = menusEnd.map { max($0 - now, .zero) }
        menusEnd = nil
        presence = RoomPresence(id: id, step: step, frames: frames.count, blocks: frames.last?.blocks.count ?? 0, menusLeft: left)
        waiting = .conferring(typed: "", until: nil)
    }

    mutating func roomRefused(_ id: OrderID, _ refusal: RoomRefusal) {
        guard case .entering(id, let step) = waiting else { return }
        waiting = .nothing
        switch refusal {
        case .full: push(step.full)
        case .locked: push(step.locked)
        case .denied: push(step.denied)
        case .noRoom: push(step.noRoom)
        }
    }

    /// The room's doing; whatever a key had begun there is given up.
    mutating func roomLeft(_ id: OrderID, _ end: RoomEnd, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard let presence, presence.id == id else { return }
        quieten(into: &commands)
        backToConference(presence, at: now)
        push(end == .ended ? presence.step.ended : presence.step.kicked)
    }

    /// Drops what stands above the conference step, and the room.
    private mutating func backToConference(_ presence: RoomPresence, at now: MonotonicTime) {
        if frames.count > presence.frames { frames.removeSubrange(presence.frames...) }
        if let last = frames.indices.last, frames[last].blocks.count > presence.blocks {
            frames[last].blocks.removeSubrange(presence.blocks...)
        }
        forgetRoom(at: now)
    }

    private mutating func forgetRoom(at now: MonotonicTime) {
        if let left = presence?.menusLeft { menusEnd = now + left }
        presence = nil
        waiting = .nothing
    }

    /// The run goes elsewhere: the caller is taken out of the room.
    mutating func leaveRoom(at now: MonotonicTime?, into commands: inout [ScenarioCommand]) {
        if case .entering(let id, _) = waiting { commands.append(.leaveRoom(id)) }
        guard let presence else { return }
        commands.append(.leaveRoom(presence.id))
        if let now, let left = presence.menusLeft { menusEnd = now + left }
        self.presence = nil
    }

    mutating func perform(_ action: RoomAction, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        // The checker lets these stand under a conference's keys only; a room may be gone all the same.
        guard var presence else { return }
        switch action {
        case .leave:
            commands.append(.leaveRoom(presence.id))
            backToConference(presence, at: now)
            push(presence.step.left)
        case .mute, .unmute, .toggleMute:
            let isMuted = action == .mute || (action != .unmute && !presence.isMuted)
            presence.isMuted = isMuted
            self.presence = presence
            commands.append(.muteInRoom(isMuted))
            if case .toggleMute(let muted, let unmuted) = action { push(isMuted ? muted : unmuted) }
        }
    }

    // MARK: Keys

    mutating func feedRoom(_ key: Character, typed: String, at now: MonotonicTime) {
        guard let presence else { return }
        let typed = typed + String(key)
        let entries = presence.step.keys
        let full = entries.first { $0.pattern.match(typed) == .full }
        let canGrow = entries.contains { $0.pattern.canGrow(beyond: typed) }
        if let full, !canGrow {
            choose(full, typed)
        } else if canGrow {
            waiting = .conferring(typed: typed, until: now + presence.step.between)
        } else {
            // A key that means nothing here: the last one may begin something else.
            waiting = .conferring(typed: "", until: nil)
            if typed.count > 1 { feedRoom(key, typed: "", at: now) }
        }
    }

    /// No further key came.
    mutating func roomKeysEnd(typed: String) {
        if let full = presence?.step.keys.first(where: { $0.pattern.match(typed) == .full }) {
            choose(full, typed)
        } else {
            waiting = .conferring(typed: "", until: nil)
        }
    }

    private mutating func choose(_ entry: MenuEntry, _ typed: String) {
        lastTyped = typed
        waiting = .nothing
        guard let frame = frames.indices.last else { return }
        var block = StepBlock(steps: entry.steps)
        block.isOfRoomKey = true
        frames[frame].blocks.append(block)
    }

    /// The steps of a key have ended.
    mutating func listenToRoom(at now: MonotonicTime) {
        guard presence != nil else { return }
        waiting = .conferring(typed: "", until: nil)
        while case .conferring(let typed, _) = waiting, !typedAhead.isEmpty {
            feedRoom(typedAhead.removeFirst(), typed: typed, at: now)
        }
    }
}
