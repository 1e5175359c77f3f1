import SIP
import SIPDialogs
import SIPTransactions
import Testing
import Timing

/// Requests that are no part of a call's set-up, in both directions.
@Suite struct StandaloneTests {
    private let bench = Bench { $0.handedOver = [.subscribe, .notify, .info, .refer] }

    private func request(_ index: Int = 0) throws -> (RequestHandle, IncomingRequest) {
        guard case .requested(let handle, let request) = bench.events[index] else {
            throw SIPParseError("no request but \(bench.takeEvents())", at: 0)
        }
        return (handle, request)
    }

    private func send(_ method: SIPMethod, routes: [String] = []) -> RequestHandle? {
        var handle: RequestHandle?
        bench.run { agent, now, outputs in
            handle = agent.send(
                OutgoingRequest(
                    method, target: SIPURI(user: "1001", host: "192.0.2.1", port: 5061),
                    from: NameAddress(uri: SIPURI(user: "vm", host: "192.0.2.10")),
                    to: NameAddress(uri: SIPURI(user: "1001", host: "192.0.2.1")), routes: routes, flow: Bench.peer,
                    headers: [("Event", "message-summary")]), at: now, into: &outputs)
        }
        return handle
    }

    @Test func handedOverAndAnsweredOnce() throws {
        let subscribe = Caller(extra: "Record-Route: <sip:192.0.2.3;lr>\r\n").request("SUBSCRIBE")
        bench.receive(subscribe)
        bench.receive(subscribe)
        #expect(bench.takeSent().isEmpty && bench.events.count == 1)
        let (handle, asked) = try request()
        bench.run { $0.respond(to: handle, .ok, headers: [("Expires", "60")], at: $1, into: &$2) }
        bench.run { $0.respond(to: handle, .forbidden, at: $1, into: &$2) }
        bench.receive(subscribe)
        let ok = bench.sent[0].message
        #expect(bench.takeSent() == "200 200")
        #expect(ok.value(of: .contact)?.contains("192.0.2.10") == true && ok.value(of: .recordRoute) == "<sip:192.0.2.3;lr>")
        #expect(try ok.envelope().toTag == asked.localTag)
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func othersGet405AndStraysGet481() {
        bench.receive(Caller().request("MESSAGE"))
        bench.receive(Caller().request("UPDATE"))
        bench.receive(Caller(callID: "x").request("PRACK"))
        #expect(bench.sent[0].message.value(of: .allow)?.contains("SUBSCRIBE") == true)
        #expect(bench.takeSent() == "405 481 481" && bench.events.isEmpty)
    }

    @Test func aKeptDialogTakesRequestsAndSendsThem() throws {
        bench.receive(Caller().request("SUBSCRIBE"))
        let (handle, asked) = try request()
        var dialog = try Dialog(answering: asked)
        bench.agent.adopt(dialog.identifier)
        bench.run { $0.respond(to: handle, .ok, at: $1, into: &$2) }
        bench.run { _ = $0.send(.notify, along: &dialog, headers: [("Event", "message-summary")], at: $1, into: &$2) }
        bench.run { _ = $0.send(.notify, along: &dialog, at: $1, into: &$2) }
        let notify = bench.sent[1].message
        #expect(notify.requestURIText == "sip:alice@192.0.2.1:5061" && bench.takeSent() == "200 NOTIFY NOTIFY")
        #expect(try notify.envelope().cseq.number == 1 && dialog.localSequence == 2)
        bench.receive(response(to: notify, 200))
        #expect(bench.takeEvents() == "requested(SUBSCRIBE) responded(200)")
        var again = Caller()
        again.toTag = asked.localTag
        bench.receive(again.request("SUBSCRIBE", 2))
        #expect(try request().1.usage == dialog.identifier)
        #expect(dialog.follow(try request().1))
        #expect(!dialog.follow(try request().1), "the same number again")
        let second = try request().0
        bench.run { $0.respond(to: second, .ok, at: $1, into: &$2) }
        bench.agent.release(dialog.identifier)
        bench.receive(again.request("SUBSCRIBE", 3))
        #expect(bench.takeSent() == "200 481")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func silenceIs408() throws {
        let handle = try #require(send(.notify))
        bench.pass(.seconds(40))
        guard case .responded(handle, let outcome) = bench.events.last else {
            Issue.record("\(bench.takeEvents())")
            return
        }
        #expect(outcome.status == .requestTimeout && outcome.message == nil && bench.agent.tableCounts.isEmpty)
    }

    @Test func routesGoInFrontLooseOrStrict() throws {
        _ = send(.notify, routes: ["<sip:192.0.2.5;lr>", "<sip:192.0.2.6;lr>"])
        _ = send(.notify, routes: ["<sip:192.0.2.5>", "<sip:192.0.2.6;lr>"])
        let (loose, strict) = (bench.sent[0].message, bench.sent[1].message)
        #expect(loose.requestURIText == "sip:1001@192.0.2.1:5061" && loose.values(of: .route).count == 2)
        #expect(strict.requestURIText == "sip:192.0.2.5")
        #expect(strict.values(of: .route) == ["<sip:192.0.2.6;lr>", "<sip:1001@192.0.2.1:5061>"])
    }

    @Test func infoInACallNamesTheCall() throws {
        let standing = try #require(StandingCall(bench))
        bench.receive(standing.caller.request("INFO", 2))
        let (handle, asked) = try request()
        #expect(asked.call == standing.call)
        bench.run { $0.respond(to: handle, .ok, at: $1, into: &$2) }
        var sent: RequestHandle?
        bench.run { sent = $0.send(.info, in: standing.call, at: $1, into: &$2) }
        #expect(sent != nil && bench.takeSent() == "200 INFO")
    }

    @Test(arguments: ["INFO", "NOTIFY", "REFER", "SUBSCRIBE"])
    func aRequestInACallWithAnUnreadableURILeavesNothing(_ method: String) throws {
        let standing = try #require(StandingCall(bench))
        _ = bench.takeSent()
        for _ in 0..<2 { bench.receive(standing.caller.request(method, 2, uri: "sip:[")) }
        #expect(bench.takeSent() == "400 400", "a lost answer is given again")
        bench.receive(standing.caller.request("BYE", 3))
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    // MARK: Credentials

    private struct Secret: RequestCredentials {
        func authorization(for response: SIPMessage, method: SIPMethod, uri: String, body: [UInt8], attempt: Int) -> [(HeaderID, String)]? {
            attempt > 2 ? nil : [(.authorization, "Digest \(method.name) \(uri) \(attempt)")]
        }
    }

    @Test func anAskedRequestIsSentAgainWithCredentials() throws {
        bench.agent.credentials = Secret()
        let handle = try #require(send(.notify))
        let first = bench.sent[0].message
        bench.receive(response(to: first, 401, toTag: "s"))
        let second = bench.sent[1].message
        #expect(bench.takeSent() == "NOTIFY NOTIFY" && bench.events.isEmpty)
        let (one, two) = (try first.envelope(), try second.envelope())
        #expect(one.callID == two.callID && one.fromTag == two.fromTag && two.cseq.number == 2 && one.via.branch != two.via.branch)
        #expect(second.value(of: .authorization)?.hasPrefix("Digest NOTIFY sip:1001@") == true && second.value(named: "Event") != nil)
        bench.receive(response(to: second, 200, toTag: "s"))
        guard case .responded(handle, let outcome) = bench.events.last else {
            Issue.record("\(bench.takeEvents())")
            return
        }
        #expect(outcome.status == .ok && outcome.sequence == 2)
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func refusedCredentialsAreGivenUp() throws {
        bench.agent.credentials = Secret()
        _ = send(.notify)
        for _ in 0..<4 { if let last = bench.sent.last?.message { bench.receive(response(to: last, 407, toTag: "s")) } }
        #expect(bench.takeSent() == "NOTIFY NOTIFY NOTIFY" && bench.takeEvents() == "responded(407)")
    }

    @Test func anAskedCallIsPlacedAgainAndItsAckHasTheCredentials() throws {
        bench.agent.credentials = Secret()
        var call: CallHandle?
        bench.run { agent, now, outputs in
            call = agent.invite(
                SIPURI(user: "601", host: "192.0.2.1", port: 5061), from: NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")),
                body: Bench.answer, via: Bench.peer, at: now, into: &outputs)
        }
        let handle = try #require(call)
        bench.receive(response(to: bench.sent[0].message, 407, toTag: "p"))
        #expect(bench.sent.map { $0.message.method } == [.invite, .ack, .invite] && bench.events.isEmpty)
        let again = bench.sent[2].message
        bench.receive(response(to: again, 200, toTag: "b", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer))
        bench.run { $0.acknowledge(handle, at: $1, into: &$2) }
        let ack = try #require(bench.sent.last?.message)
        #expect(try ack.envelope().cseq.number == 2 && ack.value(of: .authorization) != nil)
        bench.run { $0.hangUp(handle, at: $1, into: &$2) }
        let bye = try #require(bench.sent.last?.message)
        #expect(try bye.envelope().cseq.number == 3)
        bench.receive(response(to: bye, 200, toTag: "b"))
        #expect(bench.takeEvents() == "answered ended(localBye)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func aCallTakenBackIsNotPlacedAgain() throws {
        bench.agent.credentials = Secret()
        var call: CallHandle?
        bench.run { agent, now, outputs in
            call = agent.invite(
                SIPURI(user: "601", host: "192.0.2.1", port: 5061), from: NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")),
                body: nil, via: Bench.peer, at: now, into: &outputs)
        }
        let handle = try #require(call)
        bench.run { $0.hangUp(handle, at: $1, into: &$2) }
        bench.receive(response(to: bench.sent[0].message, 401, toTag: "p"))
        #expect(bench.takeSent() == "INVITE ACK" && bench.takeEvents() == "failed(401)")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    /// RFC 6665 §4.6: a CANCEL of anything but an INVITE is answered, and that is all.
    @Test func aCancelChangesNothing() throws {
        bench.receive(Caller().request("SUBSCRIBE"))
        bench.receive(Caller().request("CANCEL", branch: "c1SUBSCRIBE1"))
        #expect(bench.sent.count == 1 && bench.sent.first?.message.status?.isFinal == true && bench.events.count == 1)
        _ = bench.takeSent()
        let handle = try request().0
        bench.run { $0.respond(to: handle, .ok, at: $1, into: &$2) }
        #expect(bench.takeSent() == "200")
    }
}
