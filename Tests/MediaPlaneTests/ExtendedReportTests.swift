import Codecs
import RTP
import Testing

@testable import MediaPlane

/// What is told by RTCP, and to the control side, of how a peer sounds (RFC 3611 §4.7).
@Suite struct ExtendedReportTests {
    /// A network that loses some packets, and brings others after their time: one in each four seconds 600 ms late.
    private struct Impairment {
        var missing = BurstGapStatistics()
        /// By their numbers.
        private var outcomes: [BurstGapStatistics.Outcome] = []
        private var held: (number: Int, sequence: UInt16, timestamp: UInt32)?

        mutating func speak(_ peer: RoomPeer) {
            let number = outcomes.count
            switch number % 200 {
            case 20, 70, 72, 73:
                peer.lose()
                outcomes.append(.lost)
            case 100:
                held = (number, peer.sequence, peer.timestamp)
                peer.lose()
                outcomes.append(.lost)
            case 130:
                peer.speak()
                outcomes.append(.received)
                bringHeld(peer)
            default:
                peer.speak()
                outcomes.append(.received)
            }
        }

        private mutating func bringHeld(_ peer: RoomPeer) {
            guard let held else { return }
            let next = (peer.sequence, peer.timestamp)
            (peer.sequence, peer.timestamp) = (held.sequence, held.timestamp)
            peer.speak()
            (peer.sequence, peer.timestamp) = next
            outcomes[held.number] = .discarded
            self.held = nil
        }

        /// What came of all that was sent, where `hears` tells that late packets are of no use.
        func statistics(hears: Bool) -> BurstGapStatistics {
            var statistics = BurstGapStatistics()
            for outcome in outcomes { statistics.note(outcome == .discarded && !hears ? .received : outcome) }
            return statistics
        }
    }

