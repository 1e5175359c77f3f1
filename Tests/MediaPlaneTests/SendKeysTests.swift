import Audio
import Codecs
import RTP
import Testing

@testable import MediaPlane

/// Telephone keys on the wire, with the timing of RFC 4733 §2.5.
@Suite struct SendKeysTests {
    private final class Bench {
        let ours: LoopbackSocket
        let peer: LoopbackSocket
        var path = SendPath(ssrc: 7, sequence: 10, timestamp: 1_000)
        let stream: MediaStream
        var now: Int64 = 100_000_000_000

        init(packetTime: Int = 20, payloadType: UInt8? = 101) throws {
            ours = try LoopbackSocket()
            peer = try LoopbackSocket()
            stream = MediaStream(
                remote: peer.address, remoteRTCP: nil, codec: .pcma, payloadType: 8, receivePayloadType: 8,
                telephoneEventPayloadType: payloadType, receiveTelephoneEventPayloadType: nil, packetTime: packetTime, sends: true,
                receives: true)
        }

        /// What each turn sent (nil for nothing), up to and with the one that tells that all keys were sent.
        func turnsUntilSent(limit: Int = 300) -> [LoopbackSocket.Packet?]? {
            var turns: [LoopbackSocket.Packet?] = []
            for _ in 0..<limit {
                let outcome = turn()
                turns.append(peer.receive())
                if case .keysSent = outcome { return turns }
            }
            return nil
        }

        func turn() -> SendPath.Outcome {
            var buffer = [UInt8](repeating: 0, count: SendPath.capacity)
            defer { now += Int64(stream.packetTime) * 1_000_000 }
            return buffer.withUnsafeMutableBytes {
                path.turn(
                    stream: stream, coder: nil, latch: PeerLatch(aimedAt: peer.address), socket: ours.socket, now: now, live: nil,
                    buffer: $0.baseAddress!)
            }
        }
    }

    private static func event(_ packet: LoopbackSocket.Packet?) -> TelephoneEvent? {
        packet.flatMap { packet in packet.payload.withUnsafeBytes { TelephoneEvent.parse($0) } }
    }

    @Test func oneKey() throws {
        let bench = try Bench()
        bench.path.queue(keys: ["5"])
        let turns = try #require(bench.turnsUntilSent())
        let packets = turns.compactMap { $0 }
        let events = packets.compactMap(Self.event)
        #expect(events.map(\.digit) == [Character](repeating: "5", count: 7))
        #expect(events.map(\.duration) == [160, 320, 480, 640, 800, 800, 800])
        #expect(events.map(\.isEnd) == [false, false, false, false, true, true, true], "the end is sent three times")
        let headers = packets.compactMap(\.header)
        #expect(headers.allSatisfy { $0.payloadType == 101 && $0.timestamp == RTPTimestamp(1_000) }, "the time of the key's start")
        #expect(headers.map(\.marker) == [true] + [Bool](repeating: false, count: 6))
        #expect(headers.map(\.sequence.rawValue) == Array(10...16))
        #expect(turns.count == 13 && turns[7...].allSatisfy { $0 == nil }, "100 ms of pause and one turn behind the key")
    }

    @Test func keysFollowEachOtherAfterAPause() throws {
        let bench = try Bench()
        bench.path.queue(keys: ["1", "#"])
        bench.path.queue(keys: ["A"])
        let turns = try #require(bench.turnsUntilSent())
        let starts = turns.enumerated().filter { $0.element?.header?.marker == true }.map(\.offset)
        #expect(starts.compactMap { Self.event(turns[$0])?.digit } == ["1", "#", "A"])
        #expect(zip(starts.dropFirst(), starts).allSatisfy { $0 - $1 >= 10 }, "100 ms of key and 100 ms of pause at least: \(starts)")
        for (index, start) in starts.enumerated() {
            #expect(turns[start]?.header?.timestamp == RTPTimestamp(1_000).advanced(by: 160 * start), "key \(index)")
        }
    }

