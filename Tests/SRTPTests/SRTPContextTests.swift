import Testing

@testable import SRTP

@Suite struct SRTPContextTests {
    private func pair(_ suite: SRTPSuite, identifier: [UInt8] = []) throws -> (sender: SRTPContext, receiver: SRTPContext) {
        let key = Packets.key(suite, identifier: identifier)
        return (try SRTPContext(key, .outbound(ssrc: Packets.source)), try SRTPContext(key, .inbound))
    }

    @Test(arguments: SRTPSuite.allCases) func replaysAreRefused(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        let packets = try (1...300).map { try sender.protected(Packets.rtp($0)) }
        // Reordered within the window they all come through, and each only once.
        #expect(try receiver.unprotected(packets[99]) == Packets.rtp(100))
        for index in 0..<99 { #expect(try receiver.unprotected(packets[index]) == Packets.rtp(UInt16(index + 1))) }
        for index in 0..<100 { #expect(throws: SRTPError.replayed) { try receiver.unprotected(packets[index]) } }
        for index in 100..<300 where index != 250 { _ = try receiver.unprotected(packets[index]) }
        #expect(throws: SRTPError.tooOld) { try receiver.unprotected(packets[20]) }
        #expect(try receiver.unprotected(packets[250]) == Packets.rtp(251))
        let report = try sender.protectedReport(Packets.rtcp())
        #expect(try receiver.unprotectedReport(report) == Packets.rtcp())
        #expect(throws: SRTPError.replayed) { try receiver.unprotectedReport(report) }
    }

    @Test(arguments: SRTPSuite.allCases) func aPacketIsNotSentTwiceUnderOneIndex(suite: SRTPSuite) throws {
        let (sender, _) = try pair(suite)
        _ = try sender.protected(Packets.rtp(7))
        // The same key stream over other sound would give both away.
        #expect(throws: SRTPError.replayed) { try sender.protected(Packets.rtp(7, payload: [1, 2, 3])) }
        #expect(throws: SRTPError.unknownSource) { try sender.protected(Packets.rtp(8, ssrc: 5)) }
    }

    @Test(arguments: SRTPSuite.allCases) func sequenceNumbersWrapManyTimes(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        // Steps that a burst of losses makes, over two wraps.
        for step in stride(from: 30_000, to: 200_000, by: 3_001) {
            let plain = Packets.rtp(UInt16(step & 0xFFFF))
            #expect(try receiver.unprotected(sender.protected(plain)) == plain, "at \(step)")
        }
        #expect(sender.rollOver(of: Packets.source) == 3 && receiver.rollOver(of: Packets.source) == 3)
    }

    @Test func aLatePacketFromBeforeTheWrapIsRead() throws {
        let (sender, receiver) = try pair(.aes128SHA80)
        _ = try sender.protected(Packets.rtp(65_535))
        // Whoever missed all before the wrap reckons wrongly: the reason to begin in the lower half of the numbers (RFC 3711 §3.3.1).
        #expect(throws: SRTPError.notAuthentic) { try receiver.unprotected(sender.protected(Packets.rtp(0))) }
        let (other, reader) = try pair(.aes128SHA80)
        let packets = try [65_534, 65_535, 0, 1].map { try other.protected(Packets.rtp($0)) }
        for index in [0, 2, 1, 3] { _ = try reader.unprotected(packets[index]) }
        #expect(reader.rollOver(of: Packets.source) == 1)
    }

    @Test(arguments: SRTPSuite.allCases) func whoJoinsLateNeedsTheCounter(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        try sender.setRollOver(2, of: Packets.source)
        let packets = try (500..<504).map { try sender.protected(Packets.rtp($0)) }
        #expect(throws: SRTPError.notAuthentic) { try receiver.unprotected(packets[0]) }
        #expect(receiver.knownSources == 0)
        try receiver.setRollOver(2, of: Packets.source)
        #expect(try receiver.unprotected(packets[1]) == Packets.rtp(501))
        #expect(try receiver.unprotected(packets[0]) == Packets.rtp(500))
        #expect(receiver.rollOver(of: Packets.source) == 2)
    }

    @Test(arguments: SRTPSuite.allCases) func oneBitAnywhereIsNoticed(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        let packet = try sender.protected(Packets.rtp(9, payload: [1, 2, 3, 4, 5]))
        let report = try sender.protectedReport(Packets.rtcp())
        for bit in 0..<packet.count * 8 {
            var changed = packet
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SRTPError.self, "bit \(bit)") { try receiver.unprotected(changed) }
        }
        for bit in 0..<report.count * 8 {
            var changed = report
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SRTPError.self, "bit \(bit) of the report") { try receiver.unprotectedReport(changed) }
        }
        #expect(receiver.knownSources == 0, "who has not the key is nobody")
        #expect(try receiver.unprotected(packet) == Packets.rtp(9, payload: [1, 2, 3, 4, 5]))
    }

