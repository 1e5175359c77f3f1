import Testing

@testable import SIPResolution

@Suite struct ReplyLifetimeTests {
    private func reply(_ entries: [DNSMessage.Entry]) throws -> [UInt8] {
        var question = UInt16(7).bytes + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        question += DNSMessage.encoded("a.test") + [0, 1, 0, 1]
        return try #require(DNSMessage(question)).reply(entries)
    }

    private func seconds(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { ReplyLifetime.seconds(of: $0) } }

    @Test(arguments: [([60, 20, 30], 20), ([5], 5), ([], 0), ([60, 0], 0), ([0x8000_0000, 9], 0), ([0x7FFF_FFFF], 0x7FFF_FFFF)])
    func theShortest(_ lifetimes: [UInt32], _ shortest: Int) throws {
        #expect(seconds(try reply(lifetimes.map { .a("a.test", "192.0.2.1", lifetime: $0) })) == shortest)
    }

    @Test func namesMayBePointers() throws {
        var bytes = try reply([])
        bytes[7] = 1
        bytes += [0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 77, 0, 4, 1, 2, 3, 4]
        #expect(seconds(bytes) == 77)
    }

    @Test func cutAnywhereIsNotKept() throws {
        let whole = try reply([.a("a.test", "192.0.2.1"), .srv("b.test", (1, 2, 3), "c.test")])
        #expect(seconds(whole) == 60)
        for count in whole.indices { #expect(seconds(Array(whole[..<count])) == 0) }
    }

    @Test func noBytesTrap() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("reply lifetimes: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let whole = try reply([.a("a.test", "192.0.2.1"), .srv("b.test", (1, 2, 3), "c.test")])
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<4 { bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            bytes.removeLast(Int.random(in: 0..<10, using: &random))
            #expect(seconds(bytes) >= 0, "seed \(seed)")
        }
    }
}
