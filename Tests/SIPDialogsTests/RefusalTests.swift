import SIP
import SIPDialogs
import Testing

/// Requests that get an error at once, and leave nothing behind.
@Suite struct RefusalTests {
    @Test(arguments: [
        ("BYE", "", "481"), ("REGISTER", "", "405"), ("INFO", "", "405"), ("NEWMETHOD", "", "405"), ("OPTIONS", "", "200"),
        ("INVITE", "Require: 100rel, precondition\r\n", "420"), ("OPTIONS", "Require: x\r\n", "420"),
        ("INVITE", "Accept: text/plain\r\n", "406"),
        ("INVITE", "Contact: <sip:second@h>\r\n", "400"), ("INVITE", "CSeq: 1 INVITE\r\n", "400"),
        ("INVITE", "Record-Route: <tel:1>\r\n", "400"),
        ("INVITE", "Bad header\r\n", "400"), ("ACK", "", ""), ("ACK", "Bad header\r\n", ""), ("CANCEL", "", "481"),
    ])
    func outsideOfADialog(_ method: String, _ headers: String, _ expected: String) {
        let bench = Bench()
        let request = Caller().request(method, headers: headers)
        bench.receive(request)
        let first = bench.sent.first?.message
        bench.receive(request)
        #expect(bench.sent.last?.message.bytes == first?.bytes, "a copy gets the very same answer")
        #expect(bench.takeSent() == (expected.isEmpty ? "" : "\(expected) \(expected)"))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func refusalsSayWhatWouldDo() {
        let bench = Bench()
        bench.receive(Caller().request("MESSAGE"))
        #expect(bench.sent.last?.message.value(of: .allow) == "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE")
        bench.receive(Caller().request("INVITE", headers: "Require: 100rel, x, timer, y\r\n"))
        #expect(bench.sent.last?.message.value(of: .unsupported) == "x, y")
        bench.receive(Caller().request("INVITE", body: "x").replacing("application/sdp", with: "text/plain"))
        #expect(bench.sent.last?.message.value(of: .accept) == "application/sdp")
        bench.receive(Caller().request("INVITE", body: "x", headers: "Content-Encoding: gzip\r\n"))
        #expect(bench.takeSent() == "405 420 415 415")
        bench.receive(Caller().request("OPTIONS"))
        #expect(bench.sent.last?.message.value(of: .accept) == "application/sdp")
        #expect(bench.sent.last?.message.value(of: .supported) == "100rel, timer")
    }

    @Test(arguments: [("tel:+15551212", "416"), ("sip:a@b?Route=x", "400"), ("sip:", "400"), ("sips:a@b", "100")])
    func requestURIs(_ uri: String, _ expected: String) {
        let bench = Bench()
        bench.receive(Caller().request("INVITE", uri: uri))
        bench.pass(.milliseconds(200))
        #expect(bench.takeSent() == expected)
    }

    @Test func noHopsLeft() {
        let bench = Bench()
        bench.receive(Caller().request("OPTIONS").replacing("Max-Forwards: 70", with: "Max-Forwards: 0"))
        bench.receive(Caller().request("INVITE").replacing("Max-Forwards: 70", with: "Max-Forwards: 0"))
        bench.receive(Caller().request("INVITE").replacing("Max-Forwards: 70", with: "Max-Forwards: x"))
        #expect(bench.takeSent() == "483 483 400")
    }

    @Test func unknownDialogs() throws {
        let standing = try #require(StandingCall())
        for method in ["BYE", "INVITE", "OPTIONS", "INFO"] {
            for change in [\Caller.toTag, \Caller.optionalFromTag] {
                var caller = standing.caller
                caller[keyPath: change] = "wrong"
                standing.bench.receive(caller.request(method, 9, branch: "\(method)\(change)".filter(\.isLetter)))
            }
        }
        #expect(standing.bench.takeSent() == "481 481 481 481 481 481 481 481")
    }

    @Test func callsAreLimited() {
        let bench = Bench { $0.maximumCalls = 1 }
        bench.receive(Caller().request("INVITE"))
        bench.receive(Caller(callID: "c2").request("INVITE"))
        #expect(bench.takeSent() == "503")
    }

    /// RFC 3261 §8.2.2.2: one call by two ways is merged, by another Request-URI it is a spiral.
    @Test func mergedAndSpiralling() {
        let bench = Bench()
        bench.receive(Caller().request("INVITE"))
        bench.receive(Caller().request("INVITE", branch: "other"))
        bench.receive(Caller().request("INVITE", branch: "third", uri: "sip:602@192.0.2.10"))
        #expect(bench.takeSent() == "482" && bench.takeEvents() == "invited invited")
    }

    @Test func keepAlivesAndResponsesAreDropped() {
        let bench = Bench()
        for bytes in [[], [13, 10], [13, 10, 13, 10], [0]] as [[UInt8]] { bench.receive(bytes) }
        bench.receive(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                + "To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n"
        )
        #expect(bench.takeSent() == "" && bench.takeEvents() == "")
    }
}

extension Caller {
    fileprivate var optionalFromTag: String? {
        get { fromTag }
        set { fromTag = newValue ?? "" }
    }
}
