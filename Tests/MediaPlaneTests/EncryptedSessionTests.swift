import Codecs
import Foundation
import RTP
import SRTP
import Testing

@testable import MediaPlane

/// Sessions whose packets are encrypted, against a peer that has the keys, and against others that have not.
@Suite(.serialized) struct EncryptedSessionTests {
    @Test(arguments: SRTPSuite.allCases) func theEchoOfAnEncryptedCallIsEncrypted(suite: SRTPSuite) async throws {
        let bench = try RoomBench(ports: 16_400...16_409)
        let peer = try bench.call()
        peer.session.echo(true)
        try peer.encrypt(with: SecretPeer.keys(suite))
        _ = await bench.census()
        peer.speak()
        #expect(bench.talk { peer.hears([peer.frequency], not: []) })
        let secret = try #require(peer.socket.secret)
        #expect(peer.packets.last.map { $0.bytes.count + suite.tagLength } == secret.lastReceived.count)
        #expect(peer.packets.last?.bytes[12..<172] != secret.lastReceived[12..<172])
        let unreadable = secret.unreadable
        let statistics = try bench.hangUp(peer)
        // Before the keys came the session was in the clear; the last report is encrypted as all the others are.
        while peer.socket.receive() != nil {}
        #expect(unreadable <= 3 && secret.unreadable == unreadable && statistics.sendFailures == 0 && statistics.unauthenticated == 0)
        try await bench.finish()
    }

