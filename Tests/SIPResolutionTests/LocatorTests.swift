import SIP
import SIPResolution
import Testing
import Threads
import Timing

@Suite struct LocatorTests {
    private let clock = Monitor(MonotonicTime(nanoseconds: 1_000_000_000_000))

    private func locator(_ zone: Zone, _ ways: [LocalWay] = .v4) -> Locator {
        Locator(
            ways: ways, lookUp: { question, then in then(zone.answer(to: question)) }, random: { 0 },
            clock: { [clock] in clock.withLock { $0 } })
    }

    private func hops(_ locator: Locator, _ uri: String, ways: [LocalWay]? = nil) async throws -> [NextHop] {
        let uri = try SIPURI.parse(uri)
        return try await withCheckedContinuation { continuation in
            locator.locate(uri, ways: ways) { continuation.resume(returning: $0) }
        }.get()
    }

    private let two = Zone {
        $0.srv("_sip._udp.example.com", (1, 0, 5060, "a.example.com"), (2, 0, 5060, "b.example.com"))
        $0.a("a.example.com", "192.0.2.1")
        $0.a("b.example.com", "192.0.2.2")
    }

    @Test func theDeadGoLastUntilTheyMayLive() async throws {
        let locator = locator(two)
        let first = try await hops(locator, "sip:example.com")
        #expect(first.map(\.endpoint.host) == ["192.0.2.1", "192.0.2.2"])
        locator.noteFailure(of: first[0].target)
        #expect(try await hops(locator, "sip:example.com") == first.reversed())
        clock.withLock { $0 = $0 + .seconds(32) }
        #expect(try await hops(locator, "sip:example.com") == first)
        locator.noteFailure(of: first[0].target, for: .seconds(600))
        #expect(try await hops(locator, "sip:example.com") == first.reversed())
        locator.noteAnswer(from: first[0].target)
        #expect(try await hops(locator, "sip:example.com") == first)
        #expect(locator.deadTargets == 0)
    }

    @Test func theOnlyOneIsOfferedDeadOrNot() async throws {
        let locator = locator(Zone())
        let only = try await hops(locator, "sip:192.0.2.1")
        locator.noteFailure(of: only[0].target)
        #expect(try await hops(locator, "sip:192.0.2.1") == only)
    }

    @Test func someListenersOnly() async throws {
        let locator = locator(Zone(), .all)
        #expect(try await hops(locator, "sip:192.0.2.1", ways: .v4(.tcp)).map(\.transport) == [.tcp])
    }

    @Test func failuresComeThrough() async throws {
        await #expect(throws: SearchFailure.noSuchDomain("example.org")) { try await hops(locator(two), "sip:example.org") }
        await #expect(throws: SearchFailure.notSIP) { try await hops(locator(two), "tel:+49301") }
    }

    /// The three together: a name server, the resolver and the search.
    @Test func throughTheWire() async throws {
        let server = try NameServerDouble { question, _ in
            switch (question.name, question.type) {
            case ("example.test", 35):
                [question.reply([.naptr(question.name, (1, 1), ("s", "SIP+D2T", ""), "_sip._tcp.example.test")])]
            case ("_sip._tcp.example.test", 33):
                [question.reply([.srv(question.name, (2, 0, 5070), "b.test"), .srv(question.name, (1, 0, 5080), "a.test")])]
            case ("a.test", 1): [question.reply([.a("a.test", "192.0.2.1")])]
            case ("a.test", 28): [question.reply([.aaaa("a.test", "2001:db8::1")])]
            case ("b.test", 1): [question.reply([.alias("b.test", of: "c.test"), .a("c.test", "192.0.2.2")])]
            case ("b.test", 28): [question.reply()]
            default: [question.reply(flags: 3)]
            }
        }
        let resolver = try Resolver(ResolverSettings(servers: [server.address], timeout: .seconds(10)), clock: { .zero })
        defer { resolver.stop() }
        let locator = Locator(ways: .all, resolver: resolver)
        for _ in 0..<2 {
            let hops = try await hops(locator, "sip:bob@example.test").map(\.description)
            #expect(hops == ["tcp:[2001:db8::1]:5080", "tcp:192.0.2.1:5080", "tcp:192.0.2.2:5070"])
        }
        #expect(server.questions.count == 6)
        await #expect(throws: SearchFailure.noSuchDomain("nobody.test")) { try await hops(locator, "sip:nobody.test") }
    }

    @Test func aStoppedResolverFailsTheSearch() async throws {
        let server = try NameServerDouble { _, _ in [] }
        let resolver = try Resolver(ResolverSettings(servers: [server.address], timeout: .seconds(60)))
        let locator = Locator(ways: .v4, resolver: resolver)
        let result = Monitor<Result<[NextHop], SearchFailure>?>(nil)
        locator.locate(try SIPURI.parse("sip:example.test")) { found in result.signal { $0 = found } }
        server.waitForQuestions(1)
        resolver.stop()
        #expect(result.withLock { $0 } == .failure(.lookUpFailed("example.test", .cancelled)))
        #expect(throws: Never.self) { try locator.locate(SIPURI.parse("sip:192.0.2.1")) { found in result.signal { $0 = found } } }
        #expect(try result.withLock { $0 }?.get().count == 1)
    }
}
