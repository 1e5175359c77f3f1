import SIP
import SIPDialogs
import Testing
import Timing

/// The caller's early dialogs and PRACKs (RFC 3261 §12.1.2, §13.2.2.4; RFC 3262 §4).
@Suite struct EarlyDialogTests {
    private let bench = Bench()
    private let contact = "<sip:601@192.0.2.1:5062>"

    private func dial(body: Body? = Bench.answer) throws -> (CallHandle, SIPMessage) {
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")), SIPURI(user: "601", host: "192.0.2.1", port: 5061))
        var call: CallHandle?
        bench.run { call = $0.invite(uri, from: from, body: body, via: Bench.peer, at: $1, into: &$2) }
        let invite = try #require(bench.sent.first?.message)
        _ = bench.takeSent()
        return (try #require(call), invite)
    }

    private func reliable(
        _ invite: SIPMessage, _ status: Int, _ number: Int, toTag: String = "b1", contact: String? = nil, body: Body? = nil
    ) -> [UInt8] {
        response(
            to: invite, status, toTag: toTag, contact: contact ?? self.contact, body: body,
            headers: [("Require", "100rel"), ("RSeq", String(number)), ("Allow", "INVITE, UPDATE, PRACK")])
    }

    private func progress(_ index: Int = 0) -> CallProgress? {
        var found: [CallProgress] = []
        for case .progressed(_, let progress) in bench.events { found.append(progress) }
        return index < found.count ? found[index] : nil
    }

    @Test func ourInviteSaysWhatWeCan() throws {
        let (_, invite) = try dial()
        #expect(invite.value(of: .supported) == "100rel, timer" && invite.value(of: .sessionExpires) == "1800")
        #expect(invite.value(of: .minSE) == nil && invite.lists("PRACK", in: .allow) && invite.lists("UPDATE", in: .allow))
    }

    @Test func eachReliableProvisionalIsAcknowledgedOnceAndInOrder() throws {
        let (_, invite) = try dial()
        let ringing = reliable(invite, 180, 77)
        bench.receive(ringing)
        bench.receive(ringing)
        let prack = try #require(bench.sent.first)
        #expect(prack.message.value(of: .rack) == "77 1 INVITE" && prack.message.requestURIText == "sip:601@192.0.2.1:5062")
        #expect(try prack.message.envelope().cseq.number == 2 && prack.message.envelope().toTag == "b1")
        #expect(prack.flow.remote.port == 5062)
        #expect(bench.takeSent() == "PRACK" && bench.takeEvents() == "progressed(180)")
        bench.receive(response(to: prack.message, 200))
        bench.receive(reliable(invite, 183, 79, body: Bench.answer))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "", "one that overtook another comes again")
        bench.receive(reliable(invite, 183, 78, body: Bench.answer))
        bench.receive(reliable(invite, 183, 79, body: Bench.answer))
        #expect(bench.takeSent() == "PRACK PRACK" && bench.takeEvents() == "progressed(183)+body progressed(183)", "one answer")
    }

