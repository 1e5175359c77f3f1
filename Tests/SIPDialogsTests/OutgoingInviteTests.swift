import SIP
import SIPDialogs
import Testing
import Timing

/// What our INVITE looks like and where it goes (RFC 3261 §8.1.1, §12.2.1.1).
@Suite struct OutgoingInviteTests {
    private let bench = Bench()
    private let callee = SIPURI(user: "601", host: "example.com")

    private func dial(
        _ from: NameAddress = NameAddress(display: "Ann \"A\"", uri: SIPURI(user: "me", host: "192.0.2.10")), to: NameAddress? = nil,
        routes: [String] = [], privacy: CallerPrivacy = .open, headers: [(String, String)] = []
    ) throws -> (CallHandle, SIPMessage) {
        var call: CallHandle?
        bench.run {
            call = $0.invite(
                callee, from: from, to: to, body: Bench.answer, via: Bench.peer, routes: routes, privacy: privacy, headers: headers, at: $1,
                into: &$2)
        }
        let invite = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        return (try #require(call), invite)
    }

    @Test func namesAndHeaders() throws {
        let to = NameAddress(display: "Sales", uri: callee)
        let (_, invite) = try dial(to: to, headers: [("Subject", "news"), ("Route", "<sip:evil;lr>"), ("From", "x")])
        let envelope = try invite.envelope()
        #expect(envelope.from.display == "Ann \"A\"" && envelope.to.display == "Sales" && envelope.toTag == nil)
        #expect(invite.value(of: .subject) == "news" && invite.value(of: .route) == nil && invite.values(of: .from).count == 1)
        #expect(invite.value(of: .contact) == "<sip:me@192.0.2.10:5060>")
    }

    @Test func looseRoutesStandBeforeTheTarget() throws {
        let (call, invite) = try dial(routes: ["<sip:192.0.2.1:5061;lr>", "<sip:second.example.com;lr>"])
        #expect(invite.requestURIText == "sip:601@example.com")
        #expect(invite.values(of: .route) == ["<sip:192.0.2.1:5061;lr>", "<sip:second.example.com;lr>"])
        bench.receive(response(to: invite, 180, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>"))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.values(of: .route) == invite.values(of: .route), "a CANCEL takes the way of its INVITE")
        bench.receive(response(to: invite, 487, toTag: "b1"))
        #expect(bench.sent.last?.message.values(of: .route) == invite.values(of: .route), "and so does the ACK of a failure")
    }

    @Test func aStrictRouterIsTheRequestURI() throws {
        let (_, invite) = try dial(routes: ["<sip:strict.example.com;method=INVITE>", "<sip:second.example.com;lr>"])
        #expect(invite.requestURIText == "sip:strict.example.com")
        #expect(invite.values(of: .route) == ["<sip:second.example.com;lr>", "<sip:601@example.com>"])
        #expect(try invite.envelope().to.uri == callee)
    }

    @Test func theCallersNameIsKept() throws {
        let (_, invite) = try dial(privacy: .withheld)
        let envelope = try invite.envelope()
        #expect(envelope.from.uri.text == "sip:anonymous@anonymous.invalid" && envelope.from.display == "Anonymous")
        #expect(invite.value(named: "Privacy") == "id" && invite.value(of: .contact) == "<sip:192.0.2.10:5060>")
        #expect(invite.value(named: "P-Preferred-Identity") == "\"Ann \\\"A\\\"\" <sip:me@192.0.2.10>")
        let asserted = [("P-Asserted-Identity", "<sip:me@example.com>"), ("Privacy", "id;critical")]
        let (_, second) = try dial(privacy: .withheld, headers: asserted)
        #expect(second.value(named: "P-Preferred-Identity") == nil && second.value(named: "Privacy") == "id;critical")
        let (_, open) = try dial()
        #expect(open.value(named: "Privacy") == nil && open.value(named: "P-Preferred-Identity") == nil)
    }
}
