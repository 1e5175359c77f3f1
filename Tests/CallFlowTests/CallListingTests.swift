import MediaPlane
import RTP
import Testing
import Timing

@testable import CallControl

/// What is seen of a call while it stands.
@Suite struct CallListingTests {
    private func figures(_ adjust: (inout SessionStatistics) -> Void = { _ in }) -> SessionStatistics {
        var figures = SessionStatistics()
        for index in 0..<1_000 { figures.losses.note(index % 33 < 4 ? .lost : index % 100 == 50 ? .discarded : .received) }
        figures.packetsSent = 1_000
        figures.jitterMilliseconds = 12.25
        figures.bufferDelayMilliseconds = 60
        figures.meanBufferDelayMilliseconds = 50
        adjust(&figures)
        return figures
    }

    @Test func howACallSoundsIsSeenWhileItStands() throws {
        let bench = try SwitchboardBench()
        #expect(bench.switchboard.callListings(at: bench.now) == [])
        let caller = try #require(bench.call(CallerDouble(number: "600")))
        bench.pass(.seconds(7))
        var listing = try #require(bench.switchboard.callListings(at: bench.now).first)
        #expect(listing.call == "call-1" && listing.dialled.hasPrefix("600@") && listing.callee == nil && listing.codec == "pcmu")
        #expect(listing.seconds >= 7 && listing.from == nil && listing.to == nil && listing.roundTrip == nil)

        bench.tell { [.counted($0.id, figures())] }
        listing = try #require(bench.switchboard.callListings(at: bench.now).first)
        let from = try #require(listing.from)
        #expect(from.lost == 12.4 && from.late == 1 && from.jitter == 12.25 && from.buffer == 60, "\(from)")
        #expect(from.cause == "12 % loss from caller, bursts of 3" && from.opinion.map { $0 > 1 && $0 < 3.6 } == true)
        #expect(listing.to == nil, "the peer has said nothing")

        bench.tell { session in
            let said = figures {
                ($0.packetsLostByPeer, $0.jitterOfPeerMilliseconds, $0.roundTripMilliseconds) = (20, 3, 41.26)
                $0.losses = BurstGapStatistics(received: 1_000, lost: 0, discarded: 0)
            }
            return [.counted(session.id, said)]
        }
        listing = try #require(bench.switchboard.callListings(at: bench.now).first)
        #expect(listing.roundTrip == 41.3 && listing.from?.cause == nil && listing.from?.lost == 0)
        #expect(listing.from?.opinion.map { $0 > 4.2 } == true)
        #expect(listing.to?.lost == 2 && listing.to?.late == 0 && listing.to?.jitter == 3 && listing.to?.buffer == nil)
        #expect(listing.to?.opinion.map { $0 > 3.5 && $0 < 4.4 } == true)
        bench.receive(caller.request("BYE"))
        #expect(bench.switchboard.callListings(at: bench.now) == [])
        bench.expectNothingLeft()
    }

    /// The opinion is the peer's own where he has one (RFC 3611 §4.7.5), as are the packets that came too late for him.
    @Test func whatThePeerHearsIsHisToSay() throws {
        let bench = try SwitchboardBench()
        let caller = try #require(bench.call(CallerDouble(number: "600")))
        var block = VoIPMetrics(ssrc: SSRC(1))
        (block.conversationalScore, block.discardRate, block.jitterBufferNominal) = (22, 64, 80)
        let figures = figures { ($0.packetsLostByPeer, $0.metricsOfPeer) = (0, block) }
        bench.tell { [.counted($0.id, figures)] }
        let to = try #require(bench.switchboard.callListings(at: bench.now).first?.to)
        #expect(to.opinion == 2.2 && to.late == 25 && to.lost == 0 && to.buffer == 80)
        #expect(to.cause == "25 % of the packets to caller too late, jitter 0 ms")
        try #require(bench.session).counted = figures
        bench.receive(caller.request("BYE"))
        let record = try #require(bench.trace.records.last)
        #expect(record["mos_out"] == "2.2" && record["late_out"] == "250" && record["lost_out"] == "0" && record["late"] == "10")
        #expect(record["buffer_ms"] == "50" && record["poor_out"] == "25 % of the packets to caller too late, jitter 0 ms")
    }

    @Test func bothPartiesOfABridgeAreSeen() throws {
        let joined = try BridgeBench(joined: BridgeBench.plain)
        let bench = joined.bench
        try #require(bench.media.sessions.count == 2)
        let events = bench.media.sessions.enumerated().map { index, session in
            MediaEvent.counted(session.id, figures { $0.bufferDelayMilliseconds = index })
        }
        bench.switchboard.handle(events, at: bench.now)
        let listings = bench.switchboard.callListings(at: bench.now)
        #expect(listings.map(\.callee) == [nil, BridgeBench.target] && listings.map { $0.from?.buffer } == [0, 1])
        #expect(Set(listings.map(\.call)) == ["call-1"] && listings[1].from?.cause == "12 % loss from callee, bursts of 3")
    }

    /// The figures are asked for and given by RTCP where the peer wants it so (RFC 3611 §5.2).
    @Test func whoAsksIsTold() throws {
        for isOn in [true, false] {
            let bench = try SwitchboardBench { $0.capabilities.voipMetrics = isOn }
            bench.receive(CallerDouble(number: "600").request("INVITE", body: CallerDouble.offer + "a=rtcp-xr:voip-metrics\r\n"))
            bench.pass(.seconds(1))
            #expect(bench.session?.stream?.reportsVoIPMetrics == isOn)
        }
    }
}
