import Codecs
import RTP
import Testing

@testable import MediaPlane

/// What a session sends, turn by turn, as it arrives at the other end of loopback.
@Suite struct SendPathTests {
    /// A send path with its sockets, whose clock is moved by one packet time a turn.
    private final class Bench {
        let ours: LoopbackSocket
        let peer: LoopbackSocket
        var path = SendPath(ssrc: 7, sequence: 65_530, timestamp: UInt32.max - 500)
        var stream: MediaStream
        var latch: PeerLatch
        var now: Int64 = 100_000_000_000
        /// What the path's time line reads at its first turn.
        let start = RTPTimestamp(UInt32.max - 500)

        init(packetTime: Int = 20, telephoneEvents: UInt8? = 101) throws {
            ours = try LoopbackSocket()
            peer = try LoopbackSocket()
            stream = MediaStream(
                remote: peer.address, remoteRTCP: nil, codec: .pcmu, payloadType: 0, receivePayloadType: 0,
                telephoneEventPayloadType: telephoneEvents, receiveTelephoneEventPayloadType: nil, packetTime: packetTime, sends: true,
                receives: true)
            latch = PeerLatch(aimedAt: peer.address)
        }

        func turn(live: [UInt8]? = nil) -> (outcome: SendPath.Outcome, packet: LoopbackSocket.Packet?) {
            var buffer = [UInt8](repeating: 0, count: SendPath.capacity)
            let outcome = buffer.withUnsafeMutableBytes { buffer in
                (live ?? []).withUnsafeBytes { bytes in
                    path.turn(
                        stream: stream, coder: nil, latch: latch, socket: ours.socket, now: now, live: live == nil ? nil : bytes,
                        buffer: buffer.baseAddress!)
                }
            }
            now += Int64(stream.packetTime) * 1_000_000
            let packets = peer.drain()
            #expect(packets.count <= 1, "a turn sends one packet at most")
            return (outcome, packets.first)
        }

        func turns(_ count: Int) -> [LoopbackSocket.Packet] { (0..<count).compactMap { _ in turn().packet } }

        /// Sends one turn of nothing, so that the keep-alive at the very start is behind us.
        func settle() { #expect(turn().packet != nil) }
    }

