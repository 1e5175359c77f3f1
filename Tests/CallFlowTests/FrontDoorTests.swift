import AudioFiles
import Testing
import Timing

@testable import CallControl

/// The front door (100) by its keys, as a caller meets it: what is played when, and where the call is.
@Suite struct FrontDoorTests {
    private let caller = CallerDouble(number: "100", user: "12ab")

    @Test func nobodyPressesAnything() throws {
        let bench = try SwitchboardBench()
        bench.receive(caller.request("INVITE", body: CallerDouble.offer))
        bench.pass(.milliseconds(499))
        #expect(bench.media.sessions.isEmpty, "answered after half a second only")
        bench.pass(.milliseconds(1))
        #expect(bench.takeOrders().last == "play welcome")
        bench.receive(caller.request("ACK"))
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu"])
        bench.finishPlaying()
        bench.pass(.milliseconds(5_999))
        #expect(bench.takeOrders() == [])
        for _ in 0..<2 {
            bench.pass(.seconds(6))
            #expect(bench.takeOrders() == ["play no-input"])
            bench.finishPlaying()
            #expect(bench.takeOrders() == ["play main-menu-short"])
            bench.finishPlaying()
        }
        bench.pass(.seconds(6))
        #expect(bench.takeOrders() == ["play goodbye"])
        bench.finishPlaying()
        #expect(bench.trace.states == ["welcome", "main", "goodbye"])
    }

    @Test func silenceEndsTheCallAndLeavesNothing() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(self.caller))
        while bench.switchboard.callCount > 0 {
            bench.finishPlaying()
            bench.pass(.seconds(6))
        }
        let bye = try #require(bench.takeSent().first { $0.method == .bye })
        #expect(try bye.envelope().toTag == "\(caller.callID)-tag")
        bench.pass(.seconds(32))  // nobody answers the BYE
        bench.expectNothingLeft()
    }

    @Test func theMenusByTheirKeys() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(self.caller))
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu"])
        bench.press("7")
        #expect(bench.takeOrders() == ["stop playing", "play invalid-key"], "a key that leads nowhere")
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu-short"])
        bench.press("1")
        #expect(bench.takeOrders() == ["stop playing", "play spoken-answer"])
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu"])
        bench.press("2")
        #expect(bench.takeOrders() == ["stop playing", "play music-follows"])
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play music/default, for ever"])
        bench.pass(.seconds(600))
        bench.press("#")
        #expect(bench.takeOrders() == ["stop playing", "play main-menu"])
        bench.press("9")
        #expect(bench.takeOrders() == ["stop playing", "play your-number-is (200 ms) digits/1 digits/2 letters/a letters/b"])
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu"])
        #expect(bench.trace.states == ["welcome", "main", "main", "music", "main", "own-number", "main"])
        bench.receive(caller.request("BYE"))
        #expect(bench.takeOrders() == ["close 20000", "release 20000"])
        bench.expectNothingLeft()
    }

    @Test func aKeyPressedDuringTheWelcomeIsTakenByTheMenu() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(self.caller))
        _ = bench.takeOrders()
        bench.press("1")
        #expect(bench.takeOrders() == [], "the welcome is heard to its end")
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play spoken-answer"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func aWithheldNumberIsNotSpelled() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(CallerDouble(number: "100", user: "")))
        bench.finishPlaying()
        bench.press("9")
        #expect(bench.takeOrders().last == "play number-unknown")
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func manyCallsAtATimeAreKeptApart() throws {
        let bench = try SwitchboardBench()
        var callers = (0..<20).map { CallerDouble(number: "100", callID: "many-\($0)") }
        for index in callers.indices {
            callers[index] = try #require(bench.call(callers[index]))
            bench.finishPlaying()
        }
        #expect(bench.switchboard.callCount == 20)
        // The calls are at different places: a key of one moves no other.
        let third = bench.media.sessions[2]
        _ = bench.takeOrders()
        bench.switchboard.handle([.digit(third.id, "1")], at: bench.now)
        #expect(bench.takeOrders() == ["stop playing", "play spoken-answer"])
        for caller in callers.reversed() { bench.receive(caller.request("BYE")) }
        bench.expectNothingLeft()
        #expect(bench.switchboard.totals.answered == 20 && bench.switchboard.totals.ended == 20)
    }
}