    @Test func aCommaIsHalfASecond() throws {
        let bench = try Bench()
        bench.path.queue(keys: ["1", ",", "2"])
        let starts = try #require(bench.turnsUntilSent()).enumerated().filter { $0.element?.header?.marker == true }.map(\.offset)
        try #require(starts.count == 2)
        #expect((36...40).contains(starts[1] - starts[0]), "7 packets, 100 ms, 500 ms: \(starts)")
    }

    @Test func whatIsNoKeyIsPassedOver() throws {
        let bench = try Bench()
        bench.path.queue(keys: ["1", "x", " ", "é", "2"])
        let starts = try #require(bench.turnsUntilSent()).enumerated().filter { $0.element?.header?.marker == true }.map(\.offset)
        try #require(starts.count == 2)
        #expect(starts[1] - starts[0] <= 14, "without the half second of a comma: \(starts)")
    }

    @Test(arguments: [10, 30, 60])
    func otherPacketTimes(packetTime: Int) throws {
        let bench = try Bench(packetTime: packetTime)
        bench.path.queue(keys: ["*"])
        let events = try #require(bench.turnsUntilSent()).compactMap(Self.event)
        let step = packetTime * 8
        let updates = (800 + step - 1) / step
        #expect(events.count == updates + 2)
        #expect(events.map { Int($0.duration) } == (1...updates).map { min($0 * step, 800) } + [800, 800])
        #expect(events.filter(\.isEnd).count == 3)
    }

    @Test func aTrackWaitsForTheKeys() throws {
        let bench = try Bench()
        let clip = [UInt8](0..<160).withUnsafeBufferPointer { EncodedAudio(copying: $0, codec: .pcma) }
        let track = PlaybackTrack([clip])
        bench.path.queue(keys: ["9"])
        bench.path.play(track, id: PlaybackID(1))
        let turns = try #require(bench.turnsUntilSent())
        #expect(turns.compactMap { $0 }.allSatisfy { $0.header?.payloadType == 101 })
        _ = bench.turn()
        let packet = try #require(bench.peer.receive())
        #expect(packet.payload == [UInt8](0..<160) && packet.header?.marker == true)
    }

    /// Where telephone events were not negotiated: in whole packets of sound that follow each other, as a detector hears them.
    @Test(arguments: [10, 20, 30, 60]) func asTones(packetTime: Int) throws {
        let bench = try Bench(packetTime: packetTime, payloadType: nil)
        bench.path.queue(keys: Array("0123456789*#ABCD,5"))
        let track = PlaybackTrack([[UInt8](0..<160).withUnsafeBufferPointer { EncodedAudio(copying: $0, codec: .pcma) }])
        bench.path.play(track, id: PlaybackID(1))
        let packets = try #require(bench.turnsUntilSent(limit: 1_000)).compactMap { $0 }
        #expect(packets.allSatisfy { $0.payload.count == 8 * packetTime && $0.header?.payloadType == 8 })
        #expect(packets.dropFirst().allSatisfy { $0.header?.marker == false })
        let bytes = packets.flatMap(\.payload)
        var samples = [Int16](repeating: 0, count: bytes.count)
        SampledCodec.pcma.decode(bytes, count: bytes.count, into: &samples)
        var detector = ToneDetector()
        var pressed: [(key: Character, offset: Int)] = []
        detector.listen(samples, count: samples.count) { if case .down(let key, let offset) = $0 { pressed.append((key, offset)) } }
        #expect(String(pressed.map(\.key)) == "0123456789*#ABCD5")
        #expect(zip(pressed.dropFirst(), pressed).allSatisfy { $0.offset - $1.offset >= 1_550 })
        #expect(pressed.suffix(2).map(\.offset).reduce(0) { $1 - $0 } > 5_500, "the comma")
        _ = bench.turn()
        #expect(bench.peer.receive()?.payload.prefix(80) == [UInt8](0..<80)[...], "then the track goes on")
    }
}