    @Test func reportsShareThePortAndAreReadBothWays() async throws {
        let bench = try RoomBench(ports: 16_410...16_419)
        let peer = try bench.call()
        peer.session.echo(true)
        try peer.encrypt(with: SecretPeer.keys(.aeadAES128GCM))
        _ = await bench.census()
        peer.speak()
        #expect(bench.talk(packets: 20, of: peer))
        #expect(bench.talk { peer.reports.count == 1 }, "within five seconds or so")
        // What the session sent at that time comes back as a report on it: the round trip is reckoned.
        let report = try #require(peer.reports.first)
        var bytes: [UInt8] = [0x81, 201, 0, 7]
        func append(_ value: UInt32) { for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) } }
        append(UInt32(peer.frequency))
        append(report.ssrc.rawValue)
        for value in [0, 0, 0] { append(UInt32(value)) }
        append(report.ntp.middle)
        append(0)
        peer.socket.send(bytes, to: peer.target)
        #expect(bench.talk(packets: 20, of: peer))
        var forged = try #require(peer.socket.secret).lastSent
        // A number that has not come yet: what has is a duplicate, whoever sends it.
        forged[2] ^= 0x20
        // In the clear, on both ports, it is nobody's.
        let secret = peer.socket.secret
        peer.socket.secret = nil
        peer.socket.send(bytes, to: peer.target)
        peer.socket.send(forged, to: peer.target)
        peer.socket.secret = secret
        #expect(bench.talk(packets: 20, of: peer))
        let statistics = try bench.hangUp(peer)
        #expect(statistics.roundTripMilliseconds.map { $0 > 0 && $0 < 10_000 } == true)
        #expect(statistics.unauthenticated == 2)
        try await bench.finish()
    }

    @Test func reportsOnAPortOfTheirOwn() async throws {
        let bench = try RoomBench(ports: 16_420...16_429)
        let peer = try bench.call()
        let rtcp = try LoopbackSocket(host: "127.0.77.5")
        let keys = SecretPeer.keys()
        rtcp.secret = try SecretPeer(keys)
        peer.session.echo(true)
        peer.change { $0.remoteRTCP = rtcp.address }
        try peer.encrypt(with: keys)
        _ = await bench.census()
        peer.speak()
        let target = try #require(SocketAddress(host: RoomBench.host, port: peer.session.port + 1))
        #expect(bench.talk(packets: 20, of: peer))
        // A receiver report without blocks; then two that nobody vouches for.
        rtcp.send([0x80, 201, 0, 1, 0, 0, 0, 9], to: target)
        let stranger = try LoopbackSocket(host: "127.0.77.5")
        for count in [8, 40] { stranger.send([0x80, 201, 0, 1] + [UInt8](repeating: 7, count: count - 4), to: target) }
        var isTold = false
        #expect(
            bench.talk(for: 15) {
                if let packet = rtcp.receive() { isTold = isTold || packet.isRTCP }
                return isTold
            })
        // The port is read once a second.
        #expect(bench.talk(packets: 80, of: peer))
        let statistics = try bench.hangUp(peer)
        #expect(statistics.unauthenticated == 2)
        #expect(rtcp.secret?.unreadable ?? 0 == 0)
        try await bench.finish()
    }

    @Test func whatIsForgedTouchesNothing() async throws {
        let bench = try RoomBench(ports: 16_430...16_439)
        let peer = try bench.call()
        peer.session.echo(true)
        try peer.encrypt(with: SecretPeer.keys())
        _ = await bench.census()
        // From the peer's very address, before anything of his: enough to be latched to, a key, and sound for the echo.
        let secret = peer.socket.secret
        peer.socket.secret = nil
        let stranger = try LoopbackSocket(host: "127.0.77.6")
        stranger.secret = try SecretPeer(SecretPeer.keys(seed: 9))
        for index in 0..<8 {
            stranger.send(
                packet([UInt8](repeating: 1, count: 160), sequence: UInt16(index), timestamp: UInt32(160 * index)), to: peer.target)
        }
        peer.socket.send(packet([5, 0x8A, 3, 32], type: 101, sequence: 1, timestamp: 800, marker: true), to: peer.target)
        peer.socket.send(packet([UInt8](repeating: 9, count: 160), sequence: 2, timestamp: 960), to: peer.target)
        // A STUN request is no RTP, and nobody's forgery.
        peer.socket.send([0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12), to: peer.target)
        peer.socket.secret = secret
        _ = await bench.census()
        peer.speak()
        #expect(bench.talk { peer.hears([peer.frequency], not: []) })
        #expect(stranger.receive() == nil, "nothing was ever sent there")
        let statistics = try bench.hangUp(peer)
        #expect(statistics.unauthenticated == 10 && statistics.digits == 0 && statistics.ignored == 1)
        #expect(statistics.packetsReceived >= 40 && statistics.packetsLost == 0)
        try await bench.finish()
    }

    @Test func whatComesAgainIsADuplicate() async throws {
        let bench = try RoomBench(ports: 16_440...16_449)
        let peer = try bench.call()
        peer.session.echo(true)
        try peer.encrypt(with: SecretPeer.keys())
        _ = await bench.census()
        peer.speak()
        #expect(bench.talk(packets: 5, of: peer))
        peer.press(7)
        let secret = try #require(peer.socket.secret)
        peer.socket.secret = nil
        for _ in 0..<3 { peer.socket.send(secret.lastSent, to: peer.target) }
        peer.socket.secret = secret
        #expect(bench.talk(packets: 20, of: peer))
        let statistics = try bench.hangUp(peer)
        #expect(statistics.duplicates == 3 && statistics.digits == 1 && statistics.unauthenticated == 0)
        try await bench.finish()
    }

    @Test func newKeysAndTheSameKeysInACall() async throws {
        let bench = try RoomBench(ports: 16_450...16_459)
        let peer = try bench.call()
        peer.session.echo(true)
        try peer.encrypt(with: SecretPeer.keys(seed: 1))
        _ = await bench.census()
        peer.speak()
        #expect(bench.talk(packets: 20, of: peer))
        let secret = try #require(peer.socket.secret)
        // A hold and a resume: the contexts go on.
        for _ in 0..<3 { peer.change { $0.packetTime = 20 } }
        #expect(bench.talk(packets: 20, of: peer))
        #expect(secret.unreadable <= 3)
        for (seed, suite) in [(UInt8(2), SRTPSuite.aes128SHA80), (3, .aeadAES256GCM)] {
            try peer.encrypt(with: SecretPeer.keys(suite, seed: seed))
            _ = await bench.census()
            peer.speak()
            peer.forget()
            #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "\(suite)")
        }
        try peer.encrypt(with: nil)
        _ = await bench.census()
        peer.speak()
        peer.forget()
        #expect(bench.talk { peer.hears([peer.frequency], not: []) }, "in the clear")
        _ = try bench.hangUp(peer)
        try await bench.finish()
    }

    @Test func anEncryptedTimeLineBeginsFarFromItsWrap() throws {
        let context = try SRTPContext(SecretPeer.keys().outbound, .outbound(ssrc: 7))
        var path = SendPath(ssrc: 7, sequence: 65_530, timestamp: 0)
        path.protect(by: nil)
        #expect(path.sequence.rawValue == 65_530)
        path.protect(by: context)
        #expect(path.sequence.rawValue == 32_762)
    }
}
