import SIP
import SIPDialogs
import Testing
import Timing

/// What requests of ours consist of (RFC 3261 §8.1.1, §9.1, §12.2.1.1, §17.1.1.3).
@Suite struct RequestFormTests {
    private let bench = Bench()
    private let contact = "<sip:601@192.0.2.1:5062>"

    private func dial(
        _ uri: SIPURI = SIPURI(user: "601", host: "192.0.2.1", port: 5061), over flow: Flow = Bench.peer, routes: [String] = []
    )
        throws -> (CallHandle, SIPMessage)
    {
        var call: CallHandle?
        let from = NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10"))
        bench.run { call = $0.invite(uri, from: from, body: Bench.answer, via: flow, routes: routes, at: $1, into: &$2) }
        let invite = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        return (try #require(call), invite)
    }

    @Test func whatAnInviteConsistsOf() throws {
        let (_, invite) = try dial()
        let (_, other) = try dial()
        let (envelope, second) = (try invite.envelope(), try other.envelope())
        #expect(envelope.toTag == nil && envelope.fromTag.utf8.count >= 7, "32 bits and more")
        #expect(envelope.cseq.number < 1 << 31 && envelope.cseq.method == .invite)
        #expect(invite.value(of: .maxForwards) == "70")
        #expect(envelope.via.text.hasPrefix("SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK") && envelope.via.uniqueBranch != nil)
        #expect(try invite.addresses(of: .contact).count == 1 && invite.addresses(of: .contact).allSatisfy { $0.uri.isSIP })
        #expect(String(decoding: invite.bytes, as: UTF8.self).hasPrefix("INVITE sip:601@192.0.2.1:5061 SIP/2.0\r\n"))
        #expect(invite.value(of: .contentType) == "application/sdp" && invite.value(of: .contentLength) == "6")
        #expect(!invite.has(.contentEncoding) && !invite.has(.require) && !invite.has(.proxyRequire) && !invite.has(.route))
        #expect(!invite.has(.event) && !invite.has(.subscriptionState) && !invite.has(.retryAfter) && !invite.has(.unsupported))
        #expect(envelope.callID != second.callID && envelope.fromTag != second.fromTag && envelope.via.branch != second.via.branch)
    }

    @Test func aCancelRepeatsItsInvite() throws {
        let (call, invite) = try dial(routes: ["<sip:192.0.2.1:5061;lr>"])
        bench.receive(response(to: invite, 180, toTag: "b1", contact: contact))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        let cancel = try #require(bench.sent.last)
        #expect(cancel.flow == Bench.peer && cancel.message.requestURIText == invite.requestURIText)
        for id in [HeaderID.via, .from, .to, .callID, .route] { #expect(cancel.message.values(of: id) == invite.values(of: id), "\(id)") }
        #expect(try cancel.message.envelope().cseq == CSeq(number: invite.envelope().cseq.number, method: .cancel))
        #expect(!cancel.message.has(.require) && !cancel.message.has(.proxyRequire) && cancel.message.value(of: .contentLength) == "0")
    }

    @Test func anAckOfAFailureRepeatsItsInvite() throws {
        let (_, invite) = try dial(routes: ["<sip:192.0.2.1:5061;lr>"])
        bench.receive(response(to: invite, 486, toTag: "b1"))
        let ack = try #require(bench.sent.last)
        #expect(ack.flow == Bench.peer && ack.message.requestURIText == invite.requestURIText)
        for id in [HeaderID.via, .from, .callID, .route] { #expect(ack.message.values(of: id) == invite.values(of: id), "\(id)") }
        #expect(ack.message.value(of: .to) == "\(invite.value(of: .to) ?? "");tag=b1")
        #expect(try ack.message.envelope().cseq == CSeq(number: invite.envelope().cseq.number, method: .ack))
        #expect(!ack.message.has(.require) && !ack.message.has(.proxyRequire))
    }

    @Test func anAckOfASuccessHasItsOwnBranch() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact, body: Bench.answer))
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        let ack = try #require(bench.sent.last?.message)
        let envelope = try ack.envelope()
        #expect(try envelope.cseq == CSeq(number: invite.envelope().cseq.number, method: .ack) && envelope.toTag == "b1")
        #expect(try envelope.via.branch != invite.envelope().via.branch)
        #expect(!ack.has(.route) && !ack.has(.require) && !ack.has(.proxyRequire))
    }

