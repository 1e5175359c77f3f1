import RTP
import Testing

@testable import MediaPlane

/// Telephone keys on their way from one peer to another.
@Suite struct PassedKeyTests {
    private struct Bench {
        var key = PassedKey()
        var now: Int64 = 1_000_000_000
        var sequence: UInt16 = 65_530

        mutating func packet(
            _ code: UInt8, _ timestamp: UInt32, duration: UInt16, isEnd: Bool = false, marker: Bool = false, next: UInt32 = 0,
            sequence late: UInt16? = nil
        ) -> PassedKey.Stamp {
            defer {
                now += 20_000_000
                if late == nil { sequence &+= 1 }
            }
            let header = RTPHeader(
                marker: marker, payloadType: 101, sequence: SequenceNumber(late ?? sequence), timestamp: RTPTimestamp(timestamp),
                ssrc: SSRC(1))
            return key.stamp(
                header, TelephoneEvent(code: code, isEnd: isEnd, duration: duration), next: RTPTimestamp(next), at: now)
        }
    }

    @Test func allPacketsOfAPressBearOneStamp() {
        var bench = Bench()
        #expect(!bench.key.isHeld(at: bench.now))
        let first = bench.packet(5, 800, duration: 160, marker: true, next: 50_000)
        #expect(first == .init(timestamp: RTPTimestamp(50_000), isOvertaken: false) && bench.key.isHeld(at: bench.now))
        for index in 2...8 { #expect(bench.packet(5, 800, duration: UInt16(160 * index), next: 50_000 + UInt32(160 * index)) == first) }
        for _ in 0..<3 { #expect(bench.packet(5, 800, duration: 1_280, isEnd: true, next: 60_000) == first) }
        #expect(!bench.key.isHeld(at: bench.now))
        let second = bench.packet(5, 4_000, duration: 160, marker: true, next: 70_000)
        #expect(second == .init(timestamp: RTPTimestamp(70_000), isOvertaken: false))
    }

    @Test func aLongPressGoesOnInSegments() {
        var bench = Bench()
        _ = bench.packet(1, 0xFFFF_0000, duration: 65_000, marker: true, next: 1_000)
        #expect(bench.packet(1, 0xFFFF_FFFF, duration: 160, next: 99_000).timestamp == RTPTimestamp(1_000 + 0xFFFF))
        #expect(bench.packet(1, 0xFFFF_FFFF, duration: 320, isEnd: true, next: 99_000).timestamp == RTPTimestamp(1_000 + 0xFFFF))
    }

    @Test func anOvertakenPacketIsNoPressOfItsOwn() {
        var bench = Bench()
        let first = bench.packet(1, 800, duration: 160, marker: true, next: 10_000)
        let end = bench.packet(1, 800, duration: 320, isEnd: true)
        #expect(end == first)
        #expect(bench.packet(1, 800, duration: 240, sequence: 65_530).isOvertaken && !bench.key.isHeld(at: bench.now), "an end is final")
        let second = bench.packet(2, 3_000, duration: 160, marker: true, next: 20_000)
        #expect(bench.packet(1, 800, duration: 320, isEnd: true, next: 21_000, sequence: 65_531).isOvertaken)
        #expect(bench.packet(2, 3_000, duration: 320, next: 21_000) == second)
    }

    @Test func aPressWithoutAnEndIsHeldNoLonger() {
        var bench = Bench()
        _ = bench.packet(1, 800, duration: 160, marker: true)
        #expect(bench.key.isHeld(at: bench.now) && !bench.key.isHeld(at: bench.now + 100_000_000))
    }
}
