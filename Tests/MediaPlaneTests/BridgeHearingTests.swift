import Codecs
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// Who hears what over a bridge: on hold, under a track, muted, after a re-INVITE.
@Suite(.serialized) struct BridgeHearingTests {
    @Test func onHoldNothingIsHeardOrSent() async throws {
        let bench = try BridgeBench(ports: 15_760...15_769)
        for second in [(AudioCodec.pcmu, 20), (.pcma, 20)] {
            let (one, two) = try bench.pair((.pcmu, 20), second)
            // Music instead: the other one is heard, and hears nothing.
            two.change { ($0.sends, $0.receives) = (true, false) }
            bench.settle()
            one.forget()
            two.forget()
            bench.talk(beats: 60)
            #expect(one.packets.isEmpty && two.headers.count > 20, "\(one.packets.count) \(two.headers.count)")
            two.change { ($0.sends, $0.receives) = (false, false) }
            bench.settle()
            two.forget()
            bench.talk(beats: 60)
            #expect(one.packets.isEmpty && two.packets.isEmpty)
            two.change { ($0.sends, $0.receives) = (true, true) }
            #expect(bench.talk { bench.hear(one, two) }, "\(bench.levels)")
            #expect(one.isInOrder && two.isInOrder)
            _ = try bench.rooms.hangUp(one)
            _ = try bench.rooms.hangUp(two)
        }
        try await bench.finish()
    }

    /// A tone of whole periods, encoded.
    private func track(_ frequency: Double, _ codec: AudioCodec, samples: Int = 8_000, rounds: Int?) -> PlaybackTrack {
        let step = 2 * Double.pi * frequency / 8_000
        return PlaybackTrack(
            [EncodedAudio(encoding: (0..<samples).map { Int16(2_602 * sin(step * Double($0))) }, form: codec.form)], rounds: rounds)
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func aTrackIsHeardInsteadOfTheOther(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 15_770...15_779)
        let (one, two) = try bench.pair((.pcmu, 20), (codec, 20))
        bench.forget()
        let music = track(3_000, .pcmu, rounds: nil)
        one.session.play(music, as: PlaybackID(9))
        #expect(bench.talk { one.hears([3_000], not: [two.frequency]) }, "\(bench.levels)")
        #expect(bench.talk { two.hears([one.frequency], not: [3_000]) }, "he goes on being heard")
        one.session.stop(PlaybackID(9))
        #expect(bench.talk { one.hears([two.frequency], not: [3_000]) }, "\(bench.levels)")
        let word = track(2_000, .pcmu, samples: 1_600, rounds: 1)
        let id = one.session.id
        one.session.play(word, as: PlaybackID(10))
        #expect(bench.talk { bench.events.count { if case .playFinished(id, PlaybackID(10)) = $0 { true } else { false } } == 1 })
        #expect(bench.talk { one.hears([two.frequency], not: [2_000]) }, "by itself again when the track has ended")
        #expect(one.isInOrder && two.isContinuous, "\(one.stepsOfTime.filter { $0 != 160 }) \(two.stepsOfTime.filter { $0 != 160 })")
        #expect(one.stepsOfTime.allSatisfy { $0 < 1_600 }, "the line follows the clock")
        try await bench.finish()
    }

    @Test func theLineRunsOnWhileNobodySpeaks() async throws {
        let bench = try BridgeBench(ports: 16_050...16_059)
        let (one, two) = try bench.pair()
        #expect(await bench.census().relayed == 2)
        bench.settle()
        one.forget()
        bench.talk(beats: 4)
        bench.talk(beats: 80) { $0.rest($0.stream.packetTime * 8) }
        let word = track(2_000, .pcmu, samples: 1_600, rounds: 1)
        one.session.play(word, as: PlaybackID(4))
        let id = one.session.id
        #expect(bench.talk { bench.events.count { if case .playFinished(id, _) = $0 { true } else { false } } == 1 })
        one.listen()
        // 800 ms and more of silence stand before the track, and nowhere else.
        let pauses = one.stepsOfTime.filter { $0 != 160 }
        #expect(one.isInOrder && (pauses.max() ?? 0) >= 6_000, "\(one.stepsOfTime)")
        withExtendedLifetime(two) {}
        try await bench.finish()
    }

