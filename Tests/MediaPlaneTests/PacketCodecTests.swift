import Audio
import Codecs
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// Calls whose codec is none of one octet a sample, over loopback: each hears what a call with G.711 would.
@Suite(.serialized) struct PacketCodecTests {
    static let codecs: [AudioCodec] = [.g722, .opus, .l16, .l16Narrowband]

    private func tone(_ frequency: Double, _ form: SoundForm, seconds: Int = 1) -> [Int16] {
        let step = 2 * Double.pi * frequency / Double(form.rate)
        return (0..<seconds * form.rate).map { Int16(2_602 * sin(step * Double($0))) }
    }

    @Test(arguments: codecs, [20, 60])
    func anEchoComesBack(codec: AudioCodec, packetTime: Int) async throws {
        let bench = try BridgeBench(ports: 16_100...16_109)
        let peer = try bench.call(codec: codec, packetTime: packetTime)
        peer.session.echo(true)
        #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "\(bench.levels)")
        bench.forget()
        bench.talk(beats: 120)
        #expect(peer.isContinuous && peer.hears([peer.frequency], not: []), "\(peer.stepsOfTime)")
        let statistics = try bench.rooms.hangUp(peer)
        #expect(statistics.packetsLost == 0 && statistics.jitterMilliseconds == 0, "\(statistics.jitterMilliseconds)")
        try await bench.finish()
    }

