import SIP
import SIPResolution
import Testing

/// RFC 3263 §4.1 and §4.2, case by case.
@Suite struct NextHopSearchTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var uri: String
        var ways: [LocalWay] = .v4
        var zone = Zone()
        var hops: [String] = []
        var failure: SearchFailure?
        /// What is asked, in order; nil where it does not matter.
        var asked: [String]?
        var testDescription: String { name }
    }

    /// The example of RFC 3263 §4.1, with addresses.
    static let example = Zone {
        $0.naptr(
            "example.com", (50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com"), (90, 50, "s", "SIP+D2T", "_sip._tcp.example.com"),
            (100, 50, "s", "SIP+D2U", "_sip._udp.example.com"))
        $0.srv("_sips._tcp.example.com", (0, 1, 5061, "server1.example.com"), (1, 2, 5061, "server2.example.com"))
        $0.srv("_sip._tcp.example.com", (0, 1, 5060, "server1.example.com"), (0, 2, 5060, "server2.example.com"))
        $0.srv("_sip._udp.example.com", (0, 1, 5070, "server2.example.com"))
        $0.a("server1.example.com", "192.0.2.1")
        $0.aaaa("server1.example.com", "2001:db8::1")
        $0.a("server2.example.com", "192.0.2.2", "192.0.2.3")
        $0.a("example.com", "192.0.2.100")
    }

    static let addressOnly = Zone {
        $0.a("example.com", "192.0.2.7", "192.0.2.8")
        $0.aaaa("example.com", "2001:db8::7")
    }

    static let servicesOnly = Zone {
        $0.srv("_sip._udp.example.com", (5, 0, 5062, "u.example.com"))
        $0.srv("_sip._tcp.example.com", (1, 0, 5063, "t.example.com"))
        $0.srv("_sips._tcp.example.com", (1, 0, 5064, "s.example.com"))
        $0.a("u.example.com", "192.0.2.11")
        $0.a("t.example.com", "192.0.2.12")
        $0.a("s.example.com", "192.0.2.13")
        $0.a("example.com", "192.0.2.14")
    }

    static let literals: [Case] = [
        Case(name: "sip literal", uri: "sip:bob@192.0.2.4", hops: ["udp:192.0.2.4:5060"], asked: []),
        Case(name: "sip literal with port", uri: "sip:192.0.2.4:5080", hops: ["udp:192.0.2.4:5080"], asked: []),
        Case(name: "sips literal", uri: "sips:192.0.2.4", hops: ["tls:192.0.2.4:5061"], asked: []),
        Case(name: "literal, tcp named", uri: "sip:192.0.2.4;transport=TCP", hops: ["tcp:192.0.2.4:5060"]),
        Case(name: "literal, tls named", uri: "sip:192.0.2.4;transport=tls", hops: ["tls:192.0.2.4:5061"]),
        Case(name: "sips literal over tcp is TLS", uri: "sips:192.0.2.4:5070;transport=tcp", hops: ["tls:192.0.2.4:5070"]),
        Case(name: "IPv6 literal in its usual form", uri: "sip:[2001:DB8:0:0::1]", ways: .all, hops: ["udp:[2001:db8::1]:5060"]),
        Case(name: "mapped IPv4", uri: "sip:[::ffff:192.0.2.9]", hops: ["udp:192.0.2.9:5060"]),
        Case(name: "no listener of the family", uri: "sip:[2001:db8::1]", failure: .familyUnavailable("2001:db8::1")),
        Case(
            name: "another transport has the family", uri: "sip:[2001:db8::1]", ways: .v4(.udp) + [LocalWay(.tcp, .ipv6)],
            hops: ["tcp:[2001:db8::1]:5060"]),
        Case(name: "no UDP here: TCP", uri: "sip:192.0.2.4", ways: .v4(.tls, .tcp), hops: ["tcp:192.0.2.4:5060"]),
        Case(name: "maddr is not followed", uri: "sip:192.0.2.4;maddr=192.0.2.66", hops: ["udp:192.0.2.4:5060"]),
        Case(name: "no address at all", uri: "sip:[1:2:3]", failure: .badAddress("1:2:3")),
        Case(name: "port 0", uri: "sip:192.0.2.4:0", failure: .badAddress("port 0")),
    ]

    static let refusals: [Case] = [
        Case(name: "tel", uri: "tel:+4930123", failure: .notSIP),
        Case(name: "sips over udp", uri: "sips:example.com;transport=udp", failure: .transportUnavailable("udp"), asked: []),
        Case(name: "unknown transport", uri: "sip:example.com;transport=sctp", failure: .transportUnavailable("sctp"), asked: []),
        Case(name: "transport we lack", uri: "sip:example.com;transport=tcp", ways: .v4(.udp), failure: .transportUnavailable("tcp")),
        Case(name: "sips without TLS here", uri: "sips:example.com", ways: .v4(.udp, .tcp), failure: .transportUnavailable("tls")),
        Case(name: "no listener", uri: "sip:example.com", ways: [], failure: .transportUnavailable("udp, tcp, tls")),
        Case(name: "empty label", uri: "sip:a..example.com", failure: .badAddress("a..example.com"), asked: []),
    ]

    static let ports: [Case] = [
        Case(
            name: "port: only addresses are asked for", uri: "sip:Example.COM:5088", zone: example, hops: ["udp:192.0.2.100:5088"],
            asked: ["a example.com"]),
        Case(
            name: "port and transport", uri: "sip:example.com:5088;transport=tcp", zone: example, hops: ["tcp:192.0.2.100:5088"],
            asked: ["a example.com"]),
        Case(name: "sips and port", uri: "sips:example.com:5088", zone: example, hops: ["tls:192.0.2.100:5088"]),
        Case(
            name: "both families, the preferred one first", uri: "sip:example.com:5060", ways: .all, zone: addressOnly,
            hops: ["udp:[2001:db8::7]:5060", "udp:192.0.2.7:5060", "udp:192.0.2.8:5060"], asked: ["aaaa example.com", "a example.com"]),
        Case(
            name: "IPv4 preferred", uri: "sip:example.com:5060", ways: [LocalWay(.udp, .ipv4), LocalWay(.udp, .ipv6)], zone: addressOnly,
            hops: ["udp:192.0.2.7:5060", "udp:192.0.2.8:5060", "udp:[2001:db8::7]:5060"]),
        Case(
            name: "dot at the end", uri: "sip:example.com.:5060", zone: addressOnly, hops: ["udp:192.0.2.7:5060", "udp:192.0.2.8:5060"]),
    ]

    static let transports: [Case] = [
        Case(
            name: "tcp named: its SRV, no NAPTR", uri: "sip:example.com;transport=tcp", zone: servicesOnly, hops: ["tcp:192.0.2.12:5063"],
            asked: ["srv _sip._tcp.example.com", "a t.example.com"]),
        Case(name: "udp named", uri: "sip:example.com;transport=udp", zone: servicesOnly, hops: ["udp:192.0.2.11:5062"]),
        Case(name: "tls named", uri: "sip:example.com;transport=tls", zone: servicesOnly, hops: ["tls:192.0.2.13:5064"]),
        Case(name: "sips, tcp named", uri: "sips:example.com;transport=tcp", zone: servicesOnly, hops: ["tls:192.0.2.13:5064"]),
        Case(
            name: "named, without SRV: addresses and the default port", uri: "sip:example.com;transport=tls", zone: addressOnly,
            hops: ["tls:192.0.2.7:5061", "tls:192.0.2.8:5061"], asked: ["srv _sips._tcp.example.com", "a example.com"]),
    ]

    static let pointers: [Case] = [
        Case(
            name: "the example: TLS is preferred, and nothing else once it matched", uri: "sip:example.com", zone: example,
            hops: ["tls:192.0.2.1:5061", "tls:192.0.2.2:5061", "tls:192.0.2.3:5061"],
            asked: ["naptr example.com", "srv _sips._tcp.example.com", "a server1.example.com", "a server2.example.com"]),
        Case(
            name: "the example without TLS here", uri: "sip:example.com", ways: .v4(.udp, .tcp), zone: example,
            hops: ["tcp:192.0.2.1:5060", "tcp:192.0.2.2:5060", "tcp:192.0.2.3:5060"]),
        Case(
            name: "the example with UDP alone", uri: "sip:example.com", ways: .v4(.udp), zone: example,
            hops: ["udp:192.0.2.2:5070", "udp:192.0.2.3:5070"]),
        Case(
            name: "the example with sips", uri: "sips:example.com", zone: example,
            hops: ["tls:192.0.2.1:5061", "tls:192.0.2.2:5061", "tls:192.0.2.3:5061"]),
        Case(
            name: "one order: by preference", uri: "sip:example.com", ways: .v4(.udp, .tcp),
            zone: Zone {
                $0.naptr("example.com", (10, 20, "S", "sip+d2u", "u.example.com"), (10, 10, "s", "SIP+D2T", "t.example.com"))
                $0.srv("u.example.com", (0, 0, 1000, "h.example.com"))
                $0.srv("t.example.com", (0, 0, 2000, "h.example.com"))
                $0.a("h.example.com", "192.0.2.1")
            }, hops: ["tcp:192.0.2.1:2000", "udp:192.0.2.1:1000"],
            asked: ["naptr example.com", "srv t.example.com", "srv u.example.com", "a h.example.com"]),
        Case(
            name: "records for other things are passed over", uri: "sip:example.com", ways: .v4(.udp),
            zone: Zone {
                $0.naptr(
                    "example.com", (1, 1, "s", "AAA+D2T", "x.example.com"), (2, 1, "a", "SIP+D2U", "x.example.com"),
                    (3, 1, "u", "SIP+D2U", ""), (4, 1, "s", "SIP+D2S", "x.example.com"), (5, 1, "s", "SIP+D2U", "u.example.com"))
                $0.srv("u.example.com", (0, 0, 5060, "h.example.com"))
                $0.a("h.example.com", "192.0.2.1")
            }, hops: ["udp:192.0.2.1:5060"], asked: ["naptr example.com", "srv u.example.com", "a h.example.com"]),
        Case(
            name: "a record with an expression is no pointer of SIP", uri: "sip:example.com", ways: .v4(.udp),
            zone: Zone {
                let rewriting = PointerRecord(
                    order: 1, preference: 1, flags: "s", service: "SIP+D2U", expression: "!.*!x!", replacement: "u.example.com")
                $0.set("example.com", .naptr, .success([.pointer(rewriting)]))
                $0.a("example.com", "192.0.2.1")
            }, hops: ["udp:192.0.2.1:5060"], asked: ["naptr example.com", "srv _sip._udp.example.com", "a example.com"]),
        Case(
            name: "sips takes no SIP service; its SRV is asked instead", uri: "sips:example.com",
            zone: Zone {
                $0.naptr("example.com", (1, 1, "s", "SIP+D2T", "t.example.com"))
                $0.srv("_sips._tcp.example.com", (0, 0, 5061, "h.example.com"))
                $0.a("h.example.com", "192.0.2.1")
            }, hops: ["tls:192.0.2.1:5061"]),
        Case(
            name: "NAPTR without its SRV: addresses of the domain, the transport selected", uri: "sip:example.com", ways: .v4(.udp, .tcp),
            zone: Zone {
                $0.naptr("example.com", (1, 1, "s", "SIP+D2T", "gone.example.com"))
                $0.a("example.com", "192.0.2.1")
            }, hops: ["tcp:192.0.2.1:5060"]),
        Case(
            name: "NAPTR into another domain: certificates still prove the first", uri: "sip:example.com", ways: .v4(.tls),
            zone: Zone {
                $0.naptr("example.com", (1, 1, "s", "SIPS+D2T", "_sips._tcp.provider.net"))
                $0.srv("_sips._tcp.provider.net", (0, 0, 5061, "edge.provider.net"))
                $0.a("edge.provider.net", "192.0.2.1")
            }, hops: ["tls:192.0.2.1:5061"]),
    ]

    static let services: [Case] = [
        Case(
            name: "no NAPTR: SRV for each transport, TLS is none for sip", uri: "sip:example.com", zone: servicesOnly,
            hops: ["udp:192.0.2.11:5062", "tcp:192.0.2.12:5063"],
            asked: [
                "naptr example.com", "srv _sip._udp.example.com", "srv _sip._tcp.example.com", "a u.example.com", "a t.example.com",
            ]),
        Case(name: "no NAPTR, sips", uri: "sips:example.com", zone: servicesOnly, hops: ["tls:192.0.2.13:5064"]),
        Case(name: "no NAPTR, only TLS here", uri: "sip:example.com", ways: .v4(.tls), zone: servicesOnly, hops: ["tls:192.0.2.13:5064"]),
        Case(
            name: "no SRV either, sip: UDP", uri: "sip:example.com", zone: addressOnly, hops: ["udp:192.0.2.7:5060", "udp:192.0.2.8:5060"]),
        Case(
            name: "no SRV either, sips: TLS", uri: "sips:example.com", zone: addressOnly,
            hops: ["tls:192.0.2.7:5061", "tls:192.0.2.8:5061"]),
        Case(
            name: "no SRV either, no UDP here: TCP", uri: "sip:example.com", ways: .v4(.tcp, .tls), zone: addressOnly,
            hops: ["tcp:192.0.2.7:5060", "tcp:192.0.2.8:5060"]),
        Case(
            name: "priority before anything", uri: "sip:example.com;transport=udp",
            zone: Zone {
                $0.srv("_sip._udp.example.com", (20, 0, 5060, "b.example.com"), (10, 0, 5060, "a.example.com"))
                $0.a("a.example.com", "192.0.2.1")
                $0.a("b.example.com", "192.0.2.2")
            }, hops: ["udp:192.0.2.1:5060", "udp:192.0.2.2:5060"]),
        Case(
            name: "a target without address leaves the others", uri: "sip:example.com;transport=udp",
            zone: Zone {
                $0.srv("_sip._udp.example.com", (1, 0, 5060, "gone.example.com"), (2, 0, 5060, "b.example.com"), (3, 0, 0, "c.example.com"))
                $0.a("b.example.com", "192.0.2.2")
                $0.a("c.example.com", "192.0.2.3")
            }, hops: ["udp:192.0.2.2:5060"]),
        Case(
            name: "target . : no SIP over UDP, addresses over TCP", uri: "sip:example.com", ways: .v4(.udp, .tcp),
            zone: Zone {
                $0.srv("_sip._udp.example.com", (0, 0, 0, "."))
                $0.a("example.com", "192.0.2.1")
            }, hops: ["tcp:192.0.2.1:5060"]),
        Case(
            name: "target . for all: no SIP", uri: "sip:example.com", ways: .v4(.udp, .tcp),
            zone: Zone {
                $0.srv("_sip._udp.example.com", (0, 0, 0, "."))
                $0.srv("_sip._tcp.example.com", (0, 0, 0, ""))
                $0.a("example.com", "192.0.2.1")
            }, failure: .notOffered("example.com")),
        Case(
            name: "one host on two ports is asked for once", uri: "sip:example.com;transport=udp",
            zone: Zone {
                $0.srv("_sip._udp.example.com", (1, 0, 5060, "h.example.com"), (2, 0, 5070, "H.example.com."))
                $0.a("h.example.com", "192.0.2.2")
            }, hops: ["udp:192.0.2.2:5060", "udp:192.0.2.2:5070"], asked: ["srv _sip._udp.example.com", "a h.example.com"]),
    ]

    static let failures: [Case] = [
        Case(name: "nothing exists", uri: "sip:example.com", failure: .noSuchDomain("example.com")),
        Case(
            name: "empty answers", uri: "sip:example.com;transport=udp",
            zone: Zone {
                $0.srv("_sip._udp.example.com")
                $0.a("example.com")
            }, failure: .noSuchDomain("example.com")),
        Case(
            name: "NAPTR fails: on without", uri: "sip:example.com", ways: .v4(.udp),
            zone: Zone {
                $0.failing("example.com", .naptr, .serverFailure)
                $0.srv("_sip._udp.example.com", (1, 0, 5060, "h.example.com"))
                $0.a("h.example.com", "192.0.2.2")
            }, hops: ["udp:192.0.2.2:5060"]),
        Case(
            name: "SRV is silent: on with addresses", uri: "sip:example.com;transport=udp",
            zone: Zone {
                $0.failing("_sip._udp.example.com", .srv, .timedOut)
                $0.a("example.com", "192.0.2.2")
            }, hops: ["udp:192.0.2.2:5060"]),
        Case(
            name: "addresses fail for a time", uri: "sip:example.com:5060",
            zone: Zone { $0.failing("example.com", .a, .serverFailure) }, failure: .lookUpFailed("example.com", .serverFailure)),
        Case(
            name: "SRV failed and no address: for a time too", uri: "sip:example.com;transport=udp",
            zone: Zone { $0.failing("_sip._udp.example.com", .srv, .timedOut) },
            failure: .lookUpFailed("_sip._udp.example.com", .timedOut)),
        Case(
            name: "one family fails, the other does not", uri: "sip:example.com:5060", ways: .all,
            zone: Zone {
                $0.failing("example.com", .aaaa, .serverFailure)
                $0.a("example.com", "192.0.2.2")
            }, hops: ["udp:192.0.2.2:5060"]),
        Case(
            name: "a stopped resolver is asked no further", uri: "sip:example.com",
            zone: Zone { $0.failing("example.com", .naptr, .cancelled) }, failure: .lookUpFailed("example.com", .cancelled),
            asked: ["naptr example.com"]),
        Case(
            name: "records of other types are passed over", uri: "sip:example.com:5060",
            zone: Zone { $0.set("example.com", .a, .success([.address("no address"), .address("2001:db8::1"), .address("192.0.2.1")])) },
            hops: ["udp:192.0.2.1:5060"]),
    ]

    @Test(arguments: literals + refusals + ports + transports + pointers + services + failures)
    func finds(_ expected: Case) throws {
        let played = PlayedSearch(try SIPURI.parse(expected.uri), expected.ways, expected.zone)
        #expect(played.results.count == 1)
        #expect(played.hops == expected.hops)
        #expect(played.failure == expected.failure)
        if let asked = expected.asked { #expect(played.questions.map(\.description) == asked) }
    }

    @Test func theNameForCertificatesIsTheURIsOwn() throws {
        let zone = Zone {
            $0.naptr("example.com", (1, 1, "s", "SIPS+D2T", "_sips._tcp.provider.net"))
            $0.srv("_sips._tcp.provider.net", (0, 0, 5061, "edge.provider.net"))
            $0.a("edge.provider.net", "192.0.2.1")
        }
        let played = PlayedSearch(try SIPURI.parse("sip:bob@Example.Com"), .v4(.tls), zone)
        #expect(try played.results.first?.get().map(\.domain) == ["example.com"])
    }

    @Test func answersMayComeInAnyOrder() throws {
        var search = NextHopSearch(try SIPURI.parse("sip:example.com:5060"), ways: .all, random: { 0 })
        var outputs: [NextHopSearch.Output] = []
        search.begin(into: &outputs)
        let v4 = try #require(Question("example.com", .a))
        let v6 = try #require(Question("example.com", .aaaa))
        #expect(outputs == [.lookUp(v6), .lookUp(v4)])
        outputs = []
        search.handle(.success([.address("192.0.2.1")]), to: v4, into: &outputs)
        #expect(outputs.isEmpty)
        search.handle(.success([.address("2001:db8::1")]), to: v6, into: &outputs)
        let hops = ["2001:db8::1", "192.0.2.1"].map {
            NextHop(transport: .udp, endpoint: SocketEndpoint(host: $0, port: 5060), domain: "example.com")
        }
        #expect(outputs == [.ended(.success(hops))])
        outputs = []
        search.handle(.failure(.timedOut), to: v6, into: &outputs)
        search.begin(into: &outputs)
        #expect(outputs.isEmpty)
    }
}