    @Test(arguments: [AudioCodec.pcmu, .g722, .opus]) func thePeerIsToldHowHeSounds(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 31_400...31_440, threads: 1)
        let peer = try bench.call(codec: codec)
        peer.change { $0.reportsVoIPMetrics = true }
        peer.session.echo(true)
        var network = Impairment()
        bench.talk(beats: 900) { network.speak($0) }
        let during = peer.metrics.count
        #expect(during >= 1 && during == peer.reports.count, "one with each report")
        let statistics = try bench.rooms.hangUp(peer)
        peer.listen()
        let missing = network.statistics(hears: true)
        #expect(missing.discarded == 2 && missing.lost == 9)
        #expect(statistics.losses == missing)
        #expect(peer.metrics.count == during + 1, "with the BYE too")
        let last = try #require(peer.metrics.last)
        let quality = DirectionQuality(codec: codec.encodingName, missing: missing)
        let expected = VoIPMetrics(ssrc: SSRC(UInt32(peer.frequency)), quality: quality, packetTime: 20)
        #expect(last.ssrc == expected.ssrc)
        #expect(last.lossRate == 5 && last.discardRate == 1, "9 and 2 of 450")
        #expect(last.burstDensity == expected.burstDensity && last.burstDuration == expected.burstDuration)
        #expect(last.gapDensity == expected.gapDensity && last.gapDuration == expected.gapDuration && last.minimumGap == 16)
        #expect(last.signalLevel == 127 && last.noiseLevel == 127 && last.residualEchoReturnLoss == 127 && last.externalFactor == 127)
        #expect(last.concealment == .enhanced && last.jitterBufferKind == .adaptive && last.roundTrip == 0)
        #expect(last.jitterBufferMaximum == 200 && last.jitterBufferAbsoluteMaximum == 200)
        #expect((10...220).contains(last.jitterBufferNominal), "\(last.jitterBufferNominal)")
        #expect(last.endSystemDelay == 20 + last.jitterBufferNominal)
        #expect(last.listeningScore == expected.listeningScore && last.factor <= expected.factor && last.factor > 50)
        #expect(statistics.meanBufferDelayMilliseconds.map { (10...220).contains($0) } == true)
        try await bench.finish()
    }

    @Test func whoDoesNotAskIsNotTold() async throws {
        let bench = try BridgeBench(ports: 31_400...31_440, threads: 1)
        let peer = try bench.call()
        peer.session.echo(true)
        bench.talk(beats: 500)
        #expect(peer.reports.count >= 1 && peer.metrics.isEmpty)
        try await bench.finish()
    }

    /// Nobody listens to the packets as they come: those that come late come in time for a recording, and for the far end of a bridge it is
    /// not known here.
    @Test func onlyWhoListensDiscards() async throws {
        let bench = try BridgeBench(ports: 31_400...31_440, threads: 1)
        let idle = try bench.call()
        let (one, two) = try bench.pair()
        var networks = [Impairment(), Impairment(), Impairment()]
        bench.talk(beats: 10)
        let skipped = [idle, one, two].map { $0.said.count }
        bench.talk(beats: 900) { peer in
            guard let index = [idle, one, two].firstIndex(where: { $0 === peer }) else { return }
            networks[index].speak(peer)
        }
        for (index, peer) in [idle, one, two].enumerated() {
            let statistics = try bench.rooms.hangUp(peer)
            let missing = networks[index].statistics(hears: false)
            #expect(statistics.losses.lost == 9 && statistics.losses.discarded == 0, "\(index)")
            #expect(statistics.losses.expected == missing.expected + skipped[index], "\(index)")
            #expect(statistics.bufferDelayMilliseconds == nil && statistics.meanBufferDelayMilliseconds == nil)
        }
        try await bench.finish()
    }

    @Test func whatThePeerTellsIsKnownWhileTheCallStands() async throws {
        let bench = try BridgeBench(ports: 31_400...31_440, threads: 1)
        let peer = try bench.call()
        peer.session.echo(true)
        bench.talk(beats: 200)
        let ours = try #require(peer.headers.last?.ssrc)
        func tell(_ report: ReceptionReport, _ block: VoIPMetrics?) {
            var bytes = [UInt8](repeating: 0, count: RTCPCompound.maximumLength)
            let length = bytes.withUnsafeMutableBytes {
                RTCPCompound.write(
                    ssrc: SSRC(UInt32(peer.frequency)), sent: nil, received: report, canonicalName: Array("peer".utf8), metrics: block,
                    into: $0)
            }
            peer.socket.send(Array(bytes.prefix(length)), to: peer.target)
        }
        func figures() -> SessionStatistics? {
            var latest: SessionStatistics?
            _ = bench.events.count {
                if case .counted(peer.session.id, let figures) = $0 { latest = figures }
                return false
            }
            return latest
        }
        var block = VoIPMetrics(ssrc: SSRC(ours.rawValue &+ 1))
        block.conversationalScore = 11
        tell(ReceptionReport(ssrc: ours, fractionLost: 26, cumulativeLost: 7, jitter: 160), block)
        bench.talk(beats: 650)
        let estimated = try #require(figures())
        #expect(estimated.packetsLostByPeer == 7 && estimated.jitterOfPeerMilliseconds == 20)
        #expect(estimated.metricsOfPeer == nil, "it was about somebody else")
        #expect(estimated.packetsReceived > 200 && estimated.losses.lost == 0 && estimated.bufferDelayMilliseconds != nil)
        let said = try #require(estimated.said(in: "PCMU"))
        #expect(said.missing.lost == 7 && said.missing.expected == Int(estimated.packetsSent))
        #expect(estimated.opinionOfPeer(in: "PCMU") == said.rating?.conversationalScore)

        (block.ssrc, block.lossRate, block.discardRate, block.conversationalScore) = (ours, 26, 26, 23)
        tell(ReceptionReport(ssrc: ours, cumulativeLost: 90), block)
        bench.talk(beats: 650)
        let told = try #require(figures())
        #expect(told.metricsOfPeer == block && told.packetsReceived > estimated.packetsReceived)
        #expect(told.opinionOfPeer(in: "PCMU") == 2.3)
        #expect(told.said(in: "PCMU")?.missing.discarded == Int(told.packetsSent) * 26 / 256)
        let cause = told.said(in: "PCMU")?.cause(to: "caller")
        #expect(cause?.contains(" to caller") == true, "\(cause ?? "none")")
        try await bench.finish()
    }
}
