import SIP
import Testing

@testable import SIPTransport

@Suite struct ConnectionTableTests {
    private func destination(_ host: String, _ port: UInt16 = 5061, listener: Int = 0) -> ConnectionTable.Destination {
        .init(listener: listener, transport: .tls, remote: SocketEndpoint(host: host, port: port))
    }

    private func names(_ domains: String...) -> ConnectionTable.Proof {
        .names(CertificateNames(domains.map { .dns(Array($0.utf8)) }))
    }

    @Test func aConnectionIsUsedForTheNamesItProves() throws {
        var table = ConnectionTable()
        let settings = TransportSettings()
        let (first, second) = (table.addOutgoing(settings), table.addOutgoing(settings))
        let (one, other) = (try #require(first), try #require(second))
        table.lead(one, to: destination("192.0.2.1"), names("one.example", "first.example"))
        table.lead(other, to: destination("192.0.2.1"), names("other.example"))
        #expect(table.find(destination("192.0.2.1"), wanted: ["one.example"]) == one)
        #expect(table.find(destination("192.0.2.1"), wanted: ["unknown.example", "other.example"]) == other)
        #expect(table.find(destination("192.0.2.1"), wanted: ["unknown.example"]) == nil)
        #expect(table.find(destination("192.0.2.1"), wanted: []) == nil)
        #expect(table.find(destination("192.0.2.2"), wanted: ["one.example"]) == nil)
        #expect(table.find(destination("192.0.2.1", listener: 1), wanted: ["one.example"]) == nil)
        table.remove(one)
        #expect(table.find(destination("192.0.2.1"), wanted: ["one.example"]) == nil)
    }

    /// A client without a certificate is nobody that requests could be sent to.
    @Test func whoProvesNothingGetsNoRequests() throws {
        var table = ConnectionTable()
        let source = try #require(IPAddress("192.0.2.1"))
        let added = table.addIncoming(from: source, TransportSettings())
        let client = try #require(added)
        table.lead(client, to: destination("192.0.2.1"), .names(.nobody))
        #expect(table.find(destination("192.0.2.1"), wanted: ["192.0.2.1"]) == nil)
    }

    @Test func limits() throws {
        var table = ConnectionTable()
        var settings = TransportSettings()
        settings.incomingConnections = 5
        settings.connectionsPerSource = 2
        settings.outgoingConnections = 1
        let (one, other) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("2001:db8::1")))
        var ids = [
            table.addIncoming(from: one, settings), table.addIncoming(from: one, settings), table.addIncoming(from: other, settings),
        ]
        #expect(!ids.contains(nil))
        let oneMore = table.addIncoming(from: one, settings)
        #expect(oneMore == nil)
        // Another address of the same network.
        ids.append(table.addIncoming(from: try #require(IPAddress("2001:db8::ffff")), settings))
        let neighbour = table.addIncoming(from: try #require(IPAddress("2001:db8::2")), settings)
        #expect(neighbour == nil)
        // Loopback is exempt, but for the limit of all.
        let local = try #require(IPAddress("::1"))
        ids.append(table.addIncoming(from: local, settings))
        let overall = table.addIncoming(from: local, settings)
        #expect(overall == nil)
        // Ours do not wait for theirs.
        ids.append(table.addOutgoing(settings))
        let secondOfOurs = table.addOutgoing(settings)
        #expect(secondOfOurs == nil)
        #expect(table.incoming == 5 && table.outgoing == 1)
        for id in ids { table.remove(try #require(id)) }
        table.remove(7)
        #expect(table.isEmpty)
    }

    /// Whatever is opened and closed in whatever order, nothing stays.
    @Test func aRandomWalkEndsEmpty() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = seed
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        var table = ConnectionTable()
        var settings = TransportSettings()
        settings.connectionsPerSource = 5
        var open: [UInt64] = []
        for _ in 0..<5_000 {
            switch next(4) {
            case 0: if let id = table.addIncoming(from: try #require(IPAddress("192.0.2.\(next(9))")), settings) { open.append(id) }
            case 1: if let id = table.addOutgoing(settings) { open.append(id) }
            case 2 where !open.isEmpty:
                table.lead(open[next(open.count)], to: destination("192.0.2.\(next(9))"), names("a.example"))
            case 3 where !open.isEmpty: table.remove(open.remove(at: next(open.count)))
            default: break
            }
            #expect(table.count == open.count, "seed \(seed)")
        }
        for id in open { table.remove(id) }
        #expect(table.isEmpty, "seed \(seed)")
    }
}
