import SIP
import SIPDialogs
import Testing

/// Where answers and requests go, and by which headers.
@Suite struct RoutingTests {
    private func answer(via: String, from flow: Flow = Bench.peer) throws -> (Via, Flow) {
        let bench = Bench()
        var caller = Caller()
        caller.via = via
        bench.receive(caller.request("OPTIONS"), from: flow)
        let sent = try #require(bench.sent.first)
        return (try sent.message.envelope().via, sent.flow)
    }

    @Test func rportIsFilledAndUsed() throws {
        let (via, flow) = try answer(via: "SIP/2.0/UDP 10.0.0.1:5099;rport")
        #expect(via.parameters["received"] == "192.0.2.1" && via.parameters["rport"] == "5061" && via.host == "10.0.0.1")
        #expect(flow == Bench.peer)
        #expect(try answer(via: "SIP/2.0/UDP 192.0.2.1:5061;rport").0.parameters["received"] == "192.0.2.1", "RFC 3581 §4")
    }

    @Test func withoutRportTheSentByPortIsUsed() throws {
        let (via, flow) = try answer(via: "SIP/2.0/UDP client.example.com:5099;maddr=203.0.113.1")
        #expect(via.parameters["received"] == "192.0.2.1" && !via.parameters.contains("rport"))
        #expect(flow.remote == SocketEndpoint(host: "192.0.2.1", port: 5099))
        #expect(try answer(via: "SIP/2.0/UDP 192.0.2.1").1.remote.port == 5060)
        #expect(try !answer(via: "SIP/2.0/UDP 192.0.2.1").0.parameters.contains("received"))
    }

    @Test func streamsAnswerOnTheirConnection() throws {
        #expect(try answer(via: "SIP/2.0/TCP 192.0.2.1:5070", from: Bench.stream).1 == Bench.stream)
    }

    @Test func allViasStayInOrder() throws {
        let bench = Bench()
        var caller = Caller()
        caller.extra =
            "Via: SIP/2.0/TCP b;branch=z9hG4bKb, SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKc;received=1.2.3.4\r\nv: SIP/2.0/UDP d\r\n"
        bench.receive(caller.request("INVITE"))
        bench.pass(.milliseconds(200))
        let message = try #require(bench.sent.first?.message)
        #expect(
            try message.elements(of: .via).dropFirst() == [
                "SIP/2.0/TCP b;branch=z9hG4bKb", "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKc;received=1.2.3.4", "SIP/2.0/UDP d",
            ])
    }

    /// §8.2.6.1: with how long it waited here.
    @Test func timestampComesBackInThe100() {
        let bench = Bench()
        bench.receive(Caller().request("INVITE", headers: "Timestamp: 54\r\n"))
        bench.pass(.milliseconds(199))
        #expect(bench.takeSent() == "")
        bench.pass(.milliseconds(1))
        #expect(bench.sent.first?.message.value(of: .timestamp) == "54 0.2" && bench.takeSent() == "100")
    }

    @Test func recordRouteIsCopiedAndFollowed() throws {
        var caller = Caller()
        caller.extra =
            "Record-Route: <sip:198.51.100.1:5062;lr;ftag=a1>;x=y, <sip:p2.example.com;lr>\r\nRecord-Route: <sip:p3.example.com;lr>\r\n"
        let bench = Bench()
        bench.receive(caller.request("INVITE", body: "offer"))
        let call = try #require(bench.lastCall)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.accept(call, body: nil, at: $1, into: &$2) }
        let copied = ["<sip:198.51.100.1:5062;lr;ftag=a1>;x=y, <sip:p2.example.com;lr>", "<sip:p3.example.com;lr>"]
        #expect(bench.sent.map { $0.message.values(of: .recordRoute) } == [copied, copied])
        caller.toTag = try bench.sent.last?.message.envelope().toTag
        bench.receive(caller.request("ACK"))
        bench.sent = []
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        let bye = try #require(bench.sent.first)
        #expect(bye.message.requestURIText == "sip:alice@192.0.2.1:5061")
        #expect(
            bye.message.values(of: .route) == [
                "<sip:198.51.100.1:5062;lr;ftag=a1>;x=y", "<sip:p2.example.com;lr>", "<sip:p3.example.com;lr>",
            ])
        #expect(bye.flow.remote == SocketEndpoint(host: "198.51.100.1", port: 5062))
    }

    @Test func strictRouters() throws {
        var caller = Caller()
        caller.extra = "Record-Route: <sip:198.51.100.1;method=BYE?x=y>, <sip:p2.example.com;lr>\r\n"
        let standing = try #require(StandingCall(Bench(), caller))
        let call = standing.call
        standing.bench.run { $0.hangUp(call, at: $1, into: &$2) }
        let bye = try #require(standing.bench.sent.first)
        #expect(bye.message.requestURIText == "sip:198.51.100.1")
        #expect(bye.message.values(of: .route) == ["<sip:p2.example.com;lr>", "<sip:alice@192.0.2.1:5061>"])
        #expect(bye.flow.remote == SocketEndpoint(host: "198.51.100.1", port: 5060))
    }

    /// Contact -> where our BYE goes.
    @Test(arguments: [
        ("<sip:alice@192.0.2.99:5070>", "192.0.2.99:5070"), ("<sip:alice@phone.example.com>", "192.0.2.1:5061"),
        ("<sip:alice@10.0.0.1:5099>", "192.0.2.1:5061"), ("<sip:alice@[2001:db8::5]>", "[2001:db8::5]:5060"),
    ])
    func requestsOfOurs(_ contact: String, _ expected: String) throws {
        var caller = Caller()
        // The sent-by 10.0.0.1 behind a NAT: its Contact is not reachable either.
        caller.via = "SIP/2.0/UDP 10.0.0.1:5099;rport"
        caller.contact = contact
        let standing = try #require(StandingCall(Bench(), caller))
        let call = standing.call
        standing.bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(standing.bench.sent.first?.flow.remote.description == expected)
    }
}
