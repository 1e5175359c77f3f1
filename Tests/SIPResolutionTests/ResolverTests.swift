import SIPResolution
import Testing
import Threads
import Timing

/// The resolver against a name server on loopback.
@Suite struct ResolverTests {
    private static let patient = Duration.seconds(10)
    private static let hasty = Duration.milliseconds(40)

    private func resolver(_ server: NameServerDouble, timeout: Duration = patient, rounds: Int = 1) throws -> Resolver {
        try Resolver(ResolverSettings(servers: [server.address], timeout: timeout, rounds: rounds))
    }

    private func ask(_ resolver: Resolver, _ name: String, _ type: RecordType) async throws -> Answer {
        let question = try #require(Question(name, type))
        return await withCheckedContinuation { continuation in
            resolver.lookUp(question) { continuation.resume(returning: $0) }
        }
    }

    /// One question put to one server.
    private func answer(
        to name: String, _ type: RecordType, timeout: Duration = patient, _ replies: @escaping NameServerDouble.Replies
    ) async throws -> Answer {
        let server = try NameServerDouble(replies)
        let resolver = try resolver(server, timeout: timeout)
        defer { resolver.stop() }
        return try await ask(resolver, name, type)
    }

    // MARK: Records

    @Test func addresses() async throws {
        let found = try await answer(to: "host.test", .a) { question, _ in
            [question.reply([.a("host.test", "192.0.2.9"), .a("host.test", "192.0.2.1")])]
        }
        #expect(found == .success([.address("192.0.2.9"), .address("192.0.2.1")]))
    }

    @Test func addressesOfIPv6() async throws {
        let found = try await answer(to: "host.test", .aaaa) { question, _ in
            [question.reply([.aaaa("host.test", "2001:db8:0:0::1")])]
        }
        #expect(found == .success([.address("2001:db8::1")]))
    }