    /// RFC 3261 §12.2.1.2.
    @Test func theAnswerToAChangeMovesTheTarget() throws {
        let standing = try #require(StandingCall())
        let (bench, call) = (standing.bench, standing.call)
        #expect(bench.ask { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) })
        let change = try #require(bench.sent.last?.message)
        bench.receive(response(to: change, 200, contact: "<sip:alice@192.0.2.1:5099>", body: Bench.answer))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.map(\.message.requestURIText).suffix(2) == ["sip:alice@192.0.2.1:5099", "sip:alice@192.0.2.1:5099"])
        #expect(bench.takeSent() == "INVITE ACK BYE")
    }

    @Test func requestsWithinADialogCountByOne() throws {
        let standing = try #require(StandingCall(Bench { $0.sessionTimer = nil }, Caller(extra: "Allow: UPDATE\r\n")))
        let (bench, call) = (standing.bench, standing.call)
        bench.run { $0.probe(call, at: $1, into: &$2) }
        bench.run { $0.probe(call, at: $1, into: &$2) }
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        let numbers = try bench.sent.map { try $0.message.envelope().cseq.number }
        #expect(numbers.first.map { numbers == [$0, $0 + 1, $0 + 2] } == true && (numbers.first ?? 0) < 1 << 31)
        for request in bench.sent.map(\.message) {
            let envelope = try request.envelope()
            #expect(request.requestURIText == "sip:alice@192.0.2.1:5061" && !request.has(.route))
            #expect(envelope.callID == "c1" && envelope.fromTag == standing.caller.toTag && envelope.toTag == "a1")
            #expect(envelope.from.uri.text == "sip:601@192.0.2.10" && envelope.to.uri.text == "sip:alice@example.com")
        }
    }

    /// RFC 3261 §12.1.1, §12.1.2: peers of RFC 2543 have no tags, and get none back.
    @Test func peersWithoutTags() throws {
        let answered = Bench()
        let invite = Caller().request("INVITE", body: "offer").replacing(";tag=a1", with: "")
        answered.receive(invite)
        let call = try #require(answered.lastCall)
        answered.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        let tag = try #require(try answered.sent.last?.message.envelope().toTag)
        answered.receive(Caller(toTag: tag).request("ACK").replacing(";tag=a1", with: ""))
        answered.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(answered.sent.last?.message.value(of: .to) == "<sip:alice@example.com>")
        #expect(answered.takeSent() == "200 BYE")

        let (placed, request) = try dial()
        bench.receive(response(to: request, 200, contact: contact, body: Bench.answer))
        bench.run { $0.acknowledge(placed, at: $1, into: &$2) }
        bench.run { $0.hangUp(placed, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.value(of: .to) == request.value(of: .to) && bench.takeSent() == "ACK BYE")
    }

    /// RFC 3261 §8.1.1.8, §12.1.1: over TLS a SIPS URI is answered with one.
    @Test func securedContacts() throws {
        let bench = Bench { $0.listeners.append(.init(transport: .tls, advertisedHost: "a.example", advertisedPort: 5061)) }
        let flow = Flow(listener: 2, transport: .tls, remote: Bench.peer.remote, connection: 9)
        func contact(_ request: String, over flow: Flow) throws -> String? {
            bench.receive(request, from: flow)
            let call = try #require(bench.lastCall)
            bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
            return bench.sent.last?.message.value(of: .contact)
        }
        let plain = "<sip:601@a.example:5061;transport=tls>"
        #expect(try contact(Caller(callID: "1").request("INVITE", uri: "sips:601@a.example"), over: flow) == "<sips:601@a.example:5061>")
        #expect(try contact(Caller(callID: "2").request("INVITE", uri: "sip:601@a.example"), over: flow) == plain)
        let routed = Caller(callID: "3", contact: "<sips:alice@192.0.2.1>", extra: "Record-Route: <sips:p.example;lr>\r\n")
        #expect(try contact(routed.request("INVITE"), over: flow) == "<sips:601@a.example:5061>")
        let toSIPS = Caller(callID: "4", contact: "<sips:alice@192.0.2.1>")
        #expect(try contact(toSIPS.request("INVITE"), over: flow) == "<sips:601@a.example:5061>")
        var call: CallHandle?
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "a.example")), SIPURI(scheme: .sips, user: "1", host: "b.example"))
        bench.run { call = $0.invite(uri, from: from, body: nil, via: flow, at: $1, into: &$2) }
        #expect(call != nil && bench.sent.last?.message.value(of: .contact) == "<sips:me@a.example:5061>")
        let over = "<sips:p.example;lr>"
        bench.run { call = $0.invite(SIPURI(user: "1", host: "b"), from: from, body: nil, via: flow, routes: [over], at: $1, into: &$2) }
        #expect(bench.sent.last?.message.value(of: .contact) == "<sips:me@a.example:5061>")
    }
}
