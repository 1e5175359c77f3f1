import SIP
import SIPDialogs
import Testing
import Timing

/// Session timers of calls in both roles (RFC 4028).
@Suite struct SessionTimerTests {
    private func answered(_ headers: String, _ bench: Bench = Bench()) throws -> (Bench, Caller, CallHandle, SIPMessage) {
        var caller = Caller()
        bench.receive(caller.request("INVITE", body: "offer", headers: headers))
        let call = try #require(bench.lastCall)
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        let ok = try #require(bench.sent.last?.message)
        caller.toTag = try ok.envelope().toTag
        bench.receive(caller.request("ACK"))
        _ = (bench.takeSent(), bench.takeEvents())
        return (bench, caller, call, ok)
    }

    private func dial(_ bench: Bench) throws -> (CallHandle, SIPMessage) {
        let (from, uri) = (NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")), SIPURI(user: "601", host: "192.0.2.1", port: 5061))
        var call: CallHandle?
        bench.run { call = $0.invite(uri, from: from, body: Bench.answer, via: Bench.peer, at: $1, into: &$2) }
        let invite = try #require(bench.sent.last?.message)
        _ = bench.takeSent()
        return (try #require(call), invite)
    }

    @Test(
        arguments: [
            ("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", "timer"),
            ("Supported: timer\r\nx: 600;refresher=uas\r\n", "600;refresher=uas", "timer"),
            ("Require: timer\r\nSession-Expires: 7200\r\n", "1800;refresher=uac", "timer"),
            ("Session-Expires: 600\r\n", "600;refresher=uas", nil), ("Supported: timer\r\n", "1800;refresher=uac", "timer"), ("", nil, nil),
        ] as [(String, String?, String?)])
    func whatOurAnswerSays(_ headers: String, _ expires: String?, _ require: String?) throws {
        let (_, _, _, ok) = try answered(headers)
        #expect(ok.value(of: .sessionExpires) == expires && ok.value(of: .require) == require)
    }

    @Test func tooSmallAnInterval() throws {
        let bench = Bench { $0.sessionTimer = SessionTimerPolicy(minimum: 120) }
        bench.receive(Caller().request("INVITE", body: "offer", headers: "Supported: timer\r\nSession-Expires: 100\r\n"))
        #expect(bench.sent.last?.message.value(of: .minSE) == "120" && bench.takeSent() == "422")
        #expect(bench.agent.tableCounts.isEmpty)
        bench.receive(Caller().request("INVITE", body: "offer", headers: "Session-Expires: 100\r\n"))
        #expect(bench.takeSent() == "", "who does not know timers is not refused")
        let (other, caller, _, _) = try answered("Supported: timer\r\nSession-Expires: 600\r\n", Bench())
        other.receive(caller.request("INVITE", 2, body: "offer", headers: "Supported: timer\r\nSession-Expires: 10\r\n"))
        other.receive(caller.request("UPDATE", 3, headers: "Supported: timer\r\nSession-Expires: 10\r\n"))
        other.receive(caller.request("UPDATE", 4, headers: "Supported: timer\r\nSession-Expires: x\r\n"))
        #expect(other.takeSent() == "422 422 400" && other.takeEvents() == "")
    }

    @Test func switchedOff() throws {
        let bench = Bench { $0.sessionTimer = nil }
        bench.receive(Caller().request("INVITE", headers: "Require: timer\r\n"))
        #expect(bench.takeSent() == "420")
        let (_, invite) = try dial(bench)
        #expect(invite.value(of: .supported) == "100rel" && invite.value(of: .sessionExpires) == nil)
        let (_, _, _, ok) = try answered("Supported: timer\r\nSession-Expires: 600\r\n", Bench { $0.sessionTimer = nil })
        #expect(ok.value(of: .sessionExpires) == nil)
    }

    @Test func withoutARefreshTheCallEnds() throws {
        let (bench, _, _, _) = try answered("Supported: timer\r\nSession-Expires: 600\r\n")
        bench.pass(.seconds(567))
        #expect(bench.takeSent() == "")
        bench.pass(.seconds(1))
        #expect(bench.takeSent() == "BYE" && bench.takeEvents() == "ended(sessionExpired)")
        bench.pass(.seconds(70))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test(arguments: ["INVITE", "UPDATE"]) func refreshedByThePeer(_ method: String) throws {
        let (bench, caller, call, _) = try answered("Supported: timer\r\nSession-Expires: 600\r\n")
        for round in 1...5 {
            bench.pass(.seconds(500))
            bench.receive(
                caller.request(
                    method, round + 1, body: method == "INVITE" ? "offer" : nil,
                    headers: "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"))
            if method == "INVITE" {
                bench.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
                bench.receive(caller.request("ACK", round + 1))
            }
            #expect(bench.sent.last?.message.value(of: .sessionExpires) == "600;refresher=uac")
        }
        #expect(!bench.takeEvents().contains("ended"))
        // A refresh that asks for no timer ends it (RFC 4028 §9): who does not say that it knows them gets none.
        bench.receive(caller.request("UPDATE", 20))
        _ = bench.takeSent()
        bench.pass(.seconds(10_000))
        #expect(bench.takeSent() == "")
    }

    @Test(arguments: [true, false]) func weRefresh(_ allowsUpdate: Bool) throws {
        let allow = "Allow: INVITE, ACK" + (allowsUpdate ? ", UPDATE\r\n" : "\r\n")
        let (bench, _, _, _) = try answered("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n" + allow)
        for _ in 1...3 {
            bench.pass(.seconds(299))
            #expect(bench.takeSent() == "")
            bench.pass(.seconds(1))
            let refresh = try #require(bench.sent.last?.message)
            #expect(refresh.value(of: .sessionExpires) == "600;refresher=uac" && refresh.value(of: .supported) == "100rel, timer")
            #expect(refresh.body == (allowsUpdate ? nil : Bench.answer), "the description that counts already")
            #expect(refresh.value(of: .contact) != nil && bench.takeSent() == (allowsUpdate ? "UPDATE" : "INVITE"))
            bench.receive(
                response(
                    to: refresh, 200, contact: "<sip:alice@192.0.2.1:5061>", body: allowsUpdate ? nil : Bench.answer,
                    headers: [("Session-Expires", "600;refresher=uac"), ("Require", "timer")]))
            #expect(bench.takeSent() == (allowsUpdate ? "" : "ACK") && bench.takeEvents() == (allowsUpdate ? "" : "refreshed"))
        }
        bench.pass(.seconds(300))
        bench.receive(response(to: try #require(bench.sent.last?.message), 481))
        #expect(bench.takeEvents() == "ended(dialogLost)")
    }

    @Test func aRefreshThatFailsIsTriedInOtherWaysAndThenTheCallEnds() throws {
        let (bench, _, _, _) = try answered("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\nAllow: UPDATE\r\n")
        bench.pass(.seconds(300))
        bench.receive(response(to: try #require(bench.sent.last?.message), 501))
        #expect(bench.takeSent() == "UPDATE")
        var refreshes = 0
        while !bench.takeEvents().contains("ended"), refreshes < 100 {
            bench.pass(.seconds(1))
            guard let refresh = bench.sent.first?.message, refresh.method == .invite else { continue }
            refreshes += 1
            bench.sent = []
            bench.receive(response(to: refresh, 488))
            bench.sent = []
        }
        #expect(refreshes == 8 && bench.takeSent() == "BYE" && bench.now - .zero == .seconds(568))
    }

    @Test func asCallerTheAnswerDecides() throws {
        let bench = Bench()
        let (call, invite) = try dial(bench)
        bench.receive(
            response(
                to: invite, 200, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer,
                headers: [("Session-Expires", "300;refresher=uas"), ("Allow", "UPDATE")]))
        bench.run { $0.acknowledge(call, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.pass(.seconds(268))
        #expect(bench.takeSent() == "BYE" && bench.takeEvents() == "answered ended(sessionExpired)")
        bench.pass(.seconds(40))
        _ = bench.takeSent()
        let (other, second) = try dial(bench)
        bench.receive(response(to: second, 200, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer))
        bench.run { $0.acknowledge(other, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.pass(.seconds(100_000))
        #expect(bench.takeSent() == "", "no Session-Expires, no end")
        let (third, tiny) = try dial(bench)
        bench.receive(
            response(
                to: tiny, 200, toTag: "b1", contact: "<sip:601@192.0.2.1:5062>", body: Bench.answer,
                headers: [("Session-Expires", "0;refresher=uac"), ("Allow", "UPDATE")]))
        bench.run { $0.acknowledge(third, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.pass(.seconds(44))
        #expect(bench.takeSent() == "", "no flood of refreshes")
    }

    @Test func ourInviteGoesAgainAfter422() throws {
        let bench = Bench()
        let (_, invite) = try dial(bench)
        bench.receive(response(to: invite, 422, toTag: "p1", headers: [("Min-SE", "3600")]))
        let second = try #require(bench.sent.last?.message)
        #expect(second.value(of: .sessionExpires) == "3600" && second.value(of: .minSE) == "3600" && bench.takeSent() == "ACK INVITE")
        #expect(second.body == Bench.answer && second.values(of: .sessionExpires).count == 1)
        let (before, after) = (try invite.envelope(), try second.envelope())
        #expect(after.callID == before.callID && after.fromTag == before.fromTag && after.cseq.number == 2 && after.toTag == nil)
        bench.receive(response(to: second, 422, toTag: "p1", headers: [("Min-SE", "3600")]))
        #expect(bench.takeSent() == "ACK" && bench.takeEvents() == "failed(422)", "asked for and given already")
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func aRefreshGoesAgainAfter422() throws {
        let (bench, _, _, _) = try answered("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\nAllow: UPDATE\r\n")
        bench.pass(.seconds(300))
        bench.receive(response(to: try #require(bench.sent.last?.message), 422, headers: [("Min-SE", "900")]))
        bench.pass(.milliseconds(10))
        let second = try #require(bench.sent.last?.message)
        #expect(second.value(of: .sessionExpires) == "900;refresher=uac" && second.value(of: .minSE) == "900")
        #expect(bench.takeSent() == "UPDATE UPDATE")
    }

    @Test func thePeersMinSEGoesWithOurRefresh() throws {
        let (bench, caller, _, _) = try answered(
            "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\nMin-SE: 120\r\nAllow: UPDATE\r\n")
        bench.receive(caller.request("UPDATE", 2, headers: "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\nMin-SE: 700\r\n"))
        _ = bench.takeSent()
        bench.pass(.seconds(300))
        let refresh = try #require(bench.sent.last?.message)
        #expect(refresh.value(of: .minSE) == "700" && refresh.value(of: .sessionExpires) == "700;refresher=uac")
    }
}
