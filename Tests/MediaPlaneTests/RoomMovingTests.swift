import Codecs
import RTP
import Testing

@testable import MediaPlane

/// Sessions that go from one media thread to another, and rooms that come and go under them.
@Suite(.serialized) struct RoomMovingTests {
    @Test func aSessionThatMovesKeepsItsTimeLine() async throws {
        let bench = try RoomBench(ports: 15_500...15_519)
        let peer = try bench.call()
        let other = try bench.call()
        // Two rooms are on two threads.
        let rooms = [bench.plane.openRoom(), bench.plane.openRoom()]
        #expect(Set(rooms.map { room in bench.plane.state.withLock { $0.rooms[room.id] } }).count == 2)
        other.session.join(rooms[1].id, alone: nil)
        for turn in 0..<12 {
            peer.session.join(rooms[turn % 2].id, alone: nil)
            #expect(bench.talk(packets: 10, of: peer), "turn \(turn)")
        }
        // Twice at once, before it can have arrived anywhere.
        for turn in 0..<9 { peer.session.join(rooms[turn % 2].id, alone: nil) }
        peer.session.join(rooms[1].id, alone: nil)
        #expect(bench.talk { peer.hears([other.frequency], not: [peer.frequency]) })
        let statistics = try bench.hangUp(peer)
        // What came since; nobody is there any more to be answered.
        peer.isMute = true
        peer.answer()
        let headers = peer.headers
        #expect(Set(headers.map(\.ssrc)).count == 1)
        #expect(zip(headers, headers.dropFirst()).allSatisfy { $0.sequence.advanced(by: 1) == $1.sequence }, "no packet is missing")
        // A turn for itself between two rooms sends nothing: the time line goes on all the same.
        let steps = zip(headers, headers.dropFirst()).map { $0.timestamp.distance(to: $1.timestamp) }
        #expect(steps.allSatisfy { $0 == 160 || $0 == 320 }, "\(steps.filter { $0 != 160 })")
        #expect(statistics.packetsSent == UInt64(headers.count) && statistics.packetsLost == 0)
        try await bench.finish()
        for room in rooms { room.close() }
    }

    @Test func aTrackGoesOnThroughMoves() async throws {
        let bench = try RoomBench(ports: 15_520...15_539)
        let peer = try bench.call()
        let rooms = [bench.plane.openRoom(), bench.plane.openRoom()]
        let sound = (0..<16_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
        let track = PlaybackTrack([sound.withUnsafeBufferPointer { EncodedAudio(copying: $0, codec: .pcmu) }])
        peer.session.play(track, as: PlaybackID(3))
        var turn = 0
        let id = peer.session.id
        let isPlayed = bench.talk {
            if turn < 12 { peer.session.join(rooms[turn % 2].id, alone: nil) }
            turn += 1
            return bench.events.count { if case .playFinished(id, _) = $0 { true } else { false } } == 1
        }
        #expect(isPlayed)
        bench.peers[0].answer()
        var linear = [Int16](repeating: 0, count: sound.count)
        SampledCodec.pcmu.decode(sound, count: sound.count, into: &linear)
        // Before it stands the silence that opens a stream.
        let heard = peer.heard.drop { $0 != linear[0] }.prefix(sound.count)
        let isWhole = heard.elementsEqual(linear)
        #expect(isWhole, "not a sample is missing or doubled")
        try await bench.finish()
        for room in rooms { room.close() }
    }

    @Test func ordersForASessionThatHasEndedAreForgotten() async throws {
        let bench = try RoomBench(ports: 15_540...15_559)
        let rooms = [bench.plane.openRoom(), bench.plane.openRoom()]
        let peer = try bench.call()
        peer.session.close()
        for room in rooms { peer.session.join(room.id, alone: nil) }
        peer.session.mute(true)
        peer.session.leaveRoom()
        peer.session.close()
        let id = peer.session.id
        #expect(bench.event { if case .closed(id, _) = $0 { true } else { nil } } == true)
        // What is on its way between the threads has arrived when both have answered.
        for _ in 0..<2 { _ = await bench.census() }
        #expect(await bench.census() == MediaCensus(rooms: 2))
        bench.plane.release(id)
        peer.session.join(rooms[0].id, alone: nil)
        for room in rooms { room.close() }
        #expect(await bench.census() == MediaCensus())
        #expect(bench.plane.memory.inUse == 0)
        bench.plane.stop()
    }

    /// Anything in any order over two threads leaves nothing behind.
    @Test func aRandomWalkLeavesNothingBehind() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("aRandomWalk seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let bench = try RoomBench(ports: 15_560...15_639, isRunning: true)
        let music = [AudioCodec.pcmu, .pcma].map { codec in
            PlaybackTrack([EncodedAudio(encoding: [Int16](repeating: 900, count: 3_000), form: codec.form)], rounds: nil)
        }
        var rooms: [any MediaRoomOrders] = []
        for step in 0..<3_000 {
            let peer = bench.peers.randomElement(using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0 where bench.peers.count < 30: _ = try bench.call(codec: Bool.random(using: &random) ? .pcmu : .pcma)
            case 1 where rooms.count < 6:
                rooms.append(bench.plane.openRoom(MediaRoomSettings(everybodyUpTo: Int.random(in: 2...9, using: &random), talkers: 2)))
            case 2...9:
                guard let room = rooms.randomElement(using: &random) else { continue }
                peer?.session.join(room.id, alone: Bool.random(using: &random) ? music.randomElement(using: &random) : nil)
            case 10, 11: peer?.session.leaveRoom()
            case 12: peer?.session.mute(Bool.random(using: &random))
            case 13:
                let (time, isHeld) = (
                    [10, 20, 20, 30, 40, 60].randomElement(using: &random) ?? 20, Int.random(in: 0..<4, using: &random) == 0
                )
                let codec: AudioCodec = Bool.random(using: &random) ? .pcmu : .pcma
                peer?.change { ($0.packetTime, $0.sends, $0.receives, $0.codec) = (time, !isHeld, !isHeld, codec) }
            case 14: peer?.session.play(music[0], as: PlaybackID(UInt64(step)))
            case 15: peer?.session.echo(Bool.random(using: &random))
            case 16: rooms.randomElement(using: &random)?.play(chime: [Int16](repeating: 500, count: 500))
            case 17 where Int.random(in: 0..<4, using: &random) == 0:
                guard let index = rooms.indices.randomElement(using: &random) else { continue }
                rooms.remove(at: index).close()
            case 18 where Int.random(in: 0..<3, using: &random) == 0: if let peer { _ = try bench.hangUp(peer) }
            default:
                for peer in bench.peers {
                    peer.answer()
                    peer.speak()
                }
                // Now and then both threads have had a tick.
                if Int.random(in: 0..<3, using: &random) == 0 { _ = await bench.census() }
            }
        }
        if Bool.random(using: &random) {
            for room in rooms { room.close() }
            try await bench.finish()
        } else {
            try await bench.finish()
            for room in rooms { room.close() }
        }
        #expect(bench.plane.openRooms == 0)
    }
}