    @Test func services() async throws {
        let found = try await answer(to: "_sip._udp.test", .srv) { question, _ in
            [
                question.reply([
                    .srv("_sip._udp.test", (10, 20, 5070), "a.test"), .srv("_sip._udp.test", (30, 0, 5080), "b.test"),
                    .srv("_sip._udp.test", (0, 0, 0), "."),
                ])
            ]
        }
        let records = try Set(found.get())
        #expect(
            records == [
                .service(ServiceRecord(priority: 10, weight: 20, port: 5070, target: "a.test")),
                .service(ServiceRecord(priority: 30, weight: 0, port: 5080, target: "b.test")),
                .service(ServiceRecord(priority: 0, weight: 0, port: 0, target: "")),
            ])
    }

    @Test func pointers() async throws {
        let found = try await answer(to: "example.test", .naptr) { question, _ in
            [question.reply([.naptr("example.test", (50, 60), ("s", "SIPS+D2T", "!^.*$!x!"), "_sips._tcp.example.test")])]
        }
        let record = PointerRecord(
            order: 50, preference: 60, flags: "s", service: "SIPS+D2T", expression: "!^.*$!x!", replacement: "_sips._tcp.example.test")
        #expect(found == .success([.pointer(record)]))
    }

    @Test func aliasOfAHost() async throws {
        let found = try await answer(to: "www.test", .a) { question, _ in
            [question.reply([.alias("www.test", of: "host.test"), .a("host.test", "192.0.2.7")])]
        }
        #expect(found == .success([.address("192.0.2.7")]))
    }

    @Test func aliasOfAService() async throws {
        let found = try await answer(to: "_sip._udp.test", .srv) { question, _ in
            [question.reply([.alias("_sip._udp.test", of: "srv.test"), .srv("srv.test", (1, 2, 3), "h.test")])]
        }
        #expect(found == .success([.service(ServiceRecord(priority: 1, weight: 2, port: 3, target: "h.test"))]))
    }

    @Test func cutShortOverUDPComesOverTCP() async throws {
        let server = try NameServerDouble { question, isStream in
            guard isStream else { return [question.reply(flags: DNSMessage.cutShort)] }
            return [question.reply((0..<200).map { .srv(question.name, (1, 2, $0), "h.test") })]
        }
        let resolver = try resolver(server)
        defer { resolver.stop() }
        #expect(try await ask(resolver, "_sip._udp.test", .srv).get().count == 200)
        #expect(server.questions == ["33 _sip._udp.test", "tcp 33 _sip._udp.test"])
    }

    @Test func asOverTCPWhenTheServerHangsUp() async throws {
        let found = try await answer(to: "_sip._udp.test", .srv, timeout: Self.hasty) { question, isStream in
            isStream ? [] : [question.reply(flags: DNSMessage.cutShort)]
        }
        #expect(throws: LookUpError.self) { try found.get() }
    }

    @Test func hostsFileGoesFirst() async throws {
        let server = try NameServerDouble { _, _ in [] }
        let resolver = try resolver(server)
        defer { resolver.stop() }
        #expect(try await ask(resolver, "localhost", .a) == .success([.address("127.0.0.1")]))
        #expect(server.questions.isEmpty)
    }

    // MARK: What goes wrong

    @Test(arguments: [
        (UInt16(3), RecordType.a, LookUpError.noSuchName), (3, .aaaa, .noSuchName), (3, .srv, .noSuchName), (3, .naptr, .noSuchName),
        (0, .a, .noRecords), (0, .aaaa, .noRecords), (0, .srv, .noRecords), (0, .naptr, .noRecords), (2, .a, .serverFailure),
        (2, .srv, .serverFailure), (2, .naptr, .serverFailure), (1, .a, .serverFailure), (1, .srv, .serverFailure),
        (5, .srv, .serverFailure), (4, .naptr, .serverFailure),
    ])
    func code(_ code: UInt16, _ type: RecordType, _ error: LookUpError) async throws {
        let found = try await answer(to: "some.test", type) { question, _ in [question.reply(flags: code)] }
        #expect(found == .failure(error))
    }

    @Test(arguments: [RecordType.a, .srv, .naptr])
    func silence(_ type: RecordType) async throws {
        #expect(try await answer(to: "some.test", type, timeout: Self.hasty) { _, _ in [] } == .failure(.timedOut))
    }

    @Test func lostOnceIsAskedAgain() async throws {
        let asked = Monitor(0)
        let server = try NameServerDouble { question, _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return count == 1 ? [] : [question.reply([.a("host.test", "192.0.2.9")])]
        }
        let resolver = try resolver(server, timeout: Self.hasty, rounds: 8)
        defer { resolver.stop() }
        #expect(try await ask(resolver, "host.test", .a) == .success([.address("192.0.2.9")]))
    }

    /// RFC 6891 §7: a server that knows no EDNS says FORMERR, and is asked without.
    @Test func serversWithoutEDNS() async throws {
        let found = try await answer(to: "_sip._udp.test", .srv) { question, _ in
            [question.hasExtension ? question.reply(flags: 1) : question.reply([.srv(question.name, (1, 2, 3), "h.test")])]
        }
        #expect(found == .success([.service(ServiceRecord(priority: 1, weight: 2, port: 3, target: "h.test"))]))
    }

    /// The port is closed as soon as the double is gone.
    @Test func theNextServerIsAskedWhenNobodyListens() async throws {
        let closed = try NameServerDouble { _, _ in [] }.address
        let server = try NameServerDouble { question, _ in [question.reply([.a("host.test", "192.0.2.9")])] }
        let alone = try Resolver(ResolverSettings(servers: [closed], timeout: Self.patient, rounds: 1))
        defer { alone.stop() }
        #expect(try await ask(alone, "host.test", .a) == .failure(.serverFailure))
        let resolver = try Resolver(ResolverSettings(servers: [closed, server.address], timeout: Self.patient, rounds: 1))
        defer { resolver.stop() }
        #expect(try await ask(resolver, "host.test", .a) == .success([.address("192.0.2.9")]))
    }

    /// Nobody guesses an answer for us (RFC 5452 §9.1): neither with another id nor for another question.
    @Test func forgedRepliesAreNotTaken() async throws {
        let forged: NameServerDouble.Replies = { question, _ in
            var other = question
            other.id = question.id &+ 1
            var elsewhere = question
            elsewhere.name = "other.test"
            return [other, elsewhere].map { $0.reply([.a("host.test", "203.0.113.66")]) }
        }
        #expect(try await answer(to: "host.test", .a, timeout: Self.hasty, forged) == .failure(.timedOut))
        let found = try await answer(to: "host.test", .a) { question, isStream in
            forged(question, isStream) + [question.reply([.a("host.test", "192.0.2.9")])]
        }
        #expect(found == .success([.address("192.0.2.9")]))
    }

    @Test(arguments: [RecordType.srv, .naptr, .a])
    func malformed(_ type: RecordType) async throws {
        let found = try await answer(to: "some.test", type) { question, _ in
            var reply = question.reply([.srv("some.test", (1, 1, 1), "h.test"), .naptr("some.test", (1, 1), ("s", "SIP", ""), "h.test")])
            reply[7] = 200
            reply.removeLast(5)
            return [reply]
        }
        #expect(found == .failure(.malformed))
    }

    @Test func rubbishThatIsNoMessage() async throws {
        let found = try await answer(to: "some.test", .srv, timeout: Self.hasty) { question, _ in
            [question.id.bytes, question.id.bytes + [0xFF, 0xFF, 0xFF], []]
        }
        #expect(found == .failure(.timedOut))
    }

    /// Replies with a few bytes changed or cut: each question gets some answer, and nothing traps.
    @Test func mutatedReplies() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("mutated replies: seed \(seed)")
        let random = SeededRandom.shared(seed: seed)
        let server = try NameServerDouble { question, _ in
            let name = question.name
            var reply = question.reply([
                .alias(name, of: "x.test"), .srv("x.test", (1, 2, 3), "h.test"), .naptr("x.test", (1, 2), ("s", "SIP+D2U", ""), "y.test"),
                .a("x.test", "192.0.2.1"), .aaaa("x.test", "2001:db8::1"),
            ])
            for _ in 0..<(random() % 6) {
                // The header's id stays, so that the reply is looked at.
                reply[2 + Int(random() % UInt64(reply.count - 2))] = UInt8(truncatingIfNeeded: random())
            }
            if random() % 4 == 0 { reply.removeLast(Int(random() % UInt64(reply.count))) }
            return [reply]
        }
        let resolver = try resolver(server, timeout: .milliseconds(100))
        defer { resolver.stop() }
        var outcomes: [String: Int] = [:]
        // So few at a time that the socket's buffer holds them.
        for batch in 0..<20 {
            await withTaskGroup(of: String.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let type = [RecordType.a, .aaaa, .srv, .naptr][index % 4]
                        do {
                            return try await self.ask(resolver, "n\(index).b\(batch).test", type).get().isEmpty ? "empty" : "records"
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                for await outcome in group { outcomes[outcome, default: 0] += 1 }
            }
        }
        #expect(outcomes.values.reduce(0, +) == 800)
        // Both sides of the parser were reached.
        #expect(outcomes["records", default: 0] > 0 && outcomes["malformed", default: 0] > 0, "\(outcomes), seed \(seed)")
        #expect(outcomes["empty"] == nil, "seed \(seed)")
    }

    // MARK: Keeping

    /// Of the records and of the alias that led to them.
    @Test(arguments: [RecordType.srv, .a], [(UInt32(40), UInt32(20)), (20, 40)])
    func keptByTheShortestLifetime(_ type: RecordType, _ lifetimes: (alias: UInt32, record: UInt32)) async throws {
        let server = try NameServerDouble { question, _ in
            let alias = DNSMessage.Entry.alias(question.name, of: "s.test", lifetime: lifetimes.alias)
            let records: [DNSMessage.Entry] =
                type == .srv
                ? [.srv("s.test", (1, 1, 1), "a.test", lifetime: lifetimes.record), .srv("s.test", (1, 1, 1), "b.test", lifetime: 90)]
                : [.a("s.test", "192.0.2.1", lifetime: lifetimes.record), .a("s.test", "192.0.2.2", lifetime: 90)]
            return [question.reply([alias] + records)]
        }
        let clock = Monitor(MonotonicTime.zero)
        let resolver = try Resolver(ResolverSettings(servers: [server.address], timeout: Self.patient)) { clock.withLock { $0 } }
        defer { resolver.stop() }
        let first = try await ask(resolver, "some.test", type)
        #expect(try first.get().count == 2)
        clock.withLock { $0 = .zero + .milliseconds(19_999) }
        #expect(try await ask(resolver, "some.test", type) == first)
        #expect(server.questions.count == 1)
        clock.withLock { $0 = .zero + .seconds(20) }
        #expect(try await ask(resolver, "some.test", type) == first)
        #expect(server.questions.count == 2)
    }

    @Test func whoAsksTheSameWaitsForTheSameAnswer() async throws {
        let isOpen = Monitor(false)
        let server = try NameServerDouble { question, _ in
            isOpen.wait(until: { $0 }, forAtMost: { _ in 10_000 }, { _ in })
            return [question.reply([.a("host.test", "192.0.2.9", lifetime: 0)])]
        }
        let resolver = try resolver(server)
        defer { resolver.stop() }
        let answers = Monitor<[Answer]>([])
        let question = try #require(Question("host.test", .a))
        for _ in 0..<50 { resolver.lookUp(question) { answer in answers.signal { $0.append(answer) } } }
        isOpen.signal { $0 = true }
        let all = answers.wait(until: { $0.count == 50 }, forAtMost: { _ in 10_000 }, { $0 })
        #expect(all == Array(repeating: .success([.address("192.0.2.9")]), count: 50))
        #expect(server.questions.count <= 2)
    }

    // MARK: Bounds and the end

    @Test func overrunIsRefused() throws {
        let server = try NameServerDouble { _, _ in [] }
        let resolver = try Resolver(ResolverSettings(servers: [server.address], timeout: .seconds(60), rounds: 1, openQuestions: 4))
        let answers = Monitor<[Answer]>([])
        for index in 0..<100 {
            resolver.lookUp(try #require(Question("n\(index).test", .srv))) { answer in answers.signal { $0.append(answer) } }
        }
        let refused = answers.wait(until: { $0.count == 96 }, forAtMost: { _ in 10_000 }, { $0 })
        #expect(refused == Array(repeating: .failure(.busy), count: 96))
        resolver.stop()
        #expect(answers.withLock { Array($0.suffix(4)) } == Array(repeating: .failure(.cancelled), count: 4))
    }

    @Test func stoppingAnswersWhatIsUnderWay() throws {
        let server = try NameServerDouble { _, _ in [] }
        let resolver = try Resolver(ResolverSettings(servers: [server.address], timeout: .seconds(60)))
        let answers = Monitor<[Answer]>([])
        let types: [RecordType] = [.a, .aaaa, .srv, .naptr]
        for type in types {
            resolver.lookUp(try #require(Question("host.test", type))) { answer in answers.signal { $0.append(answer) } }
        }
        server.waitForQuestions(4)
        resolver.stop()
        #expect(answers.withLock { $0 } == Array(repeating: .failure(.cancelled), count: 4))
        resolver.lookUp(try #require(Question("host.test", .a))) { answer in answers.signal { $0.append(answer) } }
        #expect(answers.withLock { $0.count } == 5)
        resolver.stop()
    }

    @Test func thoseLetGoEndThemselves() async throws {
        let server = try NameServerDouble { question, _ in [question.reply([.a("host.test", "192.0.2.9")])] }
        for _ in 0..<50 {
            let resolver = try resolver(server)
            #expect(try await ask(resolver, "host.test", .a) == .success([.address("192.0.2.9")]))
        }
    }

    @Test(arguments: [["host.test"], ["192.0.2.1:x"], Array(repeating: "192.0.2.1", count: 9), ["192.0.2.1,nonsense"]])
    func serversAreAddresses(_ servers: [String]) {
        #expect(throws: ResolverError.servers(servers)) { try Resolver(ResolverSettings(servers: servers)) }
    }
}
