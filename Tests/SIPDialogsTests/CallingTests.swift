import SIP
import SIPDialogs
import Testing
import Timing

/// The caller's side.
@Suite struct CallingTests {
    private let bench = Bench()

    private func dial() throws -> (CallHandle, SIPMessage) {
        var handle: CallHandle?
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")), SIPURI(user: "601", host: "192.0.2.1", port: 5061))
        bench.run { agent, now, outputs in
            handle = agent.invite(uri, from: from, body: Bench.answer, via: Bench.peer, headers: [("X-Test", "1")], at: now, into: &outputs)
        }
        let invite = try #require(bench.sent.first?.message)
        #expect(bench.takeSent() == "INVITE" && invite.value(named: "X-Test") == "1")
        return (try #require(handle), invite)
    }

    private let contact = "<sip:601@192.0.2.1:5062>"

    @Test func answeredAndEndedByThePeer() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 100))
        bench.receive(response(to: invite, 180, toTag: "b1"))
        let ok = response(to: invite, 200, toTag: "b1", contact: contact, body: Bench.answer)
        bench.receive(ok)
        bench.receive(ok)
        #expect(bench.takeEvents() == "progressed(180) answered" && bench.takeSent() == "")
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        bench.receive(ok)
        #expect(bench.sent.first?.flow.remote.port == 5062)
        #expect(bench.sent.map { $0.message.requestURIText } == ["sip:601@192.0.2.1:5062", "sip:601@192.0.2.1:5062"])
        #expect(bench.sent[0].message.bytes == bench.sent[1].message.bytes && bench.takeSent() == "ACK ACK")
        let from = try invite.envelope()
        let bye =
            "BYE sip:me@192.0.2.10:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKbye\r\n"
            + "From: <sip:601@192.0.2.1:5061>;tag=b1\r\n"
            + "To: <sip:me@192.0.2.10>;tag=\(from.fromTag)\r\nCall-ID: \(from.callID)\r\nCSeq: 5 BYE\r\n\r\n"
        bench.receive(bye)
        #expect(bench.takeSent() == "200" && bench.takeEvents() == "ended(remoteBye)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func refusedIsAcknowledged() throws {
        let (_, invite) = try dial()
        let busy = response(to: invite, 486, toTag: "b1")
        bench.receive(busy)
        bench.receive(busy)
        let ack = try #require(bench.sent.first?.message)
        #expect(try ack.envelope().via.branch == invite.envelope().via.branch && ack.envelope().toTag == "b1")
        #expect(bench.takeSent() == "ACK ACK" && bench.takeEvents() == "failed(486)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func noAnswerAtAll() throws {
        _ = try dial()
        bench.pass(.seconds(33))
        #expect(bench.takeSent() == "INVITE INVITE INVITE INVITE INVITE INVITE" && bench.takeEvents() == "failed(408)")
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func cancelWaitsForAProvisional() throws {
        let (call, invite) = try dial()
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.takeSent() == "")
        bench.receive(response(to: invite, 180, toTag: "b1"))
        let cancel = try #require(bench.sent.first?.message)
        #expect(try cancel.envelope().via.branch == invite.envelope().via.branch && cancel.requestURIText == invite.requestURIText)
        #expect(bench.takeSent() == "CANCEL")
        bench.receive(response(to: cancel, 200))
        bench.receive(response(to: invite, 487, toTag: "b1"))
        #expect(bench.takeSent() == "ACK" && bench.takeEvents() == "progressed(180) failed(487)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func answerThatCrossesTheCancel() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 180, toTag: "b1"))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact))
        #expect(bench.takeSent() == "CANCEL ACK BYE" && bench.takeEvents() == "progressed(180) failed(487)")
        bench.pass(.seconds(70))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func cancelWithoutAFinalAnswer() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 180, toTag: "b1"))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        bench.pass(.seconds(33))
        #expect(bench.takeEvents() == "progressed(180) failed(487)" && bench.agent.tableCounts.isEmpty)
    }

    @Test func otherBranchesOfAForkAreEnded() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact))
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        let second = response(to: invite, 200, toTag: "b2", contact: contact)
        bench.receive(second)
        bench.receive(second)
        #expect(bench.takeSent() == "ACK ACK BYE ACK" && bench.takeEvents() == "answered")
    }

    @Test func hangUpAfterTheAnswer() throws {
        let (call, invite) = try dial()
        bench.receive(
            response(
                to: invite, 200, toTag: "b1", contact: contact,
                headers: [("Record-Route", "<sip:p1.example.com;lr>, <sip:198.51.100.9;lr>")]))
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        let bye = try #require(bench.sent.last)
        #expect(bye.message.values(of: .route) == ["<sip:198.51.100.9;lr>", "<sip:p1.example.com;lr>"], "reversed for the caller")
        #expect(bye.flow.remote.host == "198.51.100.9")
        #expect(try bye.message.envelope().cseq.number == 2)
        #expect(bench.takeSent() == "ACK BYE")
        bench.receive(response(to: bye.message, 481))
        #expect(bench.takeEvents() == "answered ended(localBye)")
    }

    @Test func ownReinvite() throws {
        let (call, invite) = try dial()
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact))
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.run { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) }
        bench.run { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) }
        let reinvite = try #require(bench.sent.first?.message)
        #expect(bench.takeSent() == "INVITE")
        bench.receive(response(to: reinvite, 200, contact: contact))
        bench.receive(response(to: reinvite, 200, contact: contact))
        #expect(bench.takeSent() == "ACK ACK" && bench.takeEvents() == "answered reinviteAnswered(200)")
        bench.run { $0.reinvite(call, body: nil, at: $1, into: &$2) }
        let second = try #require(bench.sent.first?.message)
        bench.receive(response(to: second, 488))
        #expect(bench.takeEvents() == "reinviteAnswered(488)")
    }

    @Test func foreignResponsesAreDropped() throws {
        let (_, invite) = try dial()
        let two = String(decoding: response(to: invite, 486), as: UTF8.self).replacing("From:", with: "Via: SIP/2.0/UDP other\r\nFrom:")
        bench.receive(two)
        bench.receive(String(decoding: response(to: invite, 486), as: UTF8.self).replacing("branch=z9hG4bK", with: "branch=z9hG4bKx"))
        bench.receive(String(decoding: response(to: invite, 486), as: UTF8.self).replacing("CSeq: 1 ", with: "CSeq: 2 "))
        #expect(bench.takeEvents() == "" && bench.takeSent() == "")
    }

    @Test func lostConnection() throws {
        let from = NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10"))
        bench.run { agent, now, outputs in
            _ = agent.invite(SIPURI(user: "1", host: "192.0.2.1"), from: from, body: nil, via: Bench.stream, at: now, into: &outputs)
        }
        bench.run { $0.connectionClosed(7, at: $1, into: &$2) }
        #expect(bench.takeEvents() == "failed(503)" && bench.agent.tableCounts.isEmpty)
    }
}
