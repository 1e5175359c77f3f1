import SIP
import SIPDialogs
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// How calls end that do not end by their own hand.
@Suite struct SwitchboardEndTests {
    @Test func theServersStopSaysGoodbyeToEveryCall() throws {
        let bench = try SwitchboardBench()
        let standing = try #require(bench.call(CallerDouble(number: "600", callID: "standing")))
        bench.receive(CallerDouble(number: "604", callID: "ringing").request("INVITE", body: CallerDouble.offer))
        _ = bench.takeOutputs()
        var idle = 0
        bench.switchboard.whenIdle = { idle += 1 }
        bench.switchboard.hangUpAll(at: bench.now)
        let sent = bench.takeSent()
        let refusal = try #require(sent.first { $0.status == .serviceUnavailable })
        let bye = try #require(sent.first { $0.method == .bye })
        #expect(sent.count == 2 && refusal.value(of: .callID) == "ringing" && bye.value(of: .callID) == standing.callID)
        #expect(bye.value(of: .reason)?.contains("cause=41") == true)
        #expect(idle == 0, "the sessions' last figures are still to come")
        bench.tell { _ in [] }
        #expect(idle >= 1 && bench.switchboard.callCount == 0)
        bench.receive(CallerDouble(number: "600", callID: "late").request("INVITE", body: CallerDouble.offer))
        #expect(bench.takeSent().map(\.status) == [.serviceUnavailable], "nobody new comes in")
        bench.pass(.seconds(32))
        bench.expectNothingLeft()
    }

    @Test func stoppingWithoutCallsIsIdleAtOnce() throws {
        let bench = try SwitchboardBench()
        var idle = 0
        bench.switchboard.whenIdle = { idle += 1 }
        bench.switchboard.hangUpAll(at: bench.now)
        #expect(idle == 1)
    }

    @Test func withoutAPortTheCallIsRefused() throws {
        let bench = try SwitchboardBench()
        bench.media.refusal = .noFreePorts(20_000...20_001)
        let caller = CallerDouble(number: "600")
        bench.receive(caller.request("INVITE", body: CallerDouble.offer))
        let refusal = try #require(bench.takeSent().last)
        #expect(refusal.status == .serviceUnavailable && refusal.value(named: "Retry-After") == "10")
        var acknowledging = caller
        acknowledging.toTag = try refusal.envelope().toTag
        bench.receive(acknowledging.request("ACK", branch: "INVITE-1"))
        bench.expectNothingLeft()
    }

    @Test func aLostConnectionEndsARingingCall() throws {
        let bench = try SwitchboardBench()
        let stream = Flow(
            listener: 1, transport: .tcp, remote: SocketEndpoint(host: "192.0.2.1", port: 40_000), connection: 7)
        bench.receive(CallerDouble(number: "605").request("INVITE", body: CallerDouble.offer), from: stream)
        #expect(bench.switchboard.callCount == 1)
        bench.switchboard.connectionClosed(7, at: bench.now)
        bench.pass(.zero)
        #expect(bench.switchboard.callCount == 0)
        bench.tell { _ in [] }
        bench.expectNothingLeft()
    }

    /// What the network did to a call, and how it sounded for that.
    @Test func theRecordOfAPoorCallNamesTheCause() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(CallerDouble(number: "600")))
        let session = try #require(bench.session)
        session.counted.packetsSent = 1_000
        session.counted.packetsLostByPeer = 0
        session.counted.roundTripMilliseconds = 20
        for index in 0..<1_000 { session.counted.losses.note(index % 33 < 4 ? .lost : .received) }
        bench.receive(caller.request("BYE"))
        let record = try #require(bench.trace.records.last)
        let (heard, said) = (Double("\(record["mos"] ?? "")") ?? 0, Double("\(record["mos_out"] ?? "")") ?? 0)
        #expect(heard < 3 && said > 4.3, "\(record)")
        #expect(record["poor"] == "12 % loss from caller, bursts of 4")
        bench.expectNothingLeft()
    }

    @Test func eventsOfCallsThatAreOverDoNothing() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(CallerDouble(number: "100")))
        let session = try #require(bench.session)
        let playback = try #require(session.playing?.id)
        bench.receive(caller.request("BYE"))
        _ = bench.takeOutputs()
        bench.switchboard.handle(
            [.digit(session.id, "1"), .playFinished(session.id, playback), .silent(session.id), .keysSent(session.id)], at: bench.now)
        #expect(bench.takeOutputs().isEmpty)
        bench.expectNothingLeft()
    }

    @Test func aFinishThatComesAfterTheStopIsNotTheNextPromptsEnd() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(CallerDouble(number: "100")))
        let session = try #require(bench.session)
        bench.finishPlaying()
        let menu = try #require(session.playing?.id)
        bench.press("7")
        _ = bench.takeOrders()
        // The media thread had finished the menu before it heard of the stop.
        bench.switchboard.handle([.playFinished(session.id, menu)], at: bench.now)
        #expect(bench.takeOrders() == [], "the prompt that plays now is another")
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }
}
