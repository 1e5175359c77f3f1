import AudioFiles
import Codecs
import RTP
import Testing

@testable import MediaPlane

/// Bridges that come and go, over two threads.
@Suite(.serialized) struct BridgeMovingTests {
    private func worker(of peer: RoomPeer, _ bench: BridgeBench) -> Int? {
        let id = peer.session.id
        return bench.plane.state.withLock { $0.open[id]?.worker }
    }

    @Test func aSessionThatMovesKeepsItsTimeLine() async throws {
        let bench = try BridgeBench(ports: 15_840...15_859)
        let peers = try (0..<5).map { _ in try bench.call(packetTime: 20) }
        #expect(Set(peers.map { worker(of: $0, bench) }).count == 2)
        var random = SystemRandomNumberGenerator()
        for turn in 0..<12 {
            let pair = peers.shuffled(using: &random)
            pair[0].session.bridge(to: pair[1].session)
            pair[2].session.bridge(to: pair[3].session)
            for peer in peers { peer.forget() }
            #expect(bench.talk { bench.hear(pair[0], pair[1]) && bench.hear(pair[2], pair[3]) }, "turn \(turn): \(bench.levels)")
            #expect(worker(of: pair[0], bench) == worker(of: pair[1], bench))
            #expect(peers.allSatisfy { $0.isInOrder }, "turn \(turn)")
            pair[4].forget()
            bench.talk(beats: 10)
            #expect(pair[4].heard.allSatisfy { $0 == 0 }, "who is left over hears nothing")
        }
        let census = await bench.census()
        #expect(census.bridged == 4 && census.relayed == 4 && census.expected == 0)
        try await bench.finish()
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma], [true, false])
    func whoStaysIsWholeAndHearsNothing(codec: AudioCodec, isClosed: Bool) async throws {
        let bench = try BridgeBench(ports: 15_860...15_879)
        for isFirst in [true, false] {
            let (one, two) = try bench.pair((.pcmu, 20), (codec, 20))
            let (gone, left) = isFirst ? (one, two) : (two, one)
            if isClosed { _ = try bench.rooms.hangUp(gone) } else { gone.session.unbridge() }
            bench.settle()
            let last = left.headers.last
            left.forget()
            bench.talk(beats: 60)
            #expect(left.packets.isEmpty, "\(left.packets.count)")
            let music = PlaybackTrack([EncodedAudio(encoding: [Int16](repeating: 700, count: 1_600), form: left.stream.form)])
            left.session.play(music, as: PlaybackID(3))
            let id = left.session.id
            #expect(bench.talk { bench.events.count { if case .playFinished(id, _) = $0 { true } else { false } } == 1 })
            left.listen()
            #expect(left.isContinuous && left.headers.first?.marker == true && left.headers.count == 10)
            // As much time has passed on its line as by the clock, within what a busy machine does.
            if let last, let next = left.headers.first {
                let passed = last.timestamp.distance(to: next.timestamp)
                #expect((4_800...24_000).contains(passed), "\(passed)")
            }
            if !isClosed {
                left.session.echo(true)
                left.forget()
                #expect(bench.talk { left.hears([left.frequency], not: []) })
            }
            _ = try bench.rooms.hangUp(left)
            if !isClosed { _ = try bench.rooms.hangUp(gone) }
        }
        try await bench.finish()
    }

    @Test func aRoomAndABridgeFollowEachOther() async throws {
        let bench = try BridgeBench(ports: 15_880...15_899)
        let (one, two) = try bench.pair()
        let three = try bench.call(codec: .pcma)
        let room = bench.plane.openRoom()
        for peer in [one, three] { peer.session.join(room.id, alone: nil) }
        #expect(await bench.census().bridged == 0)
        #expect(bench.talk { bench.hear(one, three) }, "\(bench.levels)")
        two.session.bridge(to: three.session)
        #expect(bench.talk { bench.hear(two, three) }, "\(bench.levels)")
        let census = await bench.census()
        #expect(census.bridged == 2 && census.members == 1)
        room.close()
        three.session.echo(true)
        three.forget()
        #expect(bench.talk { bench.hear(two, three) }, "no echo on a bridge")
        try await bench.finish()
    }

    /// The later order holds, also where the earlier one had to wait for a session on its way.
    @Test func ordersDoNotOvertakeEachOther() async throws {
        let bench = try BridgeBench(ports: 15_900...15_929)
        var peers = try (0..<6).map { _ in try bench.call() }
        let room = bench.plane.openRoom()
        for _ in 0..<40 {
            peers.shuffle()
            peers[0].session.bridge(to: peers[1].session)
            peers[1].session.unbridge()
            peers[2].session.bridge(to: peers[3].session)
            peers[3].session.join(room.id, alone: nil)
            peers[4].session.bridge(to: peers[5].session)
            peers[5].session.unbridge()
            peers[5].session.bridge(to: peers[4].session, passDigits: false)
            let census = await bench.census()
            #expect(census.bridged == 2 && census.members == 1 && census.expected == 0, "\(census)")
            peers[3].session.leaveRoom()
            peers[4].session.unbridge()
            #expect(await bench.census().bridged == 0)
        }
        // With itself, and with one of another plane, nothing happens.
        peers[0].session.bridge(to: peers[0].session)
        let other = try BridgeBench(ports: 15_930...15_939)
        let stranger = try other.call()
        peers[0].session.bridge(to: stranger.session)
        #expect(await bench.census().bridged == 0)
        #expect(await other.census().bridged == 0)
        try await other.finish()
        // One that is closed, or released.
        let gone = peers.removeLast()
        gone.session.close()
        peers[0].session.bridge(to: gone.session)
        let id = gone.session.id
        #expect(bench.rooms.event { if case .closed(id, _) = $0 { true } else { nil } } == true)
        _ = try bench.rooms.hangUp(gone)
        peers[1].session.bridge(to: gone.session)
        #expect(await bench.census().bridged == 0)
        room.close()
        try await bench.finish()
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func aRecordingHoldsItsOwnPeer(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 15_940...15_959)
        let folder = try ScratchFolder()
        try #require(bench.plane.writer.start())
        let (one, two) = try bench.pair((.pcmu, 20), (codec, 20))
        let handle = try bench.plane.writer.open(folder.path + "/said.wav", format: RecordingFormat())
        one.session.record(RecordingTapOrder(handle: handle, maximum: 60_000, silence: nil))
        one.forget()
        two.forget()
        bench.talk(beats: 150)
        #expect(bench.hear(one, two) && one.isContinuous && two.isContinuous, "a recording is not heard")
        #expect(await bench.census().relayed == (codec == .pcmu ? 2 : 0))
        one.session.stopRecording()
        let id = one.session.id
        let result = try #require(bench.rooms.event { if case .recordingEnded(id, let result) = $0 { result } else { nil } })
        #expect(result.samples >= 10_000)
        let finished = await withCheckedContinuation { continuation in
            bench.plane.writer.finish(handle) { continuation.resume(returning: try? $0.get()) }
        }
        #expect(finished?.samples == result.samples)
        let file = try AudioFileReader.read(folder.path + "/said.wav", rate: 8_000).samples
        #expect(abs(level(of: one.frequency, in: file.suffix(6_400)) - RoomPeer.level) < 1)
        #expect(level(of: two.frequency, in: file.suffix(6_400)) < -60)
        try await bench.finish()
        bench.plane.writer.stop()
    }

    /// Anything in any order over two threads leaves nothing behind.
    @Test func aRandomWalkLeavesNothingBehind() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("aRandomWalk of bridges seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let bench = try BridgeBench(ports: 15_960...16_039, isRunning: true)
        let music = [AudioCodec.pcmu, .pcma].map { codec in
            PlaybackTrack([EncodedAudio(encoding: [Int16](repeating: 900, count: 3_000), form: codec.form)], rounds: nil)
        }
        let room = bench.plane.openRoom()
        for step in 0..<3_000 {
            let peer = bench.callers.randomElement(using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0 where bench.callers.count < 24: _ = try bench.call(codec: Bool.random(using: &random) ? .pcmu : .pcma)
            case 1...6:
                guard let other = bench.callers.randomElement(using: &random) else { continue }
                peer?.session.bridge(to: other.session, passDigits: Bool.random(using: &random))
            case 7: peer?.session.unbridge()
            case 8: peer?.session.join(room.id, alone: Bool.random(using: &random) ? music[0] : nil)
            case 9: peer?.session.leaveRoom()
            case 10: peer?.session.mute(Bool.random(using: &random))
            case 11, 12:
                let (time, isHeld) = ([10, 20, 20, 20, 30, 60].randomElement(using: &random) ?? 20, Int.random(in: 0..<4, using: &random))
                let codec: AudioCodec = Bool.random(using: &random) ? .pcmu : .pcma
                peer?.change {
                    ($0.packetTime, $0.sends, $0.receives, $0.codec) = (time, isHeld != 0, isHeld != 1, codec)
                    ($0.payloadType, $0.receivePayloadType) = ((codec.staticPayloadType ?? 96), (codec.staticPayloadType ?? 96))
                }
            case 13: peer?.session.play(music[0], as: PlaybackID(UInt64(step)))
            case 14: peer?.session.send(keys: ["1", ",", "2"])
            case 15: peer?.session.echo(Bool.random(using: &random))
            case 16: peer?.hold(UInt8.random(in: 0...20, using: &random), for: 160, isEnd: Bool.random(using: &random), marker: true)
            case 17 where Int.random(in: 0..<3, using: &random) == 0: if let peer { _ = try bench.rooms.hangUp(peer) }
            default:
                for peer in bench.callers {
                    peer.listen()
                    peer.speak()
                }
                // Now and then both threads have had a tick.
                if Int.random(in: 0..<3, using: &random) == 0 { _ = await bench.census() }
            }
        }
        let census = await bench.census()
        #expect(census.bridged % 2 == 0 && census.expected == 0 && census.sessions == bench.callers.count)
        for peer in bench.callers { #expect(Set(peer.packets.compactMap { $0.header?.ssrc }).count <= 1) }
        room.close()
        try await bench.finish()
    }
}