    @Test(arguments: SRTPSuite.allCases) func packetsOfAnyLengthAndContentDoNoHarm(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        var seed: UInt64 = 0x5EED_0001
        func random() -> UInt8 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: seed >> 33)
        }
        for round in 0..<3_000 {
            var bytes = (0..<Int(random()) % 90).map { _ in random() }
            if round % 2 == 0, !bytes.isEmpty { bytes[0] = bytes[0] & 0x3F | 0x80 }
            #expect(throws: SRTPError.self, "seed 5EED0001, round \(round)") { try receiver.unprotected(bytes) }
            #expect(throws: SRTPError.self, "seed 5EED0001, round \(round)") { try receiver.unprotectedReport(bytes) }
        }
        let packet = try sender.protected(Packets.rtp(1))
        for count in 0..<packet.count { #expect(throws: SRTPError.self) { try receiver.unprotected(Array(packet[..<count])) } }
        let report = try sender.protectedReport(Packets.rtcp())
        for count in 0..<report.count { #expect(throws: SRTPError.self) { try receiver.unprotectedReport(Array(report[..<count])) } }
        #expect(receiver.knownSources == 0)
    }

    @Test func sourcesAreBounded() throws {
        let key = Packets.key(.aes128SHA80)
        let receiver = try SRTPContext(key, .inbound)
        let limit = UInt32(SRTPContext.sourceLimit)
        for ssrc in 0..<limit + 10 {
            let packet = try SRTPContext(key, .outbound(ssrc: ssrc)).protected(Packets.rtp(1, ssrc: ssrc))
            if ssrc < limit {
                _ = try receiver.unprotected(packet)
            } else {
                #expect(throws: SRTPError.unknownSource) { try receiver.unprotected(packet) }
            }
        }
        #expect(receiver.knownSources == SRTPContext.sourceLimit)
        // Those who are known go on.
        let sender = try SRTPContext(key, .outbound(ssrc: 3))
        _ = try sender.protected(Packets.rtp(1, ssrc: 3))
        #expect(try receiver.unprotected(sender.protected(Packets.rtp(2, ssrc: 3))) == Packets.rtp(2, ssrc: 3))
    }

    @Test func keysWithANameAreReadByIt() throws {
        let (sender, receiver) = try pair(.aes128SHA80, identifier: [0, 0, 0, 1])
        let plain = Packets.rtp(5)
        let packet = try sender.protected(plain)
        #expect(packet.count == plain.count + 4 + 10)
        #expect(try receiver.unprotected(packet) == plain)
        #expect(try receiver.unprotectedReport(sender.protectedReport(Packets.rtcp())) == Packets.rtcp())
        let other = try SRTPContext(Packets.key(.aes128SHA80, identifier: [0, 0, 0, 2]), .inbound)
        #expect(throws: SRTPError.notAuthentic) { try other.unprotected(packet) }
    }

    @Test(arguments: SRTPSuite.allCases) func aNewKeyGoesOnFromTheCounterOfTheOld(suite: SRTPSuite) throws {
        let (sender, receiver) = try pair(suite)
        for sequence: UInt16 in [65_000, 65_500, 100, 200] { _ = try receiver.unprotected(sender.protected(Packets.rtp(sequence))) }
        let newKey = Packets.key(suite, seed: 9)
        let next = try SRTPContext(newKey, .inbound)
        next.goOn(from: receiver)
        let faithful = try SRTPContext(newKey, .outbound(ssrc: Packets.source))
        try faithful.setRollOver(1, of: Packets.source)
        #expect(try next.unprotected(faithful.protected(Packets.rtp(201))) == Packets.rtp(201))
        #expect(throws: SRTPError.self, "the old key is void") { try next.unprotected(sender.protected(Packets.rtp(202))) }
    }

    @Test func aPeerWhoBeginsAtZeroWithANewKeyIsFollowed() throws {
        let (sender, receiver) = try pair(.aes128SHA80)
        for sequence: UInt16 in [65_000, 65_500, 100, 200] { _ = try receiver.unprotected(sender.protected(Packets.rtp(sequence))) }
        let newKey = Packets.key(.aes128SHA80, seed: 9)
        let next = try SRTPContext(newKey, .inbound)
        next.goOn(from: receiver)
        let afresh = try SRTPContext(newKey, .outbound(ssrc: Packets.source))
        for sequence: UInt16 in 201...203 {
            #expect(throws: SRTPError.notAuthentic) { try next.unprotected(afresh.protected(Packets.rtp(sequence))) }
        }
        #expect(try next.unprotected(afresh.protected(Packets.rtp(204))) == Packets.rtp(204))
        #expect(next.knownSources == 1)
    }
}
