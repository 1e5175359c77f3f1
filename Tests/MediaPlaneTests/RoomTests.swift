import Audio
import Codecs
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// Rooms over loopback, callers with a tone each: who hears whom.
@Suite(.serialized) struct RoomTests {
    /// Everybody hears all the others and not himself, and those who are `absent` least of all.
    private func isFair(_ peers: [RoomPeer], absent: [Double] = []) -> Bool {
        peers.allSatisfy { peer in
            peer.hears(peers.filter { $0 !== peer }.map(\.frequency), not: [peer.frequency] + absent)
        }
    }

    private func levels(_ peers: [RoomPeer]) -> String {
        peers.map { peer in peers.map { "\(Int((peer.hears($0.frequency) ?? -200).rounded()))" }.joined(separator: " ") }
            .joined(separator: " | ")
    }

    @Test func threeHearEachOtherWhileOthersComeAndGo() async throws {
        let bench = try RoomBench(ports: 15_200...15_239)
        let room = bench.plane.openRoom()
        var peers = try (0..<3).map { _ in try bench.call() }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) }, "\(levels(peers))")
        let late = try bench.call()
        late.session.join(room.id, alone: nil)
        #expect(bench.talk { isFair(peers + [late]) }, "\(levels(peers + [late]))")
        late.session.leaveRoom()
        #expect(bench.talk { isFair(peers, absent: [late.frequency]) }, "\(levels(peers))")
        let gone = peers.removeLast()
        let statistics = try bench.hangUp(gone)
        #expect(statistics.packetsReceived > 40 && statistics.sendFailures == 0)
        #expect(bench.talk { isFair(peers, absent: [late.frequency, gone.frequency]) }, "\(levels(peers))")
        room.close()
        try await bench.finish()
    }

    @Test func eightOfBothCodecsAndAllPacketTimes() async throws {
        let bench = try RoomBench(ports: 15_240...15_279)
        let room = bench.plane.openRoom()
        let times = [20, 10, 30, 60, 20, 40, 20, 30]
        let peers = try times.enumerated().map { index, time in
            try bench.call(codec: index % 2 == 0 ? .pcmu : .pcma, packetTime: time)
        }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) }, "\(levels(peers))")
        for peer in peers {
            let stamps = peer.headers.suffix(20).map(\.timestamp)
            #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0.distance(to: $1) == peer.stream.packetTime * 8 })
        }
        try await bench.finish()
        room.close()
    }

    @Test func whatIsLostIsMadeUpAndCounted() async throws {
        let bench = try RoomBench(ports: 15_650...15_659)
        let room = bench.plane.openRoom()
        let peers = try (0..<2).map { _ in try bench.call() }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        for _ in 0..<3 {
            peers[0].lose()
            #expect(bench.talk(packets: 25, of: peers[1]))
        }
        #expect(bench.talk { peers[1].hears([peers[0].frequency], not: [peers[1].frequency]) }, "a tone goes on behind its gaps")
        peers[0].session.leaveRoom()
        #expect(bench.talk(packets: 10, of: peers[1]))
        let statistics = try bench.hangUp(peers[0])
        #expect(statistics.packetsLost == 3 && statistics.concealedFrames >= 3)
        try await bench.finish()
        room.close()
    }

    @Test func aMutedMemberHearsAndIsNotHeard() async throws {
        let bench = try RoomBench(ports: 15_280...15_299)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { _ in try bench.call() }
        peers[1].session.mute(true)
        for peer in peers { peer.session.join(room.id, alone: nil) }
        let (one, muted, three) = (peers[0], peers[1], peers[2])
        #expect(
            bench.talk {
                one.hears([three.frequency], not: [muted.frequency])
                    && muted.hears([one.frequency, three.frequency], not: [muted.frequency])
            }, "\(levels(peers))")
        muted.press(5)
        #expect(events(bench, of: muted) == "5")
        muted.session.mute(false)
        #expect(bench.talk { isFair(peers) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    private func events(_ bench: RoomBench, of peer: RoomPeer) -> Character? {
        let id = peer.session.id
        return bench.event { if case .digit(id, let key) = $0 { key } else { nil } }
    }

    /// A tone of eight seconds' whole periods, encoded.
    private func track(_ frequency: Double, _ codec: AudioCodec, rounds: Int?) -> PlaybackTrack {
        let step = 2 * Double.pi * frequency / 8_000
        let samples = (0..<8_000).map { Int16(2_602 * sin(step * Double($0))) }
        return PlaybackTrack([EncodedAudio(encoding: samples, form: codec.form)], rounds: rounds)
    }

    @Test func whoIsAloneHearsMusicUntilSomebodyComes() async throws {
        let bench = try RoomBench(ports: 15_300...15_319)
        let room = bench.plane.openRoom()
        let first = try bench.call(codec: .pcma)
        let music = track(3_000, .pcma, rounds: nil)
        first.session.join(room.id, alone: music)
        #expect(bench.talk { first.hears([3_000], not: [first.frequency]) })
        let second = try bench.call()
        second.session.join(room.id, alone: music)
        #expect(bench.talk { isFair([first, second], absent: [3_000]) }, "\(levels([first, second]))")
        first.session.leaveRoom()
        // The music is in the other codec: nothing is better than a roar.
        #expect(bench.talk { second.hears([], not: [3_000, first.frequency]) })
        let own = track(3_100, .pcmu, rounds: nil)
        second.session.join(room.id, alone: own)
        #expect(bench.talk { second.hears([3_100], not: [second.frequency]) })
        try await bench.finish()
        room.close()
    }

    @Test func aTrackIsHeardInsteadOfTheRoom() async throws {
        let bench = try RoomBench(ports: 15_320...15_339)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { _ in try bench.call() }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        let track = track(3_000, .pcmu, rounds: nil)
        peers[0].session.play(track, as: PlaybackID(9))
        #expect(bench.talk { peers[0].hears([3_000], not: [peers[1].frequency, peers[2].frequency]) }, "\(levels(peers))")
        #expect(bench.talk { peers[1].hears([peers[0].frequency, peers[2].frequency], not: [3_000]) }, "he goes on being heard")
        peers[0].session.stop(PlaybackID(9))
        #expect(bench.talk { isFair(peers, absent: [3_000]) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    @Test func onHoldNothingIsHeardOrSent() async throws {
        let bench = try RoomBench(ports: 15_340...15_359)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { _ in try bench.call() }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        peers[2].change { ($0.sends, $0.receives) = (false, false) }
        #expect(bench.talk { isFair([peers[0], peers[1]], absent: [peers[2].frequency]) }, "\(levels(peers))")
        peers[2].answer()
        let before = peers[2].headers.count
        #expect(bench.talk(packets: 25, of: peers[0]))
        #expect(peers[2].headers.count == before)
        peers[2].change { ($0.sends, $0.receives) = (true, true) }
        for _ in 0..<3 { peers[2].speak() }
        #expect(bench.talk { isFair(peers) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    @Test func aNewCodecAndPacketTimeInTheMiddleOfATalk() async throws {
        let bench = try RoomBench(ports: 15_360...15_379)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { _ in try bench.call() }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        for (codec, time) in [(AudioCodec.pcma, 30), (.pcma, 20), (.pcmu, 10), (.pcma, 60), (.pcmu, 20)] {
            peers[0].change {
                $0.codec = codec
                $0.packetTime = time
                $0.payloadType = (codec.staticPayloadType ?? 96)
                $0.receivePayloadType = (codec.staticPayloadType ?? 96)
            }
            for _ in 0..<3 { peers[0].speak() }
            #expect(bench.talk { isFair(peers) }, "\(codec) \(time): \(levels(peers))")
        }
        try await bench.finish()
        room.close()
    }

    /// One of them hears at 16 kHz: the others lose nothing, and what he hears has no images of what they say.
    @Test func aRoomBecomesWideWhileItTalks() async throws {
        let bench = try RoomBench(ports: 15_660...15_679)
        let room = bench.plane.openRoom()
        let peers = try [20, 30, 20].map { try bench.call(packetTime: $0) }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        for (codec, time) in [(AudioCodec.l16, 20), (.l16Narrowband, 20), (.l16, 30), (.pcmu, 20), (.l16, 10)] {
            peers[0].change {
                $0.codec = codec
                $0.packetTime = time
                $0.payloadType = codec.staticPayloadType ?? 96
                $0.receivePayloadType = $0.payloadType
            }
            for _ in 0..<3 { peers[0].speak() }
            let others = [peers[1].frequency, peers[2].frequency]
            let images = codec == .l16 ? others.map { 8_000 - $0 } : []
            #expect(bench.talk { peers[0].hears(others, not: [peers[0].frequency] + images) }, "\(codec) \(time): \(levels(peers))")
            #expect(bench.talk { isFair(peers) }, "\(codec) \(time): \(levels(peers))")
        }
        peers[0].session.leaveRoom()
        #expect(bench.talk { isFair([peers[1], peers[2]], absent: [peers[0].frequency]) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    /// What lies above a telephone's band is heard by those who can, and folds into nothing for the others.
    @Test func aVoiceOfSixKilohertzIsHeardByWideMembersAlone() async throws {
        let bench = try RoomBench(ports: 15_680...15_699)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { try bench.call(packetTime: 20, frequency: $0 == 0 ? 6_000 : nil) }
        for peer in peers.prefix(2) {
            peer.change {
                $0.codec = .l16
                $0.payloadType = 96
                $0.receivePayloadType = 96
            }
        }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(
            bench.talk {
                peers[0].hears([peers[1].frequency, peers[2].frequency], not: [6_000])
                    && peers[1].hears([6_000, peers[2].frequency], not: [peers[1].frequency, 2_000])
                    && peers[2].hears([peers[1].frequency], not: [peers[2].frequency, 2_000])
            }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    @Test func aGainIsHeardByTheOthers() async throws {
        let bench = try RoomBench(ports: 15_700...15_719)
        let room = bench.plane.openRoom()
        let peers = try (0..<3).map { _ in try bench.call() }
        peers[0].session.gain(-6)
        for peer in peers { peer.session.join(room.id, alone: nil) }
        peers[1].session.gain(6)
        func isHeard(_ gains: [Double]) -> Bool {
            peers.indices.allSatisfy { listener in
                peers.indices.allSatisfy { talker in
                    let level = peers[listener].hears(peers[talker].frequency) ?? -200
                    return listener == talker ? level < -60 : abs(level - RoomPeer.level - gains[talker]) < 1
                }
            }
        }
        #expect(bench.talk { isHeard([-6, 6, 0]) }, "\(levels(peers))")
        peers[1].session.gain(0)
        #expect(bench.talk { isHeard([-6, 0, 0]) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }

    @Test func aLargeRoomIsNotDead() async throws {
        let bench = try RoomBench(ports: 15_720...15_739)
        let room = bench.plane.openRoom(MediaRoomSettings(everybodyUpTo: 2, talkers: 2, comfortNoise: -50))
        let peers = try (0..<3).map { _ in try bench.call() }
        peers[0].change {
            $0.codec = .l16
            $0.payloadType = 96
            $0.receivePayloadType = 96
        }
        for peer in peers {
            peer.isQuiet = true
            peer.session.join(room.id, alone: nil)
        }
        func level(_ peer: RoomPeer) -> Double {
            let last = Array(peer.heard.suffix(4_000))
            return Decibels.level(of: last, count: last.count)
        }
        #expect(bench.talk { peers.allSatisfy { $0.heard.count > 12_000 && abs(level($0) + 50) < 1.5 } }, "\(peers.map(level))")
        try await bench.finish()
        room.close()
    }

    @Test func aChimeIsHeardByAll() async throws {
        let bench = try RoomBench(ports: 15_380...15_399)
        let room = bench.plane.openRoom()
        let peers = try [20, 30].map { try bench.call(packetTime: $0) }
        for peer in peers {
            peer.isQuiet = true
            peer.session.join(room.id, alone: nil)
        }
        #expect(bench.talk(packets: 50, of: peers[0]))
        let step = 2 * Double.pi * 3_000 / 8_000
        room.play(chime: (0..<12_000).map { Int16(2_602 * sin(step * Double($0))) })
        #expect(bench.talk { peers.allSatisfy { $0.hears([3_000], not: []) } })
        #expect(bench.talk { peers.allSatisfy { $0.hears([], not: [3_000]) } })
        room.play(chime: [])
        try await bench.finish()
        room.close()
    }

    @Test func aRoomThatIsClosedSetsItsMembersFree() async throws {
        let bench = try RoomBench(ports: 15_400...15_419)
        let room = bench.plane.openRoom()
        let peers = try [20, 30, 20].map { try bench.call(packetTime: $0) }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk { isFair(peers) })
        room.close()
        room.close()
        room.play(chime: [1, 2, 3])
        let census = await bench.census()
        #expect(census == MediaCensus(sessions: 3) && bench.plane.openRooms == 0)
        peers[0].session.join(room.id, alone: nil)
        for peer in peers {
            peer.session.leaveRoom()
            peer.session.echo(true)
            peer.speak()
            peer.speak()
        }
        #expect(bench.talk { peers.allSatisfy { $0.hears([$0.frequency], not: []) } }, "each is by himself: \(levels(peers))")
        try await bench.finish()
    }

    @Test func inALargeRoomOnlyTalkersAreMixed() async throws {
        let bench = try RoomBench(ports: 15_420...15_499)
        let room = bench.plane.openRoom(MediaRoomSettings(everybodyUpTo: 4, talkers: 3))
        let peers = try (0..<8).map { _ in try bench.call() }
        for peer in peers { peer.isQuiet = true }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        #expect(bench.talk(packets: 30, of: peers[0]))
        for peer in peers.prefix(3) { peer.isQuiet = false }
        let talkers = peers.prefix(3).map(\.frequency)
        #expect(
            bench.talk {
                peers.allSatisfy { peer in
                    peer.hears(
                        talkers.filter { $0 != peer.frequency },
                        not: peers.map(\.frequency).filter { !talkers.contains($0) || $0 == peer.frequency })
                }
            }, "\(levels(peers))")
        // A fourth who is no louder does not get in; when one of the three has done, he does.
        peers[3].isQuiet = false
        #expect(bench.talk(packets: 50, of: peers[7]))
        #expect(bench.talk { peers[7].hears(talkers, not: [peers[3].frequency]) }, "\(levels(peers))")
        peers[0].isQuiet = true
        let others = [peers[1], peers[2], peers[3]].map(\.frequency)
        #expect(bench.talk { peers[7].hears(others, not: [peers[0].frequency]) }, "\(levels(peers))")
        try await bench.finish()
        room.close()
    }
}