    @Test func theAnswerOfAReliableProvisionalStands() throws {
        let (call, invite) = try dial()
        bench.receive(reliable(invite, 183, 1, body: Bench.answer))
        #expect(progress()?.isReliable == true && progress()?.wantsAnswer == false && progress()?.branch == "b1")
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact, body: Bench.answer))
        guard case .answered(_, let body, let message) = bench.events.last else { return #expect(Bool(false)) }
        #expect(body == nil && message.body == Bench.answer)
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        #expect(try bench.sent.last?.message.envelope().cseq.number == 1, "an ACK has the number of its INVITE")
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(try bench.sent.last?.message.envelope().cseq.number == 3 && bench.takeSent() == "PRACK ACK BYE")
    }

    @Test func aLateOfferIsAnsweredInThePrack() throws {
        let (call, invite) = try dial(body: nil)
        bench.receive(response(to: invite, 183, toTag: "b1", contact: contact, body: Bench.answer))
        #expect(bench.takeEvents() == "progressed(183)", "an unreliable response carries no offer")
        let offer = reliable(invite, 183, 5, body: Bench.answer)
        bench.receive(offer)
        bench.receive(offer)
        #expect(bench.takeSent() == "" && progress()?.wantsAnswer == true)
        bench.run { $0.answerProvisional(call, branch: "b1", body: Bench.answer, at: $1, into: &$2) }
        bench.run { $0.answerProvisional(call, branch: "b1", body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.body == Bench.answer && bench.takeSent() == "PRACK")
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact))
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.body == nil)
    }

    @Test func aLateOfferInThe2xx() throws {
        let (call, invite) = try dial(body: nil)
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact, body: Bench.answer))
        bench.run { $0.acknowledge(call, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.body == Bench.answer)
        #expect(bench.ask { $0.reinvite(call, body: Bench.answer, at: $1, into: &$2) })
    }

    @Test func branchesHaveTheirOwnNumbers() throws {
        let (call, invite) = try dial()
        bench.receive(reliable(invite, 180, 10, toTag: "b1"))
        bench.receive(reliable(invite, 180, 900, toTag: "b2", contact: "<sip:602@192.0.2.1:5070>"))
        bench.receive(reliable(invite, 183, 11, toTag: "b1", body: Bench.answer))
        #expect(bench.sent.map { $0.message.value(of: .rack) ?? "" } == ["10 1 INVITE", "900 1 INVITE", "11 1 INVITE"])
        #expect(try bench.sent.map { try $0.message.envelope().cseq.number } == [2, 2, 3])
        #expect(bench.sent.map(\.flow.remote.port) == [5062, 5070, 5062] && bench.agent.tableCounts.dialogs == 2)
        _ = (bench.takeSent(), bench.takeEvents())
        // The second branch answers: the first is dropped.
        bench.receive(response(to: invite, 200, toTag: "b2", contact: "<sip:602@192.0.2.1:5071>", body: Bench.answer))
        #expect(bench.takeEvents() == "answered" && bench.agent.tableCounts.dialogs == 1)
        bench.run { $0.hangUp(call, at: $1, into: &$2) }
        #expect(bench.sent.map(\.message.requestURIText) == ["sip:602@192.0.2.1:5071", "sip:602@192.0.2.1:5071"])
        #expect(try bench.sent.last?.message.envelope().cseq.number == 3 && bench.takeSent() == "ACK BYE")
        // Then the first one too.
        bench.receive(response(to: invite, 200, toTag: "b1", contact: contact, body: Bench.answer))
        #expect(try bench.sent.last?.message.envelope().cseq.number == 4, "after its two PRACKs")
        #expect(bench.takeSent() == "ACK BYE")
        bench.pass(.seconds(70))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func aBranchIsEndedByByeOrBy199() throws {
        let (call, invite) = try dial()
        bench.receive(reliable(invite, 180, 1, toTag: "b1"))
        bench.receive(reliable(invite, 180, 1, toTag: "b2"))
        bench.receive(reliable(invite, 180, 1, toTag: "b3"))
        bench.receive(response(to: invite, 199, toTag: "b3"))
        #expect(bench.agent.tableCounts.dialogs == 2)
        _ = bench.takeSent()
        bench.run { $0.hangUp(call, branch: "b1", headers: [("Reason", "SIP;cause=200")], at: $1, into: &$2) }
        #expect(bench.sent.first?.message.value(of: .reason) == "SIP;cause=200" && bench.takeSent() == "BYE")
        #expect(bench.agent.tableCounts.dialogs == 1)
        bench.receive(response(to: invite, 486, toTag: "b9"))
        #expect(bench.takeSent() == "ACK" && bench.agent.tableCounts.dialogs == 0)
        bench.pass(.seconds(70))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func branchesAreBounded() throws {
        let (_, invite) = try dial()
        for index in 0..<200 { bench.receive(reliable(invite, 180, 1, toTag: "b\(index)")) }
        #expect(bench.agent.tableCounts.dialogs == 32 && bench.sent.count == 32)
    }

    @Test func aPrackThatWasOvertakenIsMadeAnew() throws {
        let (_, invite) = try dial()
        let ringing = reliable(invite, 180, 7)
        bench.receive(ringing)
        bench.receive(response(to: try #require(bench.sent.last?.message), 500))
        bench.receive(ringing)
        #expect(bench.takeSent() == "PRACK PRACK")
        let (_, other) = try dial()
        bench.receive(reliable(other, 180, 7))
        bench.receive(response(to: try #require(bench.sent.last?.message), 481))
        bench.receive(reliable(other, 180, 7))
        #expect(bench.takeSent() == "PRACK")
    }

    @Test func theReasonGoesIntoTheCancel() throws {
        let (call, invite) = try dial()
        bench.run { $0.hangUp(call, headers: [("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"")], at: $1, into: &$2) }
        bench.receive(response(to: invite, 180, toTag: "b1"))
        #expect(bench.sent.last?.message.value(of: .reason) == "SIP;cause=200;text=\"Call completed elsewhere\"")
        #expect(bench.takeSent() == "CANCEL")
    }

    @Test func redirectionGivesItsContacts() throws {
        let (_, invite) = try dial()
        bench.receive(response(to: invite, 302, toTag: "b1", contact: "<sip:a@192.0.2.5>;q=0.5, <sip:b@192.0.2.6>"))
        guard case .failed(_, let status, _, let message) = bench.events.last else { return #expect(Bool(false)) }
        #expect(try status == .movedTemporarily && message?.addresses(of: .contact).map(\.uri.user) == ["a", "b"])
    }

    @Test func aByeOnAnEarlyDialogEndsThatBranch() throws {
        let (_, invite) = try dial()
        bench.receive(reliable(invite, 180, 1))
        let envelope = try invite.envelope()
        bench.receive(
            "BYE sip:me@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKbye\r\nFrom: <sip:601@h>;tag=b1\r\n"
                + "To: <sip:me@192.0.2.10>;tag=\(envelope.fromTag)\r\nCall-ID: \(envelope.callID)\r\nCSeq: 5 BYE\r\n\r\n")
        #expect(bench.takeSent() == "PRACK 200" && bench.agent.tableCounts.dialogs == 0 && bench.agent.tableCounts.sessions == 1)
    }

    /// RFC 3262 §4: 100rel in a 100 says nothing.
    @Test func a100IsNeverReliable() throws {
        let (_, invite) = try dial()
        bench.receive(reliable(invite, 100, 5))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "" && bench.agent.tableCounts.dialogs == 0)
    }
}
