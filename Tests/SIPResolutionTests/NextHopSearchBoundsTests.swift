import SIP
import SIPResolution
import Testing

/// Whatever a domain publishes, a search ends, asks little and offers little.
@Suite struct NextHopSearchBoundsTests {
    @Test func manyAddressesAreCut() throws {
        let zone = Zone {
            $0.set("example.com", .a, .success((0..<250).map { .address("192.0.2.\($0)") }))
        }
        let played = PlayedSearch(try SIPURI.parse("sip:example.com:5060"), .v4, zone)
        #expect(played.hops == (0..<32).map { "udp:192.0.2.\($0):5060" })
    }

    @Test func manyTargetsAreCut() throws {
        let zone = Zone { zone in
            zone.set(
                "_sip._udp.example.com", .srv,
                .success((0..<500).map { .service(ServiceRecord(priority: $0, weight: 1, port: 5060, target: "h\($0).example.com")) }))
            for index in 0..<500 { zone.a("h\(index).example.com", "192.0.2.\(index % 250)") }
        }
        let played = PlayedSearch(try SIPURI.parse("sip:example.com;transport=udp"), .v4, zone)
        #expect(played.questions.count == NextHopSearch.lookUpLimit)
        #expect(played.hops == (0..<15).map { "udp:192.0.2.\($0):5060" })
    }

    @Test func manyPointersLeaveLookUpsForAddresses() throws {
        let zone = Zone { zone in
            zone.set(
                "example.com", .naptr,
                .success(
                    (0..<100).map {
                        .pointer(PointerRecord(order: 1, preference: $0, flags: "s", service: "SIP+D2U", replacement: "s\($0).example.com"))
                    }))
            for index in 0..<100 { zone.srv("s\(index).example.com", (1, 1, 5060, "h\(index).example.com")) }
            for index in 0..<100 { zone.a("h\(index).example.com", "192.0.2.\(index)") }
        }
        let played = PlayedSearch(try SIPURI.parse("sip:example.com"), .v4, zone)
        #expect(played.hops == (0..<6).map { "udp:192.0.2.\($0):5060" })
    }

    /// Random zones of few names, in which everything may point to everything.
    @Test func randomZones() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("random zones: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let names = [
            "example.com", "_sip._udp.example.com", "_sip._tcp.example.com", "_sips._tcp.example.com", "a.b", "c.d", ".", "", "x..y",
        ]
        let errors: [LookUpError] = [.noSuchName, .noRecords, .serverFailure, .timedOut, .malformed, .cancelled, .busy]
        let uris = [
            "sip:example.com", "sips:example.com", "sip:example.com;transport=tcp", "sip:example.com:5070", "sip:a.b;transport=tls",
        ]
        for _ in 0..<1000 {
            let zone = Zone { zone in
                for name in names {
                    for type in [RecordType.naptr, .srv, .a, .aaaa] {
                        if Int.random(in: 0..<8, using: &random) == 0, let error = errors.randomElement(using: &random) {
                            zone.failing(name, type, error)
                            continue
                        }
                        let count = Int.random(in: 0..<40, using: &random)
                        zone.set(name, type, .success((0..<count).map { _ in Self.record(of: type, names, &random) }))
                    }
                }
            }
            let uri = try SIPURI.parse(uris.randomElement(using: &random) ?? "")
            let ways = [LocalWay].all.filter { _ in Bool.random(using: &random) }
            let played = PlayedSearch(uri, ways, zone, random: SeededRandom.shared(seed: random.next()))
            #expect(played.results.count == 1, "seed \(seed)")
            #expect(played.questions.count <= NextHopSearch.lookUpLimit, "seed \(seed)")
            #expect(Set(played.questions).count == played.questions.count, "seed \(seed)")
            guard case .success(let hops)? = played.results.first else { continue }
            #expect(1...NextHopSearch.candidateLimit ~= hops.count, "seed \(seed)")
            #expect(Set(hops).count == hops.count, "seed \(seed)")
            for hop in hops {
                let family: AddressFamily = hop.endpoint.host.contains(":") ? .ipv6 : .ipv4
                #expect(ways.contains(LocalWay(hop.transport, family)), "seed \(seed)")
                #expect(uri.scheme == .sip || hop.transport == .tls, "seed \(seed)")
                #expect(hop.endpoint.port != 0, "seed \(seed)")
            }
        }
    }

    private static func record(of type: RecordType, _ names: [String], _ random: inout SeededRandom) -> Record {
        func number() -> UInt16 { UInt16.random(in: 0..<4, using: &random) }
        func name() -> String { names.randomElement(using: &random) ?? "" }
        switch type {
        case .naptr:
            let service = ["SIP+D2U", "SIP+D2T", "SIPS+D2T", "SIP+D2S", "x"].randomElement(using: &random) ?? ""
            return .pointer(
                PointerRecord(
                    order: number(), preference: number(), flags: ["s", "S", "a", ""].randomElement(using: &random) ?? "", service: service,
                    replacement: name()))
        case .srv: return .service(ServiceRecord(priority: number(), weight: number(), port: number(), target: name()))
        case .a: return .address("192.0.2.\(number())")
        case .aaaa: return .address(number() == 0 ? "::ffff:192.0.2.1" : "2001:db8::\(number())")
        }
    }
}
