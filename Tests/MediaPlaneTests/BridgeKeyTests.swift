import Codecs
import RTP
import Testing

@testable import MediaPlane

/// Telephone keys over a bridge: told to the owner, and passed on where they are wanted.
@Suite(.serialized) struct BridgeKeyTests {
    /// The packets of one press of 160 ms, as `peer` sends them, and what the time line of its sound does meanwhile.
    private func press(_ key: UInt8, _ peer: RoomPeer, _ bench: BridgeBench, others: (RoomPeer) -> Void = { $0.speak() }) {
        var step = 0
        bench.talk(beats: 20) { caller in
            guard caller === peer else { return others(caller) }
            step += 1
            if step <= 8 {
                peer.hold(key, for: UInt16(160 * step), isEnd: step == 8, marker: step == 1)
                if step == 8 { for _ in 0..<2 { peer.hold(key, for: 1_280, isEnd: true) } }
            } else {
                if step == 9 { peer.rest(1_280) }
                peer.speak()
            }
        }
    }

    private func digits(_ bench: BridgeBench, of peer: RoomPeer) -> Int {
        let id = peer.session.id
        return bench.events.count { if case .digit(id, _) = $0 { true } else { false } }
    }

    private func keys(_ peer: RoomPeer) -> [LoopbackSocket.Packet] {
        peer.packets.filter { $0.header?.payloadType == peer.stream.telephoneEventPayloadType }
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma], [101, 96] as [UInt8])
    func aKeyGoesOnOnceWithItsLength(codec: AudioCodec, type: UInt8) async throws {
        let bench = try BridgeBench(ports: 15_800...15_809)
        let one = try bench.call()
        let two = try bench.call(codec: codec, keys: type)
        two.session.bridge(to: one.session)
        #expect(bench.talk { bench.hear(one, two) })
        two.forget()
        press(5, one, bench)
        press(11, one, bench)
        bench.settle()
        let passed = keys(two)
        let durations = (1...8).map { UInt16(160 * $0) } + [1_280, 1_280]
        let events = passed.compactMap { packet in packet.payload.withUnsafeBytes { TelephoneEvent.parse($0) } }
        #expect(events.map(\.duration) == durations + durations)
        #expect(events.map(\.code) == [UInt8](repeating: 5, count: 10) + [UInt8](repeating: 11, count: 10))
        #expect(events.map(\.isEnd) == (0..<20).map { $0 % 10 >= 7 })
        #expect(passed.map { $0.header?.marker } == (0..<20).map { $0 % 10 == 0 })
        #expect(Set(passed.prefix(10).map { $0.header?.timestamp }).count == 1)
        #expect(Set(passed.map { $0.header?.timestamp }).count == 2)
        #expect(digits(bench, of: one) == 2 && digits(bench, of: two) == 0)
        // Among the sound: one sequence, and the sound goes on behind the key's time.
        #expect(two.isInOrder, "\(two.stepsOfTime)")
        var receiver = TelephoneEventReceiver()
        var heard = ""
        for packet in passed {
            guard let header = packet.header else { continue }
            let key = packet.payload.withUnsafeBytes {
                receiver.receive(payload: $0, timestamp: header.timestamp, marker: header.marker, at: .init(nanoseconds: 0))
            }
            if let key { heard.append(key) }
        }
        #expect(heard == "5#")
        try await bench.finish()
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func keysAreKeptBackWhereTheyAreNotWanted(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 15_810...15_819)
        let (one, two) = try bench.pair((.pcmu, 20), (codec, 20), passDigits: false)
        two.forget()
        press(1, one, bench)
        press(2, one, bench)
        bench.settle()
        #expect(keys(two).isEmpty && digits(bench, of: one) == 2)
        #expect(two.isInOrder, "nobody takes them for lost: \(two.headers.map(\.sequence.rawValue))")
        // Changed while they talk.
        two.session.bridge(to: one.session, passDigits: true)
        _ = await bench.census()
        two.forget()
        press(3, one, bench)
        bench.settle()
        #expect(keys(two).count == 10 && digits(bench, of: one) == 3 && two.isInOrder)
        // A peer that has not agreed to them gets none.
        two.change { $0.telephoneEventPayloadType = nil }
        _ = await bench.census()
        two.forget()
        press(4, one, bench)
        bench.settle()
        #expect(two.packets.allSatisfy { $0.header?.payloadType == two.stream.payloadType } && digits(bench, of: one) == 4)
        #expect(two.isInOrder)
        try await bench.finish()
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func keysGoOnUnderATrack(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 15_820...15_829)
        let (one, two) = try bench.pair((.pcmu, 20), (codec, 20))
        let music = PlaybackTrack([EncodedAudio(encoding: [Int16](repeating: 700, count: 800), form: codec.form)], rounds: nil)
        two.session.play(music, as: PlaybackID(1))
        _ = await bench.census()
        bench.talk(beats: 10)
        two.forget()
        press(7, one, bench)
        bench.settle()
        #expect(keys(two).count == 10 && Set(keys(two).map { $0.header?.timestamp }).count == 1 && two.isInOrder)
        // In the middle of a press the track ends: the rest of it belongs to the same.
        two.forget()
        var step = 0
        bench.talk(beats: 20) { caller in
            guard caller === one else { return }
            step += 1
            if step == 4 { two.session.stop(PlaybackID(1)) }
            one.hold(8, for: UInt16(160 * step), isEnd: step >= 8, marker: step == 1)
        }
        bench.settle()
        #expect(keys(two).count == 10 && Set(keys(two).map { $0.header?.timestamp }).count == 1 && two.isInOrder)
        #expect(digits(bench, of: one) == 2)
        try await bench.finish()
    }

    @Test func keysOfOursComeFirst() async throws {
        let bench = try BridgeBench(ports: 15_830...15_839)
        let (one, two) = try bench.pair()
        two.forget()
        two.session.send(keys: ["1", "2"])
        let id = two.session.id
        #expect(bench.talk { bench.events.count { if case .keysSent(id) = $0 { true } else { false } } == 1 })
        bench.settle()
        let codes = keys(two).map { $0.payload[0] }
        #expect(Set(codes) == [1, 2] && two.isInOrder, "\(codes)")
        two.forget()
        #expect(bench.talk { bench.hear(one, two) })
        #expect(two.isContinuous)
        try await bench.finish()
    }
}
