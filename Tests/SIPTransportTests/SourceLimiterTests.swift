import Testing
import Timing

@testable import SIPTransport

@Suite struct SourceLimiterTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func aBurstThenTheRate() throws {
        var limiter = SourceLimiter(perSecond: 10, burst: 3)
        let (one, other) = (try address("192.0.2.1"), try address("192.0.2.2"))
        var now = MonotonicTime(nanoseconds: 5_000_000_000)
        var taken = (0..<10).count { _ in limiter.admits(one, at: now) }
        #expect(taken == 3)
        // The other is not held to account for it.
        let isOtherLetIn = limiter.admits(other, at: now)
        #expect(isOtherLetIn)
        now = now + .milliseconds(99)
        taken = (0..<10).count { _ in limiter.admits(one, at: now) }
        #expect(taken == 0)
        now = now + .milliseconds(1)
        taken = (0..<10).count { _ in limiter.admits(one, at: now) }
        #expect(taken == 1)
        // What is not used is kept up to the burst and no further.
        now = now + .seconds(3_600)
        taken = (0..<10).count { _ in limiter.admits(one, at: now) }
        #expect(taken == 3)
    }

    @Test func theLongRunIsTheRate() throws {
        var limiter = SourceLimiter(perSecond: 50, burst: 20)
        let source = try address("2001:db8::1")
        let taken = (0..<10_000).count { limiter.admits(source, at: MonotonicTime(nanoseconds: Int64($0) * 1_000_000)) }
        // 10 s at 50, and the burst; the last token may still be on its way.
        #expect((515...520).contains(taken))
    }

    @Test func aNetworkOfIPv6IsOneSource() throws {
        var limiter = SourceLimiter(perSecond: 1, burst: 4)
        var taken = 0
        for host in 0..<100 where limiter.admits(try address("2001:db8:1:2::\(host)"), at: .zero) { taken += 1 }
        #expect(taken == 4)
        let isNextNetworkLetIn = limiter.admits(try address("2001:db8:1:3::1"), at: .zero)
        #expect(isNextNetworkLetIn)
    }

    @Test func theExemptAreNeverRefused() throws {
        var exempt = PeerNetworks()
        _ = exempt.add("192.0.2.0/24")
        var limiter = SourceLimiter(perSecond: 1, burst: 1, exempt: exempt)
        let proxy = try address("192.0.2.7")
        let taken = (0..<1_000).count { _ in limiter.admits(proxy, at: .zero) }
        #expect(taken == 1_000)
    }

    /// A flood from a million addresses: the table is as large as before, and who talks all the while is still held to the rate.
    @Test func aMillionAddressesTakeNoMemory() throws {
        var limiter = SourceLimiter(perSecond: 10, burst: 10, sources: 1_024)
        let capacity = limiter.capacity
        #expect(capacity == 1_024)
        let flood = try address("198.51.100.1")
        var taken = 0
        // The flood spreads over 100 s, and our one loud source sends with every tenth packet.
        for number in 0..<1_000_000 {
            let now = MonotonicTime(nanoseconds: Int64(number) * 100_000)
            _ = limiter.admits(
                try #require(IPAddress(bytes: [10, UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)])), at: now)
            if number % 10 == 0, limiter.admits(flood, at: now) { taken += 1 }
        }
        #expect(limiter.capacity == capacity)
        // 10 a second for 100 s and the burst. Each source of the flood is nearly idle after its one packet, so these give way first.
        #expect((1_000...1_020).contains(taken))
    }

    @Test func smallestSizes() throws {
        var limiter = SourceLimiter(perSecond: 0, burst: 0, sources: 0)
        #expect(limiter.capacity == 8)
        let source = try address("::1")
        let first = limiter.admits(source, at: MonotonicTime(nanoseconds: .max - 2_000_000_000))
        let second = limiter.admits(source, at: MonotonicTime(nanoseconds: .max - 2_000_000_000))
        #expect(first && !second)
    }
}
