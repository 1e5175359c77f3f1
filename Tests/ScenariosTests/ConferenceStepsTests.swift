import Findings
import Scenarios
import Testing
import Timing

/// conference: being in a room, its keys, and every way out.
@Suite struct ConferenceStepsTests {
    private static let text = """
        scenario: s
        limits: {menus: 60s}
        handlers: {limit: [{log: limit}, hangup]}
        states:
          a:
            - answer
            - conference:
                room: "3001"
                keys:
                  "*6": {conference.mute: {toggle: true, muted: {play: [muted]}, unmuted: {play: [unmuted]}}}
                  "*0": {play: [help]}
                  "##": conference.leave
                  "99": {goto: b}
                left: {log: left}
                ended: {log: ended}
                kicked: {log: kicked}
                full: {log: full}
                locked: {log: locked}
                denied: {log: denied}
                no_room: {log: no_room}
            - play: [after]
            - hangup
          b:
            - play: [elsewhere]
            - hangup
        """

    private struct Room {
        var run: ScenarioRun
        var id: OrderID
        var now = MonotonicTime.zero
        var commands: [ScenarioCommand] = []

        mutating func tell(_ event: ScenarioEvent) -> [ScenarioCommand] {
            commands = []
            run.handle(event, at: now, into: &commands)
            return commands
        }

        mutating func press(_ keys: String) -> [ScenarioCommand] { keys.flatMap { tell(.digit($0)) } }

        mutating func pass(_ duration: Duration) -> [ScenarioCommand] {
            now = now + duration
            commands = []
            run.fire(at: now, into: &commands)
            return commands
        }
    }

    private func enter(_ text: String = text) throws -> Room {
        let set = try clean(text)
        var run = ScenarioRun(
            scenario: try required(set["s"], "s"), in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
        var commands: [ScenarioCommand] = []
        run.start(at: .zero, into: &commands)
        run.handle(.answered, at: .zero, into: &commands)
        guard case .enterRoom(let id, let entry) = commands.last else { throw Missing(what: "enterRoom") }
        #expect(entry == RoomEntry(room: "3001", pin: nil, announces: true))
        return Room(run: run, id: id)
    }

    private func inside() throws -> Room {
        var room = try enter()
        #expect(room.tell(.roomEntered(room.id)) == [])
        return room
    }

    @Test(arguments: [RoomRefusal.full, .locked, .denied, .noRoom])
    func refusals(refusal: RoomRefusal) throws {
        var room = try enter()
        #expect(room.tell(.roomRefused(room.id, refusal)).first == .log(refusal.rawValue))
    }

    @Test func keysActAndComeBackToTheRoom() throws {
        var room = try inside()
        #expect(room.press("*6").first == .muteInRoom(true))
        guard case .play(let playback) = room.commands.last else { throw Missing(what: "play") }
        #expect(playback.items == [.clip("muted")])
        #expect(room.tell(.playFinished(playback.id)) == [])
        #expect(room.press("*6").first == .muteInRoom(false), "and back")
        guard case .play(let second) = room.commands.last else { throw Missing(what: "play") }
        _ = room.tell(.playFinished(second.id))
        #expect(room.press("##").first == .leaveRoom(room.id))
        #expect(room.commands.contains(.log("left")))
        #expect(room.commands.contains { if case .play(let playback) = $0 { playback.items == [.clip("after")] } else { false } })
    }

    @Test func strayKeysAreForgotten() throws {
        var room = try inside()
        #expect(room.press("4").isEmpty && room.press("*").isEmpty)
        #expect(room.pass(.seconds(3)).isEmpty)
        #expect(room.press("6").isEmpty, "the star was too long ago")
        #expect(room.press("1*6").first == .muteInRoom(true), "a key before it does not hide it")
    }

    @Test(arguments: [RoomEnd.ended, .kicked])
    func theRoomsOwnEnd(end: RoomEnd) throws {
        var room = try inside()
        let commands = room.tell(.roomLeft(room.id, end))
        #expect(commands.first == .log(end.rawValue))
        #expect(!commands.contains(.leaveRoom(room.id)), "he is out already")
    }

    @Test func theRoomsEndCutsWhatAKeyHadBegun() throws {
        var room = try inside()
        _ = room.press("*0")
        guard case .play(let playback) = room.commands.last else { throw Missing(what: "play") }
        let commands = room.tell(.roomLeft(room.id, .ended))
        #expect(commands.prefix(2) == [.stopPlay(playback.id), .log("ended")])
        #expect(room.tell(.playFinished(playback.id)) == [])
    }

    @Test func goingElsewhereLeavesTheRoom() throws {
        var room = try inside()
        let commands = room.press("99")
        #expect(commands.first == .leaveRoom(room.id))
        #expect(commands.contains(.entered(state: "b", scenario: "s")))
    }

    @Test func hangingUpLeavesTheRoomOnce() throws {
        for enters in [false, true] {
            var room = enters ? try inside() : try enter()
            #expect(room.tell(.hungUp) == [.leaveRoom(room.id)])
            #expect(room.run.isFinished)
        }
    }

    @Test func timeInTheRoomIsNoTimeInMenus() throws {
        var room = try inside()
        #expect(room.pass(.seconds(3_600)).isEmpty)
        _ = room.press("##")
        #expect(room.pass(.seconds(59)).isEmpty)
        #expect(room.pass(.seconds(2)).contains(.log("limit")))
    }

    @Test(arguments: [
        ("conference: {room: \"1\"}", "missing-outcome"),
        ("conference: {else: hangup}", "missing-field"),
        ("conference: {room: \"1\", keys: {\"*6\": {play: [x]}, \"*6 \": {play: [x]}}, else: hangup}", "wrong-key"),
        ("conference: {room: \"1\", keys: {x: {play: [y]}}, else: hangup}", "wrong-key"),
        ("conference.mute", "not-in-room"),
        ("conference.kick", "not-yet"),
        ("conference: \"3001\"", "wrong-type"),
    ])
    func mistakes(step: String, code: String) {
        let (_, findings) = check("scenario: s\nstates:\n  a:\n    - answer\n    - \(step)\n    - hangup\n")
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.description))")
    }
}
