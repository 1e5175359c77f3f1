import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// REFERs to us: whoever is referred to takes the referrer's place (RFC 3515, RFC 5589).
@Suite struct ReferralTests {
    private static let target = "sip:bob@192.0.2.2"

    private func bench() throws -> SwitchboardBench {
        try SwitchboardBench(trustsPeers: true, dialTargets: ["sip:bob@192.0.2.2"])
    }

    /// A caller who hears his echo and has asked us to call somebody; the INVITE that came of it.
    private func referring(
        _ bench: SwitchboardBench, to referTo: String = "<\(target)>", headers: [String] = []
    ) throws -> (caller: CallerDouble, callee: CalleeDouble, notices: [SIPMessage]) {
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        bench.receive(caller.request("REFER", headers: ["Refer-To: \(referTo)"] + headers))
        caller.sequence += 1
        let sent = bench.takeSent()
        #expect(sent.contains { $0.status == .ok })
        return (caller, CalleeDouble(invite: try #require(sent.first { $0.method == .invite })), sent.filter { $0.method == .notify })
    }

    private func confirm(_ notice: SIPMessage, _ bench: SwitchboardBench) {
        bench.receive(CalleeDouble(invite: notice).response(200))
    }

    private func status(_ notice: SIPMessage?) -> String { (notice?.body).map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" }

    @Test func whoAnswersTakesThePlace() throws {
        let bench = try bench()
        let (caller, callee, notices) = try referring(bench, headers: ["Referred-By: <sip:alice@example.com>"])
        #expect(status(notices.first).hasPrefix("SIP/2.0 100"))
        #expect(notices.first?.value(of: .subscriptionState)?.hasPrefix("active") == true && notices.first?.value(of: .event) == "refer")
        #expect(callee.invite.value(of: .referredBy) == "<sip:alice@example.com>")
        confirm(try #require(notices.first), bench)
        bench.receive(callee.response(180), from: SwitchboardBench.callee)
        let ringing = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(status(ringing).hasPrefix("SIP/2.0 180"))
        confirm(ringing, bench)
        bench.receive(callee.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let sent = bench.takeSent()
        #expect(sent.contains { $0.method == .ack })
        let done = try #require(sent.first { $0.method == .notify })
        #expect(status(done).hasPrefix("SIP/2.0 200") && done.value(of: .subscriptionState)?.hasPrefix("terminated") == true)
        #expect(!sent.contains { $0.method == .bye }, "the referrer hears how it ended before his call does")
        #expect(bench.media.sessions.count == 1, "the same session goes on")
        #expect(bench.session?.stream?.remote.host.hasPrefix("192.0.2.2") == true)
        confirm(done, bench)
        let farewell = try #require(bench.takeSent().first { $0.method == .bye })
        #expect(farewell.value(of: .callID) == caller.callID)
        confirm(farewell, bench)
        #expect(bench.switchboard.callCount == 1, "the scenario goes on")
        // Whoever has the place now ends the call by his BYE.
        bench.receive(bye(from: callee), from: SwitchboardBench.callee)
        #expect(bench.takeSent().map(\.status) == [.ok])
        bench.expectNothingLeft()
    }

    private func bye(from callee: CalleeDouble) -> String {
        let invite = callee.invite
        return """
            BYE sip:192.0.2.10 SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-bye\r
            Max-Forwards: 70\r
            From: \(invite.value(named: "To") ?? "");tag=\(callee.tag)\r
            To: \(invite.value(named: "From") ?? "")\r
            Call-ID: \(invite.value(of: .callID) ?? "")\r
            CSeq: 1 BYE\r
            Content-Length: 0\r
            \r

            """
    }

    @Test func aRefusalChangesNothing() throws {
        let bench = try bench()
        var (caller, callee, notices) = try referring(bench)
        confirm(try #require(notices.first), bench)
        bench.receive(callee.response(486), from: SwitchboardBench.callee)
        let told = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(status(told).hasPrefix("SIP/2.0 486") && told.value(of: .subscriptionState)?.hasPrefix("terminated") == true)
        confirm(told, bench)
        #expect(bench.switchboard.callCount == 1 && bench.switchboard.referrals.isEmpty)
        // Another REFER is told apart by its number.
        bench.receive(caller.request("REFER", headers: ["Refer-To: <\(Self.target)>"]))
        let second = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(second.value(of: .event) == "refer;id=\(caller.sequence)")
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.pass(.seconds(1))
        // He left without waiting, so his place is kept; nobody comes.
        #expect(bench.switchboard.callCount == 1)
        bench.pass(.seconds(240))
        #expect(bench.switchboard.callCount == 0)
        bench.expectNothingLeft()
    }

    @Test func whoHangsUpAtOnceIsReplacedAllTheSame() throws {
        let bench = try bench()
        let (caller, callee, _) = try referring(bench)
        bench.receive(caller.request("BYE"))
        #expect(bench.takeSent().map(\.status) == [.ok])
        #expect(bench.switchboard.callCount == 1)
        bench.receive(callee.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host.hasPrefix("192.0.2.2") == true)
        bench.receive(bye(from: callee), from: SwitchboardBench.callee)
        #expect(bench.switchboard.callCount == 0)
        bench.pass(.seconds(40))
        bench.expectNothingLeft()
    }

    @Test func aScenarioThatEndsMeanwhileGivesTheCallUp() throws {
        let bench = try bench()
        let (caller, callee, notices) = try referring(bench)
        confirm(try #require(notices.first), bench)
        bench.receive(callee.response(180), from: SwitchboardBench.callee)
        _ = bench.takeSent()
        bench.switchboard.hangUpAll(at: bench.now)
        let sent = bench.takeSent()
        #expect(sent.contains { $0.method == .cancel })
        #expect(sent.contains { $0.method == .bye && $0.value(of: .callID) == caller.callID })
        bench.pass(.seconds(120))
        #expect(bench.switchboard.dialOut.isIdle && bench.switchboard.legs.isEmpty && bench.switchboard.referrals.isEmpty)
    }

    @Test func anAttendedTransferNamesTheCallThatItReplaces() throws {
        let bench = try bench()
        let replaces = "\(Self.target)?Replaces=call-9%3Bto-tag%3Db%3Bfrom-tag%3Da&Subject=ours"
        let (_, callee, _) = try referring(bench, to: "<\(replaces)>")
        #expect(callee.invite.value(of: .replaces) == "call-9;to-tag=b;from-tag=a")
        #expect(callee.invite.value(named: "Subject") == nil, "the referrer's words do not go out in our name")
    }

    @Test(arguments: [
        ("", StatusCode.badRequest), ("Refer-To: <sip:bob@192.0.2.2>, <sip:bob@192.0.2.2>", .badRequest),
        ("Refer-To: <sip:eve@192.0.2.66>", .forbidden), ("Refer-To: <mailto:bob@example.com>", .unsupportedURIScheme),
        ("Refer-To: <sip:bob@192.0.2.2;method=BYE>", .notImplemented), ("Refer-To: <sip:bob@192.0.2.2?Replaces=x>", .badRequest),
    ])
    func whatIsNotServed(header: String, status: StatusCode) throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        bench.receive(caller.request("REFER", headers: header.isEmpty ? [] : [header]))
        #expect(bench.takeSent().map(\.status) == [status])
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func outsideOfACallTheTargetIsPutThrough() throws {
        let bench = try bench()
        let referrer = CallerDouble(number: "600", callID: "refer-1")
        bench.receive(referrer.request("REFER", headers: ["Refer-To: <\(Self.target)>"]))
        let sent = bench.takeSent()
        let callee = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        confirm(try #require(sent.first { $0.method == .notify }), bench)
        bench.receive(callee.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let told = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(status(told).hasPrefix("SIP/2.0 200"))
        confirm(told, bench)
        #expect(bench.switchboard.calls.values.map(\.dialled.name) == ["600"])
        bench.receive(bye(from: callee), from: SwitchboardBench.callee)
        bench.pass(.seconds(40))
        bench.expectNothingLeft()
    }

    @Test func whoOnlyReachedAMenuSendsTheServerNowhere() throws {
        let bench = try SwitchboardBench(dialTargets: ["sip:bob@192.0.2.2"])
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        bench.receive(caller.request("REFER", headers: ["Refer-To: <\(Self.target)>"]))
        #expect(bench.takeSent().map(\.status) == [.forbidden])
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    /// A proxy that said 180 and then died leaves nothing behind.
    @Test func nobodyRingsForEver() throws {
        let bench = try bench()
        let (caller, callee, notices) = try referring(bench)
        confirm(try #require(notices.first), bench)
        bench.receive(callee.response(180), from: SwitchboardBench.callee)
        confirm(try #require(bench.takeSent().first { $0.method == .notify }), bench)
        bench.receive(caller.request("BYE"))
        bench.pass(.seconds(179))
        #expect(bench.switchboard.callCount == 1 && !bench.takeSent().contains { $0.method == .cancel })
        bench.pass(.seconds(2))
        let cancel = try #require(bench.takeSent().first { $0.method == .cancel })
        bench.receive(CalleeDouble(invite: cancel).response(200), from: SwitchboardBench.callee)
        bench.receive(callee.response(487), from: SwitchboardBench.callee)
        #expect(bench.switchboard.callCount == 0)
        bench.pass(.seconds(40))
        bench.expectNothingLeft()
    }

    /// Early sound of the one who is called would be heard by whoever is still there.
    @Test func untilTheAnswerTheSessionIsTheReferrers() throws {
        let bench = try bench()
        let (_, callee, _) = try referring(bench)
        let early = callee.response(183, body: CalleeDouble.answer)
            .replacing("\r\nContact:", with: "\r\nRequire: 100rel\r\nRSeq: 7\r\nContact:")
        bench.receive(early, from: SwitchboardBench.callee)
        #expect(bench.takeSent().contains { $0.method == .prack })
        #expect(bench.session?.stream?.remote.host == "192.0.2.1")
        bench.receive(callee.response(486), from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host == "192.0.2.1")
    }

    @Test func aDrainingServerBringsNobodyIn() throws {
        let bench = try bench()
        _ = bench.switchboard.drain(true, at: bench.now)
        bench.receive(CallerDouble(number: "600", callID: "refer-1").request("REFER", headers: ["Refer-To: <\(Self.target)>"]))
        #expect(bench.takeSent().map(\.status) == [.serviceUnavailable])
        bench.expectNothingLeft()
    }

    @Test func whoIsNotTrustedBringsNobodyIn() throws {
        let bench = try SwitchboardBench(dialTargets: ["sip:bob@192.0.2.2"])
        bench.receive(CallerDouble(number: "600", callID: "refer-1").request("REFER", headers: ["Refer-To: <\(Self.target)>"]))
        #expect(bench.takeSent().map(\.status) == [.forbidden])
        bench.expectNothingLeft()
    }
}