    /// A clip whose every byte tells its place.
    private static func clip(_ range: Range<Int>) -> EncodedAudio {
        range.map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256) }.withUnsafeBufferPointer { EncodedAudio(copying: $0, codec: .pcmu) }
    }

    private static func bytes(_ range: Range<Int>) -> [UInt8] { range.map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256) } }

    private static func isFinished(_ outcome: SendPath.Outcome, _ id: UInt64) -> Bool {
        if case .playFinished(PlaybackID(id)) = outcome { true } else { false }
    }

    @Test func chainedClipsFollowWithoutAGapOnOneTimeLine() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<100), Self.clip(100..<101), Self.clip(0..<0), Self.clip(101..<650)])
        #expect(track.tickCount == 650)
        bench.path.play(track, id: PlaybackID(1))
        var heard: [UInt8] = []
        for index in 0..<5 {
            let (outcome, packet) = bench.turn()
            let header = try #require(packet?.header)
            #expect(header.sequence == SequenceNumber(65_530).advanced(by: index) && header.ssrc == SSRC(7) && header.payloadType == 0)
            #expect(header.timestamp == bench.start.advanced(by: 160 * index) && header.marker == (index == 0))
            #expect(Self.isFinished(outcome, 1) == (index == 4))
            heard += packet?.payload ?? []
        }
        #expect(heard == Self.bytes(0..<650) + [UInt8](repeating: SampledCodec.pcmu.silence, count: 150))
        #expect(bench.path.playbackID == nil && bench.turn().packet == nil)
        #expect(bench.path.packetsSent == 5 && bench.path.octetsSent == 800 && bench.path.failures == 0)
    }

    @Test func aTrackOfWholePacketsEndsWithItsLastOne() throws {
        let bench = try Bench()
        bench.path.play(PlaybackTrack([Self.clip(0..<320)]), id: PlaybackID(1))
        let (first, second) = (bench.turn(), bench.turn())
        #expect(!Self.isFinished(first.outcome, 1) && Self.isFinished(second.outcome, 1))
        #expect((first.packet?.payload ?? []) + (second.packet?.payload ?? []) == Self.bytes(0..<320))
        withExtendedLifetime(bench) {}
    }

    @Test(arguments: [1, 2, 3, 7])
    func roundsFollowWithoutAGap(rounds: Int) throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<50), Self.clip(50..<230)], rounds: rounds)
        bench.path.play(track, id: PlaybackID(1))
        var heard: [UInt8] = []
        for turn in 1...20 {
            let (outcome, packet) = bench.turn()
            heard += packet?.payload ?? []
            if Self.isFinished(outcome, 1) {
                #expect(turn == (230 * rounds + 159) / 160)
                break
            }
        }
        let wanted = (0..<rounds).flatMap { _ in Self.bytes(0..<230) }
        #expect(heard.count >= wanted.count && Array(heard.prefix(wanted.count)) == wanted)
        #expect(heard.dropFirst(wanted.count).allSatisfy { $0 == SampledCodec.pcmu.silence })
    }

    @Test func musicGoesOnForEver() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<250)], rounds: nil)
        bench.path.play(track, id: PlaybackID(1))
        let heard = bench.turns(500).flatMap(\.payload)
        #expect(heard.count == 80_000 && heard == (0..<80_000).map { Self.bytes(0..<250)[$0 % 250] })
        bench.path.stop(PlaybackID(2))
        #expect(bench.turn().packet != nil, "another playback's stop is nothing to this one")
        bench.path.stop(PlaybackID(1))
        #expect(bench.turn().packet == nil)
    }

    @Test(arguments: [1, nil])
    func nothingToPlayIsOverAtOnce(rounds: Int?) throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<0)], rounds: rounds)
        bench.path.play(track, id: PlaybackID(1))
        #expect(Self.isFinished(bench.turn().outcome, 1))
    }

    @Test func aNewTrackReplacesTheOld() throws {
        let bench = try Bench()
        let (old, new) = (PlaybackTrack([Self.clip(0..<1_600)]), PlaybackTrack([Self.clip(5_000..<5_320)]))
        bench.path.play(old, id: PlaybackID(1))
        _ = bench.turns(3)
        bench.path.play(new, id: PlaybackID(2))
        #expect(bench.turns(2).flatMap(\.payload) == Self.bytes(5_000..<5_320))
        #expect(bench.path.playbackID == nil)
    }

    /// RFC 3389 §4.1: one packet at the beginning of a pause, and one now and then.
    @Test func aPauseIsToldWhereNoiseWasAgreedOn() throws {
        let bench = try Bench()
        bench.stream.comfortNoisePayloadType = 13
        bench.settle()
        bench.path.play(PlaybackTrack([Self.clip(0..<320)]), id: PlaybackID(1))
        let packets = bench.turns(2 + 600)
        #expect(packets.map { $0.header?.payloadType } == [0, 0, 13, 13, 13])
        #expect(packets.suffix(3).allSatisfy { $0.payload.count == 1 && $0.payload[0] & 0x80 == 0 && $0.header?.marker == false })
        let stamps = packets.compactMap { $0.header?.timestamp }
        #expect(stamps[2].distance(to: stamps[3]) == 40_000 && stamps[1].distance(to: stamps[2]) == 160)
        bench.path.play(PlaybackTrack([Self.clip(0..<160)]), id: PlaybackID(2))
        #expect(bench.turn().packet?.header?.marker == true, "what follows begins anew")
    }

    @Test func aPlaybackPausesAndGoesOn() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<200), Self.clip(200..<800)])
        bench.path.play(track, id: PlaybackID(1))
        var heard = bench.turns(2)
        bench.path.pause(PlaybackID(2), true)
        heard += bench.turns(1)
        bench.path.pause(PlaybackID(1), true)
        #expect(!bench.path.isBusy && bench.turns(10).isEmpty)
        let live = [UInt8](repeating: 9, count: 160)
        #expect(bench.turn(live: live).packet?.payload == live, "the room is heard meanwhile")
        bench.path.pause(PlaybackID(1), false)
        heard += bench.turns(2)
        #expect(heard.flatMap(\.payload) == Self.bytes(0..<800) && bench.path.playbackID == nil)
    }

    @Test func aPlaybackIsMovedWithinItsRound() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<200), Self.clip(200..<200), Self.clip(200..<1_600)], rounds: 2)
        bench.path.play(track, id: PlaybackID(1))
        _ = bench.turns(3)
        bench.path.seek(PlaybackID(1), by: -300)
        #expect(bench.turns(1).flatMap(\.payload) == Self.bytes(180..<340))
        bench.path.seek(PlaybackID(1), by: 800)
        #expect(bench.turns(1).flatMap(\.payload) == Self.bytes(1_140..<1_300))
        bench.path.seek(PlaybackID(1), by: -1_000_000)
        #expect(bench.turns(1).flatMap(\.payload) == Self.bytes(0..<160))
        bench.path.seek(PlaybackID(1), by: .max / 2)
        #expect(bench.turns(1).flatMap(\.payload) == Self.bytes(0..<160), "the second round")
        bench.path.seek(PlaybackID(7), by: 500)
        bench.path.seek(PlaybackID(1), by: 1_440)
        #expect(Self.isFinished(bench.turn().outcome, 1), "behind the last one it is over")
    }

    @Test(arguments: [0, 30, 200, 230, 700])
    func aTrackMayBeginInItsMiddle(start: Int) throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<50), Self.clip(50..<230)], rounds: 2, start: start)
        bench.path.play(track, id: PlaybackID(1))
        let wanted = Self.bytes(min(start, 230)..<230) + Self.bytes(0..<230)
        #expect(Array(bench.turns(3).flatMap(\.payload).prefix(wanted.count)) == wanted)
    }

    @Test func aTrackMadeAnewGoesOnWhereTheOldOneWas() throws {
        let bench = try Bench()
        let (track, half) = (PlaybackTrack([Self.clip(0..<1_600)], rounds: 2), PlaybackTrack([Self.clip(10_000..<10_800)]))
        bench.path.play(track, id: PlaybackID(1))
        _ = bench.turns(4)
        bench.path.exchange(PlaybackID(3), for: half)
        bench.path.exchange(PlaybackID(1), for: half)
        #expect(bench.turns(3).flatMap(\.payload) == Self.bytes(10_320..<10_800))
        #expect(bench.turns(1).flatMap(\.payload) == Self.bytes(10_000..<10_160), "the rounds are those of the first")
        bench.path.exchange(PlaybackID(1), for: PlaybackTrack([]))
        #expect(Self.isFinished(bench.turn().outcome, 1))
    }

    @Test func theFirstPacketAfterAPauseIsMarkedAndThePauseIsOnTheTimeLine() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<320)])
        bench.path.play(track, id: PlaybackID(1))
        _ = bench.turns(2)
        #expect(bench.turns(10).isEmpty)
        bench.path.play(track, id: PlaybackID(2))
        let headers = bench.turns(2).compactMap(\.header)
        #expect(headers.map(\.marker) == [true, false])
        #expect(headers.map(\.timestamp) == [bench.start.advanced(by: 12 * 160), bench.start.advanced(by: 13 * 160)])
        #expect(headers.map(\.sequence.rawValue) == [65_532, 65_533], "sequence numbers count packets, not time")
    }

    @Test func onHoldTheTrackStandsStill() throws {
        let bench = try Bench()
        let track = PlaybackTrack([Self.clip(0..<1_600)])
        bench.path.play(track, id: PlaybackID(1))
        _ = bench.turns(2)
        bench.stream.sends = false
        #expect(bench.turns(300).isEmpty, "no keep-alive either: the peer has forbidden it")
        bench.stream.sends = true
        let packet = try #require(bench.turn().packet)
        #expect(packet.payload == Self.bytes(320..<480))
        #expect(packet.header?.marker == true && packet.header?.timestamp == bench.start.advanced(by: 302 * 160))
    }

    @Test func nothingIsSentToNowhere() throws {
        let bench = try Bench()
        let nowhere = try #require(SocketAddress(host: "0.0.0.0", port: 4_000))
        bench.latch = PeerLatch(aimedAt: nowhere)
        bench.path.play(PlaybackTrack([Self.clip(0..<160)]), id: PlaybackID(1))
        #expect(bench.turns(5).isEmpty && bench.path.failures == 0 && bench.path.playbackID == PlaybackID(1))
        bench.path.forgetTrack()
    }

    @Test func silenceNowAndThenKeepsTheWayOpen() throws {
        let bench = try Bench()
        let first = try #require(bench.turn().packet)
        #expect(first.payload == [UInt8](repeating: SampledCodec.pcmu.silence, count: 160) && first.header?.marker == true)
        #expect(bench.turns(249).isEmpty)
        #expect(bench.turn().packet?.header?.timestamp == bench.start.advanced(by: 250 * 160), "five seconds later")
    }

    @Test func echoIsSentWhenNothingPlays() throws {
        let bench = try Bench()
        let sound = Self.bytes(0..<160)
        #expect(bench.turn(live: sound).packet?.payload == sound)
        #expect(bench.turn(live: sound).packet?.header?.marker == false)
        #expect(bench.turn(live: Self.bytes(0..<80)).packet == nil, "a frame of another length is none")
        bench.path.play(PlaybackTrack([Self.clip(500..<660)]), id: PlaybackID(1))
        #expect(bench.turn(live: sound).packet?.payload == Self.bytes(500..<660))
    }

    @Test func failuresAreCountedAndNothingElse() throws {
        let bench = try Bench()
        let target = try #require(SocketAddress(host: "::1", port: 4_000))
        bench.latch = PeerLatch(aimedAt: target)  // another family than the socket's
        bench.path.play(PlaybackTrack([Self.clip(0..<320)]), id: PlaybackID(1))
        _ = bench.turns(2)
        #expect(bench.path.failures == 2 && bench.path.packetsSent == 0 && bench.path.octetsSent == 0)
        #expect(bench.path.playbackID == nil, "the playback ends all the same")
    }
}