    @Test func aReInviteDecidesAnew() async throws {
        let bench = try BridgeBench(ports: 15_780...15_789)
        let (one, two) = try bench.pair()
        for (codec, time, isRelayed) in [
            (AudioCodec.pcma, 20, false), (.pcma, 30, false), (.pcmu, 30, false), (.pcmu, 20, true), (.pcmu, 60, false),
            (.pcmu, 20, true),
        ] {
            one.change {
                ($0.codec, $0.payloadType, $0.receivePayloadType, $0.packetTime) = (
                    codec, (codec.staticPayloadType ?? 96), (codec.staticPayloadType ?? 96), time
                )
            }
            bench.forget()
            #expect(bench.talk { bench.hear(one, two) }, "\(codec) \(time): \(bench.levels)")
            #expect(await bench.census().relayed == (isRelayed ? 2 : 0))
            #expect(one.isInOrder && two.isInOrder, "\(codec) \(time) \(one.stepsOfTime) \(two.stepsOfTime)")
        }
        // Other numbers for the same codecs: each peer is sent its own.
        one.change { ($0.payloadType, $0.receivePayloadType) = (96, 97) }
        bench.settle()
        two.forget()
        one.forget()
        bench.talk(beats: 20) { peer in
            guard peer === one else { return peer.speak() }
            peer.socket.send(
                packet(
                    [UInt8](repeating: 3, count: 160), type: 97, sequence: peer.sequence, timestamp: peer.timestamp,
                    ssrc: UInt32(peer.frequency)), to: peer.target)
            peer.sequence &+= 1
            peer.rest(160)
        }
        bench.settle()
        #expect(one.headers.count == 10 && one.headers.allSatisfy { $0.payloadType == 96 })
        #expect(two.headers.count == 10 && two.headers.allSatisfy { $0.payloadType == 0 })
        try await bench.finish()
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func eachLegHasItsOwnReportsAndItsOwnSilence(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 16_040...16_049, silenceLimit: 1)
        let (one, two) = try bench.pair((.pcmu, 20), (codec, 20))
        let (first, second) = (one.session.id, two.session.id)
        func silences(_ id: MediaSessionID) -> Int { bench.events.count { if case .silent(id) = $0 { true } else { false } } }
        // Two says nothing: that is told of two alone.
        two.isMute = true
        let before = silences(first)
        let told = silences(second)
        #expect(bench.talk { silences(second) > told })
        #expect(silences(first) == before)
        bench.settle()
        let last = try #require(two.headers.last)
        let statistics = try bench.rooms.hangUp(two)
        two.listen()
        let report = try #require(two.reports.last, "a last one")
        #expect(report.ssrc == last.ssrc && UInt64(report.packets) == statistics.packetsSent)
        #expect((-8_000...80_000).contains(last.timestamp.distance(to: report.timestamp)), "on the time line of what was sent")
        try await bench.finish()
    }

    @Test func aMutedSideHearsAndIsNotHeard() async throws {
        let bench = try BridgeBench(ports: 15_790...15_799)
        for second in [(AudioCodec.pcmu, 20), (.pcma, 20)] {
            let (one, two) = try bench.pair((.pcmu, 20), second)
            one.session.mute(true)
            bench.settle()
            one.forget()
            two.forget()
            bench.talk(beats: 60)
            #expect(two.packets.isEmpty && one.headers.count > 20)
            one.session.mute(false)
            #expect(bench.talk { bench.hear(one, two) })
            _ = try bench.rooms.hangUp(one)
            _ = try bench.rooms.hangUp(two)
        }
        try await bench.finish()
    }
}
