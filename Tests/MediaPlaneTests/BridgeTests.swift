import Codecs
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// Two sessions joined, over loopback: how what one says gets to the other.
@Suite(.serialized) struct BridgeTests {
    @Test(arguments: AudioCodec.allCases)
    func whatOneSaysTheOtherHearsBitByBit(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 15_700...15_709)
        let (one, two) = try bench.pair((codec, 20), (codec, 20))
        #expect(await bench.census().relayed == 2)
        bench.settle()
        bench.forget()
        bench.talk(beats: 100)
        bench.settle()
        for (speaker, listener) in [(one, two), (two, one)] {
            #expect(speaker.said.count >= 49 && listener.packets.map(\.payload) == speaker.said)
            #expect(listener.isContinuous && listener.headers.dropFirst().allSatisfy { !$0.marker }, "\(listener.stepsOfTime)")
        }
        let statistics = try bench.rooms.hangUp(one)
        #expect(statistics.packetsReceived == Int(one.sequence) - Int(UInt16(truncatingIfNeeded: Int(one.frequency) * 97)))
        #expect(statistics.packetsLost == 0 && statistics.concealedFrames == 0)
        try await bench.finish()
    }

    @Test(arguments: [
        ((AudioCodec.pcmu, 20), (AudioCodec.pcma, 20)), ((.pcmu, 20), (.pcmu, 30)), ((.pcma, 10), (.pcmu, 60)),
        ((.pcma, 40), (.pcma, 20)), ((.opus, 20), (.pcmu, 20)), ((.g722, 20), (.pcma, 30)), ((.opus, 60), (.g722, 20)),
        ((.l16, 20), (.opus, 20)), ((.l16Narrowband, 20), (.g722, 10)),
    ])
    func otherCodecsAndPacketTimesAreTranscoded(first: (AudioCodec, Int), second: (AudioCodec, Int)) async throws {
        let bench = try BridgeBench(ports: 15_710...15_719)
        let (one, two) = try bench.pair(first, second)
        let census = await bench.census()
        #expect(census.bridged == 2 && census.relayed == 0)
        bench.forget()
        bench.talk(beats: 120)
        let isWhole =
            [one, two].allSatisfy { $0.isContinuous && $0.headers.count >= 1_100 / $0.stream.packetTime } && bench.hear(one, two)
        #expect(isWhole, "\(one.stepsOfTime) \(two.stepsOfTime) \(bench.levels)")
        for peer in [one, two] where peer.stream.codec.isSampled {
            #expect(peer.headers.allSatisfy { $0.payloadLength == peer.stream.packetTime * 8 })
        }
        try await bench.finish()
    }

    @Test func relayedPacketsAreNotHeldBack() async throws {
        let bench = try BridgeBench(ports: 15_720...15_729)
        let (one, two) = try bench.pair()
        bench.settle()
        // Read once a packet time they would wait for 10 ms on average. A pause ends with the first.
        for number in 0..<100 {
            one.speak()
            var waited = 0
            repeat {
                bench.rooms.pass(2)
                waited += 2
            } while two.socket.receive() == nil && waited < 20
            #expect(waited <= (number == 0 ? 10 : 4), "\(waited) ms")
            bench.rooms.pass(20 - waited)
        }
        try await bench.finish()
    }

    @Test func lossesPausesAndReorderingArriveAsTheyCame() async throws {
        let bench = try BridgeBench(ports: 15_730...15_739)
        let (one, two) = try bench.pair()
        bench.settle()
        two.forget()
        // Steps of the sequence, samples from the first, marker.
        let sent: [(UInt16, UInt32, Bool)] = [
            (0, 0, false), (1, 160, false), (3, 480, false), (2, 320, false), (4, 640, false), (7, 1_120, false), (8, 17_280, true),
            (9, 17_440, false), (9, 17_440, false), (11, 17_760, false), (10, 17_600, false), (12, 17_920, false),
        ]
        for (index, step) in sent.enumerated() {
            one.socket.send(
                packet(
                    [UInt8](repeating: UInt8(index), count: 160), sequence: one.sequence &+ step.0, timestamp: one.timestamp &+ step.1,
                    ssrc: UInt32(one.frequency), marker: step.2), to: one.target)
            bench.talk(beats: 2) { _ in }
        }
        bench.settle()
        let first = try #require(two.headers.first)
        #expect(two.packets.map(\.payload) == sent.indices.map { [UInt8](repeating: UInt8($0), count: 160) })
        #expect(two.headers.map { UInt16(truncatingIfNeeded: first.sequence.distance(to: $0.sequence)) } == sent.map(\.0))
        #expect(two.headers.map { UInt32(truncatingIfNeeded: first.timestamp.distance(to: $0.timestamp)) } == sent.map(\.1))
        #expect(two.headers.map(\.marker) == sent.map(\.2))
        try await bench.finish()
    }

    @Test func anotherSourceGoesOnOnOurLine() async throws {
        let bench = try BridgeBench(ports: 15_740...15_749)
        let (one, two) = try bench.pair()
        bench.settle()
        two.forget()
        for source in 1...4 {
            for index in 0..<5 {
                one.socket.send(
                    packet(
                        [UInt8](repeating: UInt8(source), count: 160), sequence: UInt16(source * 9_000 + index),
                        timestamp: UInt32(truncatingIfNeeded: source * 1_234_567_890 + 160 * index), ssrc: UInt32(source)), to: one.target)
                bench.talk(beats: 2) { _ in }
            }
        }
        bench.settle()
        #expect(two.packets.count == 20 && two.isInOrder, "\(two.stepsOfTime)")
        #expect(two.stepsOfTime.allSatisfy { $0 < 1_600 })
        #expect(two.headers.map(\.marker) == (0..<20).map { $0 % 5 == 0 })
        try await bench.finish()
    }

    /// RFC 3389 noise that was negotiated with nobody.
    @Test func comfortNoiseIsAPause() async throws {
        let bench = try BridgeBench(ports: 15_750...15_759)
        let (one, two) = try bench.pair()
        bench.settle()
        two.forget()
        bench.talk(beats: 4) { if $0 === one { $0.speak() } }
        for _ in 0..<3 {
            one.socket.send(
                packet([60], type: 13, sequence: one.sequence, timestamp: one.timestamp, ssrc: UInt32(one.frequency)), to: one.target)
            one.sequence &+= 1
            one.rest(1_600)
            bench.talk(beats: 2) { _ in }
        }
        bench.talk(beats: 4) { if $0 === one { $0.speak() } }
        bench.settle()
        #expect(two.packets.count == 4 && two.isInOrder && two.stepsOfTime == [160, 4_960, 160], "\(two.stepsOfTime)")
        let statistics = try bench.rooms.hangUp(one)
        #expect(statistics.packetsLost == 0 && statistics.ignored == 0)
        try await bench.finish()
    }
}
