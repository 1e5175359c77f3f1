import Conferencing
import Testing
import Timing

@testable import CallControl

/// Rooms as callers meet them: who is in which, what is ordered of the media plane, and that nothing stays.
@Suite struct RoomCallTests {
    private static func bench(capacity: Int = 500) throws -> SwitchboardBench {
        try SwitchboardBench(
            routes: [Route(pattern: try DialPattern("3XXX"), scenario: "conference-enter")],
            rooms: [
                RoomBook.Entry(
                    pattern: try DialPattern("39XX"), policy: RoomPolicy(pin: RoomPIN("7391"), moderatorPIN: RoomPIN("7392"))),
                RoomBook.Entry(pattern: try DialPattern("30XX"), policy: RoomPolicy(capacity: capacity)),
            ])
    }

    private func roster(_ bench: SwitchboardBench) -> [[String]] {
        bench.switchboard.roomListings(at: bench.now).map { room in [room.room] + room.members.map { "\($0.caller) \($0.role)" } }
    }

    @Test func aRoomIsMadeOnDemandAndGoneWithTheLast() throws {
        let bench = try Self.bench()
        let first = try #require(bench.call(CallerDouble(number: "3001", user: "1001", callID: "a")))
        #expect(roster(bench) == [["3001@example.com", "1001 participant"]])
        let second = try #require(bench.call(CallerDouble(number: "3001", user: "1002", callID: "b")))
        #expect(roster(bench) == [["3001@example.com", "1001 participant", "1002 participant"]])
        _ = bench.takeOrders()
        bench.receive(first.request("BYE"))
        #expect(bench.takeOrders() == ["leave room", "chime of 240 ms in room 1", "close 20000", "release 20000"])
        bench.receive(second.request("BYE"))
        #expect(bench.takeOrders() == ["leave room", "close room 1", "close 20002", "release 20002"])
        bench.expectNothingLeft()
    }

    @Test func everybodyJoinsTheSameRoomWithMusicForTheLoneOne() throws {
        let bench = try Self.bench()
        bench.receive(CallerDouble(number: "3001", callID: "a").request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        #expect(bench.takeOrders().suffix(2) == ["open room 1", "join room 1, with music"])
        bench.receive(CallerDouble(number: "3001", callID: "b").request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        #expect(bench.takeOrders().suffix(2) == ["chime of 240 ms in room 1", "join room 1, with music"])
        bench.receive(CallerDouble(number: "3002", callID: "c").request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        #expect(bench.takeOrders().suffix(2) == ["open room 2", "join room 2, with music"])
    }

    @Test func keysMuteAndLeave() throws {
        let bench = try Self.bench()
        let caller = try #require(bench.call(CallerDouble(number: "3001")))
        _ = bench.takeOrders()
        bench.press("*6")
        #expect(bench.takeOrders() == ["mute", "play conf-muted"])
        #expect(bench.switchboard.roomListings(at: bench.now).first?.members.first?.muted == true)
        bench.finishPlaying()
        bench.press("*6")
        #expect(bench.takeOrders() == ["no mute", "play conf-unmuted"])
        bench.finishPlaying()
        bench.press("5#")
        bench.pass(.seconds(3))
        #expect(bench.takeOrders() == [], "keys that mean nothing there")
        bench.press("##")
        #expect(bench.takeOrders() == ["leave room", "close room 1", "play goodbye"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test(arguments: [("7391", "participant"), ("7392", "moderator")])
    func thePINDecidesTheRole(pin: String, role: String) throws {
        let bench = try Self.bench()
        let caller = try #require(bench.call(CallerDouble(number: "3900", user: "1001")))
        #expect(bench.switchboard.rooms.isEmpty)
        bench.press("1111#")
        bench.finishPlaying()
        #expect(bench.switchboard.rooms.isEmpty)
        bench.press(pin + "#")
        #expect(roster(bench) == [["3900@example.com", "1001 \(role)"]])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func guessingIsStoppedAcrossCalls() throws {
        let bench = try Self.bench()
        for index in 0..<5 {
            let caller = try #require(bench.call(CallerDouble(number: "3900", user: "77", callID: "guess-\(index)")))
            for _ in 0..<3 {
                bench.press("1111#")
                bench.finishPlaying()
            }
            bench.receive(caller.request("BYE"))
        }
        let caller = try #require(bench.call(CallerDouble(number: "3900", user: "77", callID: "late")))
        bench.press("7391#")
        #expect(bench.switchboard.rooms.isEmpty, "ten wrong ones an hour are enough, though this one is right")
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func aFullRoomIsBusyBeforeTheAnswerAndAnUnknownOneNotFound() throws {
        let bench = try Self.bench(capacity: 1)
        _ = try #require(bench.call(CallerDouble(number: "3001", callID: "a")))
        bench.receive(CallerDouble(number: "3001", callID: "b").request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        #expect(bench.takeSent().last?.status?.code == 486)
        bench.receive(CallerDouble(number: "3555", callID: "c").request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        // The 486 that nobody acknowledges is repeated beside it.
        #expect(bench.takeSent().contains { $0.status == .notFound })
    }

    @Test func theServersStopEmptiesRooms() throws {
        let bench = try Self.bench()
        for index in 0..<3 { _ = try #require(bench.call(CallerDouble(number: "3001", callID: "stop-\(index)"))) }
        bench.switchboard.hangUpAll(at: bench.now)
        bench.pass(.seconds(33))
        #expect(bench.switchboard.rooms.isEmpty && bench.switchboard.callCount == 0)
    }
}
