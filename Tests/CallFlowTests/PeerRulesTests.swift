import SDP
import SIP
import Testing

@testable import CallControl

@Suite struct PeerRulesTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.200", true), ("192.0.2.0/24", "192.0.3.1", false), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::ffff:192.0.2.9", "192.0.2.9", true),
        ("192.0.2.0/24", "pbx.example", false), ("192.0.2.0/24", "", false),
    ])
    func networks(text: String, host: String, inside: Bool) throws {
        #expect(try #require(AddressNetwork(text)).contains(host) == inside)
    }

    @Test(arguments: [
        "", "/8", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/", "192.0.2/24", "pbx.example", "2001:db8::/129",
        "1.2.3.4/8/8",
    ])
    func noNetworks(text: String) {
        #expect(AddressNetwork(text) == nil)
    }

    private func network(_ text: String) throws -> PeerRules.Sign { .network(try #require(AddressNetwork(text))) }

    private func table(_ peers: [PeerRules]) throws -> RoutingTable {
        // `voicemail` leaves the rules open; `vm-…` has its own.
        RoutingTable(
            routes: [
                Route(pattern: try DialPattern("voicemail"), scenario: "voicemail-leave", mailbox: MailboxRules()),
                Route(pattern: try DialPattern("vm-{box:X.}"), scenario: "voicemail-leave", mailbox: MailboxRules(order: [.number])),
            ], domains: LocalDomains("home"), peers: PeerBook(peers))
    }

    @Test func theFirstThatFitsCounts() throws {
        let book = PeerBook([
            PeerRules(name: "sbc", signs: [.tlsName("sbc.example")]),
            PeerRules(name: "exchange", signs: [try network("192.0.2.9"), try network("198.51.100.0/24")]),
            PeerRules(name: "all", signs: [try network("192.0.2.0/24")]),
        ])
        #expect(book.match(CallSource(host: "192.0.2.9"))?.rules.name == "exchange")
        #expect(book.match(CallSource(host: "192.0.2.10"))?.rules.name == "all")
        #expect(book.match(CallSource(host: "192.0.2.9", tlsNames: ["x.example", "SBC.example"]))?.rules.name == "sbc")
        #expect(book.match(CallSource(host: "203.0.113.1", tlsNames: ["evil.sbc.example"])) == nil)
        let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "10.0.0.1", port: 1), peerNames: ["sbc.example"])
        #expect(book.match(CallSource(flow)) == nil, "names count only where a certificate proves them")
    }

    /// Two people sent the call on: a company's exchange means the first, a carrier the last.
    @Test func orderAndDiverterOfEachPeer() throws {
        let invite = ProxiedInvite(
            "sip:voicemail@home;target=1009", "X-Box: 1005",
            "Diversion: <sip:1002@home>;reason=no-answer, <sip:1001@home>;reason=user-busy", to: "<sip:1006@home>")
        let message = try invite.message()
        let table = try table([
            PeerRules(name: "exchange", signs: [try network("192.0.2.1")], mailbox: MailboxRules(order: [.diversion])),
            PeerRules(name: "carrier", signs: [try network("192.0.2.2")], mailbox: MailboxRules(order: [.diversion], diverter: .last)),
            PeerRules(name: "own", signs: [try network("192.0.2.3")], mailbox: MailboxRules(order: [.header, .target], header: "X-Box")),
            PeerRules(name: "plain", signs: [try network("192.0.2.4")], mailbox: MailboxRules(order: [.to])),
            PeerRules(name: "silent", signs: [try network("192.0.2.5")]),
        ])
        func box(_ host: String?) throws -> String? {
            table.decide(message, requestURI: try message.requestURI(), from: host.map { CallSource(host: $0) }).match?.mailbox?.identity
                .name
        }
        #expect(try box("192.0.2.1") == "1001" && box("192.0.2.2") == "1002" && box("192.0.2.3") == "1005" && box("192.0.2.4") == "1006")
        #expect(try box("192.0.2.5") == "1009" && box("203.0.113.1") == "1009" && box(nil) == "1009")
    }

    @Test func whatARouteHasWrittenStays() throws {
        let invite = ProxiedInvite("sip:vm-1001@home", "Diversion: <sip:1002@home>;reason=no-answer")
        let message = try invite.message()
        let peer = PeerRules(name: "p", signs: [try network("192.0.2.1")], mailbox: MailboxRules(order: [.diversion], diverter: .last))
        let decision = try table([peer]).decide(message, requestURI: try message.requestURI(), from: CallSource(host: "192.0.2.1"))
        #expect(decision.match?.mailbox?.identity.name == "1001" && decision.peer?.rules.name == "p")
        var assigned = MailboxRules()
        assigned.order = [.target]
        #expect(assigned.completed(by: peer.mailbox).order == [.target])
        let route = MailboxRules(diverter: .first).completed(by: peer.mailbox)
        #expect(route.order == [.diversion] && route.diverter == .first)
    }

    @Test func codecsOfAPeer() {
        #expect(CodecName(served: "pcma") == .pcma && CodecName(served: "PCMU/8000") == .pcmu && CodecName(served: "Opus") == .opus)
        #expect(
            CodecName(served: "l16") == .l16 && CodecName(served: "L16/16000") == .l16 && CodecName(served: "l16/8000") == .l16Narrowband)
        #expect(CodecName(served: "opus/8000") == nil && CodecName(served: "") == nil && CodecName(served: "CN") == nil)
        #expect(CodecName.served.allSatisfy { CodecName(served: $0.shortName) == $0 })
        #expect(CodecName.servedNames == "pcmu, pcma, g722, opus, l16, l16/8000")
        let server = AudioCapabilities(prefersOwnOrder: true)
        #expect(PeerRules(name: "p", signs: []).capabilities(server) == server)
        let own = PeerRules(name: "p", signs: [], codecs: [.pcma, .l16, .pcmu], prefersOwnCodecs: false).capabilities(server)
        #expect(own.codecs == [.pcma, .l16, .pcmu] && !own.prefersOwnOrder, "a peer's own list goes before that of all")
    }

    @Test func explained() throws {
        let table = try table([
            PeerRules(
                name: "carrier", signs: [try network("192.0.2.0/24"), .tlsName("sbc.example")], isTrusted: true,
                mailbox: MailboxRules(order: [.diversion]))
        ])
        let text = ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1002@home>", "P-Asserted-Identity: <sip:bob@elsewhere.example>")
            .text
        let byVia = try RouteExplanation(Array(text.utf8), by: table)
        #expect(byVia.text.contains("\n  peer      carrier: 192.0.2.1 is in 192.0.2.0/24, by the topmost Via\n"))
        #expect(byVia.text.contains("\n  proven    sip:bob@elsewhere.example\n") && byVia.json.contains("\"peer\":\"carrier\""))
        let secured = CallSource(host: "203.0.113.1", tlsNames: ["sbc.example"])
        let byName = try RouteExplanation(Array(text.utf8), by: table, from: secured)
        #expect(byName.peerWhy == "carrier: its certificate proves sbc.example, as given")
        let other = try RouteExplanation(Array(text.utf8), by: table, from: CallSource(host: "203.0.113.1"))
        #expect(
            other.peerWhy == "none of 1 fits 203.0.113.1, as given" && other.caller.proven == nil && other.json.contains("\"peer\":null"))
        let named = text.replacing("192.0.2.1;", with: "proxy.example;received=192.0.2.3;")
        #expect(try RouteExplanation(Array(named.utf8), by: table).peerWhy.hasPrefix("carrier: 192.0.2.3 is in"))
        let unknown = text.replacing("192.0.2.1;", with: "proxy.example;")
        #expect(try RouteExplanation(Array(unknown.utf8), by: table).peerWhy == "none: the source is not known")
    }
}
