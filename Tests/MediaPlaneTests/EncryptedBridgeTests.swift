import AudioFiles
import Codecs
import Foundation
import SRTP
import Testing

@testable import MediaPlane

/// Encrypted and plain sides joined: each peer gets what was agreed with him.
@Suite(.serialized) struct EncryptedBridgeTests {
    /// Keys of the two sides; nil in the clear.
    @Test(
        arguments: [
            (SRTPSuite.aes128SHA80, nil), (nil, .aeadAES128GCM), (.aes128SHA32, .aes256SHA80), (.aeadAES256GCM, .aeadAES256GCM),
        ] as [(SRTPSuite?, SRTPSuite?)])
    func relayedPacketsAreEncipheredAnew(first: SRTPSuite?, second: SRTPSuite?) async throws {
        let bench = try BridgeBench(ports: 16_460...16_469)
        let (one, two) = try bench.pair()
        bench.settle()
        try one.encrypt(with: first.map { SecretPeer.keys($0, seed: 1) })
        try two.encrypt(with: second.map { SecretPeer.keys($0, seed: 2) })
        #expect(await bench.census().relayed == 2)
        bench.settle()
        bench.forget()
        bench.talk(beats: 100)
        bench.settle()
        for (speaker, listener) in [(one, two), (two, one)] {
            #expect(speaker.said.count >= 49 && listener.packets.count == speaker.said.count, "\(listener.packets.count)")
            #expect(listener.packets.map(\.payload) == speaker.said)
            #expect(listener.isContinuous, "\(listener.stepsOfTime)")
        }
        one.press(5)
        bench.settle()
        #expect(two.packets.contains { $0.header?.payloadType == 101 }, "a key goes on too")
        #expect(try bench.rooms.hangUp(one).unauthenticated == 0)
        try await bench.finish()
    }

    @Test func transcodedSoundIsEncipheredToo() async throws {
        let bench = try BridgeBench(ports: 16_470...16_479)
        let (one, two) = try bench.pair((.pcmu, 20), (.pcma, 30))
        try one.encrypt(with: SecretPeer.keys(seed: 1))
        bench.settle()
        bench.forget()
        #expect(bench.talk { bench.hear(one, two) }, "\(bench.levels)")
        try await bench.finish()
    }

    @Test func aRecordingOfAPlainSideIsNotOfWhatTheEncryptedSideGets() async throws {
        let folder = try ScratchFolder()
        let bench = try BridgeBench(ports: 16_480...16_489)
        let (one, two) = try bench.pair()
        try two.encrypt(with: SecretPeer.keys(seed: 2))
        let writer = bench.plane.writer
        try #require(writer.start())
        let handle = try writer.open(folder.path + "/plain.wav", format: RecordingFormat())
        bench.settle()
        one.forget()
        one.session.record(RecordingTapOrder(handle: handle, maximum: 60_000, silence: nil))
        _ = await bench.census()
        bench.talk(beats: 100)
        bench.settle()
        let said = one.said
        one.session.stopRecording()
        let id = one.session.id
        let result = try #require(bench.rooms.event { if case .recordingEnded(id, let result) = $0 { result } else { nil } })
        #expect(result.samples >= 160 * 40 && result.samplesToLastSpeech >= result.samples - 1_600)
        #expect(said.count >= 49)
        _ = await withCheckedContinuation { done in writer.finish(handle) { done.resume(returning: (try? $0.get())?.samples) } }
        let file = try AudioFileReader.read(folder.path + "/plain.wav", rate: 8_000).samples
        #expect(level(of: one.frequency, in: file.suffix(6_400)) > RoomPeer.level - 3, "the tone, not noise")
        writer.stop()
        try await bench.finish()
    }

    @Test func aRoomOfEncryptedAndPlainCallers() async throws {
        let bench = try RoomBench(ports: 16_490...16_499)
        let room = bench.plane.openRoom(MediaRoomSettings())
        let peers = [try bench.call(), try bench.call(packetTime: 40), try bench.call(codec: .pcma)]
        for peer in peers { peer.session.join(room.id, alone: nil) }
        try peers[0].encrypt(with: SecretPeer.keys(.aeadAES128GCM, seed: 1))
        try peers[1].encrypt(with: SecretPeer.keys(seed: 2))
        #expect(
            bench.talk {
                peers.allSatisfy { peer in
                    peer.hears(peers.filter { $0 !== peer }.map(\.frequency), not: [peer.frequency])
                }
            })
        room.close()
        try await bench.finish()
    }
}