    @Test(arguments: codecs)
    func aTrackIsHeardWithAllThatTheCodecCarries(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 16_110...16_119)
        let peer = try bench.call(codec: codec)
        let frequency = codec.form == .wide ? 6_000.0 : 3_000
        let track = PlaybackTrack([EncodedAudio(encoding: tone(frequency, codec.form), form: codec.form)], rounds: nil)
        peer.session.play(track, as: PlaybackID(1))
        let rate = codec.form.rate
        let isHeard = bench.talk {
            peer.heard.count >= rate && abs((peer.hears(frequency) ?? -200) - RoomPeer.level) < 1.5
        }
        #expect(isHeard)
        try await bench.finish()
    }

    /// A track made for another codec, as after a re-INVITE in its middle, is heard all the same.
    @Test(arguments: codecs + [.pcma])
    func aTrackInAnotherFormIsConverted(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 16_120...16_129)
        let peer = try bench.call(codec: codec)
        for form in SoundForm.allCases {
            let track = PlaybackTrack([EncodedAudio(encoding: tone(1_000, form), form: form)], rounds: nil)
            peer.forget()
            peer.session.play(track, as: PlaybackID(1))
            #expect(bench.talk { abs((peer.hears(1_000) ?? -200) - RoomPeer.level) < 1.5 }, "\(form) \(peer.hears(1_000) ?? 0)")
            peer.session.stop(PlaybackID(1))
            bench.settle()
        }
        try await bench.finish()
    }

    @Test(arguments: codecs)
    func aRoomHearsAndIsHeard(codec: AudioCodec) async throws {
        let bench = try RoomBench(ports: 16_130...16_149)
        let room = bench.plane.openRoom()
        let peers = try [codec, .pcmu, codec].map { try bench.call(codec: $0) }
        for peer in peers { peer.session.join(room.id, alone: nil) }
        let isFair = bench.talk {
            peers.allSatisfy { peer in
                peer.heard.count >= 16_000
                    && peers.allSatisfy { other in
                        let level = peer.hears(other.frequency) ?? -200
                        return other === peer ? level < -50 : abs(level - RoomPeer.level) < 1.5
                    }
            }
        }
        #expect(isFair, "\(peers.map { peer in peers.map { Int(peer.hears($0.frequency) ?? -200) } })")
        try await bench.finish()
        room.close()
    }

    /// Keys bear time stamps and lengths of the codec's clock where they were negotiated with it (RFC 4733 §2.1).
    @Test(arguments: [(AudioCodec.opus, 48_000), (.opus, 8_000), (.g722, 8_000), (.l16, 16_000)])
    func keysGoOut(codec: AudioCodec, clockRate: Int) async throws {
        let bench = try BridgeBench(ports: 16_150...16_159)
        let peer = try bench.call(codec: codec)
        peer.change { $0.telephoneEventClockRate = clockRate }
        peer.session.send(keys: ["5"])
        let id = peer.session.id
        #expect(bench.talk { bench.events.count { if case .keysSent(id) = $0 { true } else { false } } == 1 })
        bench.settle()
        peer.listen()
        let keys = peer.packets.filter { $0.header?.payloadType == 101 }
        let lengths = keys.map { Int($0.payload[2]) << 8 | Int($0.payload[3]) }
        #expect(Set(keys.map { $0.header!.timestamp }).count == 1 && keys.allSatisfy { $0.payload[0] == 5 })
        #expect(lengths.last == clockRate / 10 && lengths.first == clockRate / 50, "\(lengths)")
        try await bench.finish()
    }

    @Test(arguments: codecs)
    func keysComeAsTonesWhereNothingElseWasAgreedOn(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 16_160...16_169)
        let peer = try bench.call(codec: codec)
        peer.change { ($0.telephoneEventPayloadType, $0.receiveTelephoneEventPayloadType) = (nil, nil) }
        peer.session.send(keys: ["5", "0"])
        let id = peer.session.id
        #expect(bench.talk { bench.events.count { if case .keysSent(id) = $0 { true } else { false } } == 1 })
        bench.settle()
        peer.listen()
        var detector = ToneDetector()
        var keys = ""
        // Keys are below 2 kHz: every other sample of 16 kHz will do.
        let heard = stride(from: 0, to: peer.heard.count, by: codec.form.samplesPerTick).map { peer.heard[$0] }
        heard.withUnsafeBufferPointer { heard in
            detector.listen(heard.baseAddress!, count: heard.count) { if case .down(let key, _) = $0 { keys.append(key) } }
        }
        #expect(keys == "50")
        try await bench.finish()
    }

    /// RFC 3389: what the peer says that his pauses sound like is heard in them, and nothing of it beside what he says.
    @Test(arguments: codecs + [.pcmu, .pcma])
    func aPauseSoundsAsThePeerSays(codec: AudioCodec) async throws {
        let bench = try BridgeBench(ports: 16_200...16_209)
        let peer = try bench.call(codec: codec)
        peer.session.echo(true)
        #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "\(bench.levels)")
        peer.say([40], type: 13)
        bench.talk(beats: 40) { $0.rest(160) }
        peer.forget()
        bench.talk(beats: 80) { $0.rest(160) }
        // 0 dB is the power of a square wave of full scale, 3 dB above that of a sine.
        let heard = Decibels.level(of: peer.heard, count: peer.heard.count)
        let tolerance = codec == .opus ? 4 : 1.5  // it keeps noise a little softer
        #expect(peer.heard.count >= 75 * codec.form.rate / 100 && abs(heard + 37) < tolerance, "\(heard) dB, \(peer.heard.count) samples")
        peer.say([127], type: 13)
        bench.settle()
        peer.forget()
        bench.talk(beats: 50) { $0.rest(160) }
        #expect(peer.packets.isEmpty, "silence is not sent")
        peer.say([40], type: 13)
        bench.settle()
        #expect(bench.talk { peer.hears([peer.frequency], not: [peer.frequency + 400]) }, "\(bench.levels)")
        try await bench.finish()
    }

    /// From codec to codec by re-INVITEs, in the middle of an echo.
    @Test func theCodecChangesInMidCall() async throws {
        let bench = try BridgeBench(ports: 16_170...16_179)
        let peer = try bench.call()
        peer.session.echo(true)
        for codec in [AudioCodec.opus, .pcma, .g722, .opus, .l16, .pcmu, .l16Narrowband] {
            peer.change {
                ($0.codec, $0.payloadType, $0.receivePayloadType) = (codec, codec.staticPayloadType ?? 96, codec.staticPayloadType ?? 96)
            }
            peer.forget()
            #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "\(codec) \(bench.levels)")
        }
        try await bench.finish()
    }

    /// Three packets in a row of another codec that was agreed on tell that the peer has turned to it; a straggler or two do not.
    @Test func aPeerWhoTurnsToAnotherCodecIsNoticed() async throws {
        let bench = try BridgeBench(ports: 16_190...16_199)
        let peer = try bench.call()
        peer.change { $0.otherPayloadTypes[0] = 8 }
        let id = peer.session.id
        func turns() -> Int { bench.events.count { if case .otherCodec(id, payloadType: 8) = $0 { true } else { false } } }
        var number = 0
        bench.talk(beats: 60) { peer in
            number += 1
            if number % 3 == 0 { peer.speak() } else { peer.say([UInt8](repeating: 0xD5, count: 160), type: 8) }
        }
        bench.settle()
        #expect(turns() == 0)
        bench.talk(beats: 20) { $0.say([UInt8](repeating: 0xD5, count: 160), type: 8) }
        #expect(bench.talk { turns() > 0 })
        try await bench.finish()
    }

    /// What nobody has encoded does no harm: random octets, empty packets, too long ones.
    @Test(arguments: codecs, [1 as UInt64, 2])
    func garbageDoesNoHarm(codec: AudioCodec, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = try BridgeBench(ports: 16_180...16_189)
        let peer = try bench.call(codec: codec)
        peer.session.echo(true)
        bench.talk(beats: 300) { peer in
            let octets = (0..<Int.random(in: 0...1_400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            peer.say(Bool.random(using: &random) ? octets : Array(octets.prefix(40)))
        }
        peer.forget()
        #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "seed \(seed): \(bench.levels)")
        try await bench.finish()
    }
}
