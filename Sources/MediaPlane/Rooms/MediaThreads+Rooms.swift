/// Rooms and the threads that they live on.
extension MediaThreads {
    package var openRooms: Int { state.withLock { $0.rooms.count } }

    /// Opens a room on the least busy media thread. It costs next to nothing while nobody is in it.
    package func openRoom(_ settings: MediaRoomSettings = MediaRoomSettings()) -> any MediaRoomOrders {
        let (id, index) = state.withLock { state in
            state.lastRoom += 1
            let id = MediaRoomID(number: state.lastRoom)
            let index = state.leastBusy
            state.rooms[id] = index
            state.roomsOfWorker[index] += 1
            return (id, index)
        }
        let room = UnsafeMutablePointer<RoomState>.allocate(capacity: 1)
        room.initialize(to: RoomState(id: id, settings: settings))
        workers[index].post(.openRoom(room))
        return MediaRoom(id: id, worker: workers[index], plane: self)
    }

    /// The room is not to be joined any more.
    func forget(_ room: MediaRoomID) {
        state.withLock { state in
            guard let index = state.rooms.removeValue(forKey: room) else { return }
            state.roomsOfWorker[index] -= 1
        }
    }

    /// Counts the session where the room lives, and says which worker that is; nil when room or session are gone.
    func move(_ session: MediaSessionID, toThreadOf room: MediaRoomID) -> MediaWorker? {
        state.withLock { state in
            guard let index = state.rooms[room], let old = state.open[session]?.worker else { return nil }
            if index != old {
                state.sessionsOfWorker[old] -= 1
                state.sessionsOfWorker[index] += 1
                state.open[session]?.worker = index
            }
            return workers[index]
        }
    }

    /// What the threads hold at this moment: each is asked, and answers in its next tick.
    func census() async -> MediaCensus {
        var total = MediaCensus()
        for worker in workers {
            let part = await withCheckedContinuation { continuation in
                worker.post(.census { continuation.resume(returning: $0) })
            }
            total.add(part)
        }
        return total
    }
}

/// What media threads hold.
struct MediaCensus: Sendable, Equatable {
    var sessions = 0
    var rooms = 0
    /// Members of all rooms.
    var members = 0
    /// Sessions on their way from another thread.
    var expected = 0
    /// Sessions that have a partner, and those of them whose packets go on as they come.
    var bridged = 0
    var relayed = 0

    mutating func add(_ other: MediaCensus) {
        sessions += other.sessions
        rooms += other.rooms
        members += other.members
        expected += other.expected
        bridged += other.bridged
        relayed += other.relayed
    }
}
