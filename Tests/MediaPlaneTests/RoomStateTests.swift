import Audio
import Testing

@testable import MediaPlane

/// A room's round: who is served in which tick.
@Suite struct RoomStateTests {
    /// Sessions without sockets.
    private final class Sessions {
        private let memory = SessionMemory(blockSize: SessionState.blockSize)
        private(set) var all: [SessionState.Pointer] = []

        func open() -> SessionState.Pointer? {
            guard let block = memory.take() else { return nil }
            let session = block.bindMemory(to: SessionState.self, capacity: 1)
            session.initialize(
                to: SessionState(
                    id: MediaSessionID(number: UInt64(all.count)), rtp: RTPSocket(descriptor: -1), rtcp: RTPSocket(descriptor: -1),
                    send: SendPath(ssrc: 1, sequence: 1, timestamp: 1), reports: ReportPath(seed: 1)))
            all.append(session)
            return session
        }

        deinit {
            for session in all { session.deinitialize(count: 1) }
        }
    }

    private static func room(_ members: Int, _ sessions: Sessions) -> RoomState {
        var room = RoomState(id: MediaRoomID(number: 1), settings: MediaRoomSettings())
        for _ in 0..<members {
            if let session = sessions.open() { _ = room.add(session) }
        }
        return room
    }

    /// The members served in each tick of a round.
    private static func round(_ room: inout RoomState) -> [(heard: Range<Int>, sent: Range<Int>, isMixed: Bool)] {
        var stages: [(Range<Int>, Range<Int>, Bool)] = []
        _ = room.begin()
        repeat { stages.append((room.heard, room.sent, room.isMixComplete)) } while room.nextStage() && stages.count < 50
        return stages
    }

    @Test(arguments: [0, 1, 3, 200, 201, 400, 999, 1_000, 1_500])
    func eachIsHeardOnceAndThenSentToOnce(members: Int) throws {
        let sessions = Sessions()
        var room = Self.room(members, sessions)
        let stages = Self.round(&room)
        #expect(stages.flatMap { Array($0.heard) } == Array(0..<members))
        #expect(stages.flatMap { Array($0.sent) } == Array(0..<members))
        #expect(stages.count { $0.isMixed } == 1)
        let mixed = try #require(stages.firstIndex { $0.isMixed })
        #expect(stages[..<mixed].allSatisfy { $0.sent.isEmpty } && stages[(mixed + 1)...].allSatisfy { $0.heard.isEmpty })
        #expect(stages.count < RoomWheel.phases, "it is over before the next one")
        #expect(stages.allSatisfy { $0.heard.count <= max(RoomState.slice, members / 5) })
        #expect(room.isWhole == (members <= RoomState.slice))
    }

    @Test func whoLeavesLeavesAGapUntilTheNextRound() {
        let sessions = Sessions()
        var room = Self.room(450, sessions)
        _ = room.begin()
        for index in stride(from: 0, to: 450, by: 3) { room.remove(sessions.all[index], at: index, isHeard: false) }
        room.remove(sessions.all[0], at: 0, isHeard: false)
        room.remove(sessions.all[1], at: 9_999, isHeard: false)
        room.remove(sessions.all[1], at: 2, isHeard: false)
        #expect(room.count == 300 && room.places == 450)
        while room.nextStage() {}
        let late = sessions.open()
        #expect(late.map { room.add($0) } == 450)
        let stages = Self.round(&room)
        #expect(room.places == 301 && stages.flatMap { Array($0.heard) } == Array(0..<301))
        let members = (0..<301).map { room.members[$0] }
        #expect(members == sessions.all.indices.filter { $0 % 3 != 0 || $0 == 450 }.map { sessions.all[$0] })
    }

    @Test func gatesAreClosedWhenARoomBecomesLarge() {
        let sessions = Sessions()
        var room = Self.room(20, sessions)
        #expect(room.begin() == false && !room.isGated)
        while room.nextStage() {}
        if let session = sessions.open() { _ = room.add(session) }
        #expect(room.begin() == true && room.isGated)
        while room.nextStage() {}
        #expect(room.begin() == false && room.isGated)
    }

    @Test func chimesSoundOnceAndAtMostEightAtATime() {
        var room = RoomState(id: MediaRoomID(number: 1), settings: MediaRoomSettings())
        for _ in 0..<10 { room.add(chime: [Int16](repeating: 100, count: 200)) }
        var mix = RoomMix(capacity: 2)
        for level in [800, 800] {
            mix.begin()
            room.mixChimes(into: mix)
            room.dropChimes()
            var heard = [Int16](repeating: 0, count: 160)
            var limiter = Limiter()
            mix.narrow.everybody(into: &heard, &limiter)
            #expect(heard[0] == level && (heard[159] == level) == room.hasChimes)
        }
        #expect(room.chimes.count == 0)
    }
}
