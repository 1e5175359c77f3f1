import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// REFERs to us that meet something else that is under way.
@Suite struct ReferralRaceTests {
    private static let bob = "sip:bob@192.0.2.2"
    private static let bill = "sip:bill@192.0.2.2"

    private func bench(_ steps: String? = nil, leaves: Bool = false, recordings: String = "/nonexistent") throws -> SwitchboardBench {
        guard let steps else { return try SwitchboardBench(recordings: recordings, trustsPeers: true, dialTargets: [Self.bob, Self.bill]) }
        return try BridgeBench.bench(steps, leaves: leaves, trustsPeers: true)
    }

    private func confirm(_ notice: SIPMessage?, _ bench: SwitchboardBench, from flow: Bool = true) throws {
        let notice = try #require(notice)
        bench.receive(CalleeDouble(invite: notice).response(200), from: flow ? SwitchboardBench.caller : SwitchboardBench.callee)
    }

    private func status(_ notice: SIPMessage?) -> String {
        (notice?.body).map { String(decoding: $0.bytes, as: UTF8.self) }?.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    }

    private func refer(_ bench: SwitchboardBench, _ caller: inout CallerDouble, to target: String) -> [SIPMessage] {
        bench.receive(caller.request("REFER", headers: ["Refer-To: <\(target)>"]))
        caller.sequence += 1
        return bench.takeSent()
    }

    @Test func whileARecordingIsFinishedThePlaceIsKept() throws {
        let folder = try ScratchFolder()
        let bench = try bench(recordings: folder.path)
        try #require(bench.recorder.start())
        defer { bench.recorder.stop() }
        var caller = try #require(bench.call(CallerDouble(number: "603")))
        bench.finishPlaying()
        #expect(bench.speak((0..<4_000).map { Int16($0) }))
        bench.press("#")
        #expect(bench.switchboard.calls.values.first?.isRecordingOnDisk == true)
        let sent = refer(bench, &caller, to: Self.bob)
        let callee = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        try confirm(sent.first { $0.method == .notify }, bench)
        bench.receive(callee.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        #expect(!bench.takeSent().contains { $0.method == .notify }, "he has answered and waits")
        #expect(bench.session?.stream?.remote.host == "192.0.2.1")

        // Whoever waits for a place has none to give away.
        bench.receive(callee.request("REFER", headers: ["Refer-To: <\(Self.bill)>"]), from: SwitchboardBench.callee)
        #expect(bench.takeSent().map(\.status) == [.requestPending])

        try #require(bench.awaitBackground(), "the file is whole")
        let done = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(status(done) == "200" && folder.names.count == 1)
        #expect(bench.session?.stream?.remote.host == "192.0.2.2")
        try confirm(done, bench)
        try confirm(bench.takeSent().first { $0.method == .bye }, bench)
        bench.receive(callee.request("BYE", sequence: 2), from: SwitchboardBench.callee)
        bench.expectNothingLeft()
    }

    @Test func afterTheEndOfTheScenarioThereIsNoCallToTransfer() throws {
        let bench = try bench("- answer")
        var caller = try #require(bench.call(CallerDouble(number: "700")))
        // The good-bye has been said, the BYE is on its way.
        bench.finishPlaying()
        #expect(bench.switchboard.callCount == 0)
        let sent = refer(bench, &caller, to: Self.bob)
        #expect(sent.compactMap(\.status) == [.noSuchCall] && !sent.contains { $0.method == .invite })
        bench.pass(.seconds(40))
        bench.expectNothingLeft()
    }

    /// The scenario hangs up while whoever was referred to still rings.
    @Test func theEndOfTheScenarioTakesTheReferredCallBack() throws {
        let bench = try bench("- answer")
        var caller = try #require(bench.call(CallerDouble(number: "700")))
        let sent = refer(bench, &caller, to: Self.bob)
        let callee = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        bench.receive(callee.response(180), from: SwitchboardBench.callee)
        _ = bench.takeSent()
        bench.finishPlaying()
        let ends = bench.takeSent()
        let cancel = try #require(ends.first { $0.method == .cancel })
        try confirm(ends.first { $0.method == .bye }, bench)
        bench.receive(callee.response(200, to: cancel), from: SwitchboardBench.callee)
        bench.receive(callee.response(487), from: SwitchboardBench.callee)
        bench.pass(.seconds(40))
        bench.expectNothingLeft()
    }

    /// The scenario refers the caller to Bob while she refers us to Bill: her wish is carried out, ours has lost its object.
    @Test func bothReferAtOnce() throws {
        let bench = try bench("- answer\n- transfer: {to: \"\(Self.bob)\", mode: refer, failed: {goto: nobody}}", leaves: true)
        var caller = CallerDouble(number: "700")
        bench.receive(caller.request("INVITE", body: CallerDouble.offer))
        var sent = bench.takeSent()
        caller.toTag = try sent.last { $0.status == .ok }?.envelope().toTag
        bench.receive(caller.request("ACK", branch: "ack"))
        caller.sequence += 1
        sent += bench.takeSent()
        let ours = try #require(sent.first { $0.method == .refer })
        sent = refer(bench, &caller, to: Self.bill)
        #expect(sent.contains { $0.status == .ok })
        let callee = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }), tag: "bill")
        try confirm(sent.first { $0.method == .notify }, bench)
        bench.receive(callee.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let done = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(status(done) == "200" && bench.trace.states.last == "nobody")
        #expect(bench.session?.stream?.remote.host == "192.0.2.2")
        // Her answer to ours comes late, and means nothing any more.
        bench.receive(CalleeDouble(invite: ours, contact: BridgeBench.aliceContact).response(202))
        #expect(bench.switchboard.transfers.isEmpty && bench.switchboard.callCount == 1)
        try confirm(done, bench)
        try confirm(bench.takeSent().first { $0.method == .bye }, bench)
        bench.receive(callee.request("BYE"), from: SwitchboardBench.callee)
        bench.expectNothingLeft()
    }

    @Test func aSubscriptionIsRefreshedAndEndedByItsNumber() throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        var sent = refer(bench, &caller, to: Self.bob)
        let first = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        try confirm(sent.first { $0.method == .notify }, bench)
        bench.receive(first.response(486), from: SwitchboardBench.callee)
        try confirm(bench.takeSent().first { $0.method == .notify }, bench)

        let number = caller.sequence
        sent = refer(bench, &caller, to: Self.bob)
        try confirm(sent.first { $0.method == .notify }, bench)
        let second = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        bench.receive(caller.request("SUBSCRIBE", headers: ["Event: refer;id=\(number)", "Expires: 60"]))
        caller.sequence += 1
        sent = bench.takeSent()
        #expect(sent.first { $0.status == .ok }?.value(named: "Expires") == "60")
        let notice = try #require(sent.first { $0.method == .notify })
        #expect(notice.value(of: .event) == "refer;id=\(number)" && notice.value(of: .subscriptionState)?.hasPrefix("active") == true)
        try confirm(notice, bench)
        // The first one is over, and so is any other number.
        for other in ["refer", "refer;id=\(number - 1)"] {
            bench.receive(caller.request("SUBSCRIBE", headers: ["Event: \(other)", "Expires: 60"]))
            caller.sequence += 1
            let answers = bench.takeSent()
            #expect(answers.first?.status.map { !$0.isSuccess } == true && !answers.contains { $0.method == .notify }, "\(other)")
        }
        bench.receive(caller.request("SUBSCRIBE", headers: ["Event: refer;id=\(number)", "Expires: 0"]))
        caller.sequence += 1
        let last = try #require(bench.takeSent().first { $0.method == .notify })
        #expect(last.value(of: .subscriptionState)?.hasPrefix("terminated") == true)
        try confirm(last, bench)
        // He wants to hear no more of it; it is carried out all the same.
        bench.receive(second.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host == "192.0.2.2")
        bench.receive(second.request("BYE"), from: SwitchboardBench.callee)
        bench.pass(.seconds(40))
        #expect(bench.switchboard.callCount == 0 && bench.switchboard.referrals.isEmpty)
    }

    @Test func whomAReferBroughtInMayReferOn() throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        var sent = refer(bench, &caller, to: Self.bob)
        try confirm(sent.first { $0.method == .notify }, bench)
        let bob = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }))
        bench.receive(bob.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        try confirm(bench.takeSent().first { $0.method == .notify }, bench)
        try confirm(bench.takeSent().first { $0.method == .bye }, bench)

        bench.receive(bob.request("REFER", headers: ["Refer-To: <\(Self.bill)>"]), from: SwitchboardBench.callee)
        sent = bench.takeSent()
        let bill = CalleeDouble(
            invite: try #require(sent.first { $0.method == .invite }), tag: "bill", contact: "sip:bill@192.0.2.2:5060")
        let notice = try #require(sent.first { $0.method == .notify })
        #expect(notice.value(of: .event) == "refer", "the first in his dialog needs no number")
        try confirm(notice, bench, from: false)
        let other = CalleeDouble.answer.replacing("192.0.2.2", with: "192.0.2.3")
        bench.receive(bill.response(200, body: other), from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host == "192.0.2.3" && bench.media.sessions.count == 1)
        try confirm(bench.takeSent().first { $0.method == .notify }, bench, from: false)
        let farewell = try #require(bench.takeSent().first { $0.method == .bye })
        #expect(farewell.value(of: .callID) == bob.invite.value(of: .callID))
        try confirm(farewell, bench, from: false)
        #expect(bench.switchboard.callCount == 1)
        bench.receive(bill.request("BYE"), from: SwitchboardBench.callee)
        bench.expectNothingLeft()
    }

    /// Two branches of the triggered INVITE have answered reliably; the one that then takes the call sends no answer again.
    @Test func ofAForkedCallTheAnswerOfTheBranchThatTookItCounts() throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        let sent = refer(bench, &caller, to: Self.bob)
        try confirm(sent.first { $0.method == .notify }, bench)
        let one = CalleeDouble(invite: try #require(sent.first { $0.method == .invite }), tag: "one")
        var two = one
        two.tag = "two"
        for (callee, number, host) in [(one, 7, "192.0.2.2"), (two, 30, "192.0.2.3")] {
            let early = callee.response(183, body: CalleeDouble.answer.replacing("192.0.2.2", with: host))
                .replacing("\r\nContact:", with: "\r\nRequire: 100rel\r\nRSeq: \(number)\r\nContact:")
            bench.receive(early, from: SwitchboardBench.callee)
            let messages = bench.takeSent()
            let prack = try #require(messages.first { $0.method == .prack })
            bench.receive(callee.response(200, to: prack), from: SwitchboardBench.callee)
            if let notice = messages.first(where: { $0.method == .notify }) { try confirm(notice, bench) }
        }
        bench.receive(one.response(200), from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host == "192.0.2.2")
        let done = bench.takeSent().last { $0.method == .notify }
        #expect(status(done) == "200")
        try confirm(done, bench)
        try confirm(bench.takeSent().first { $0.method == .bye }, bench)
        bench.receive(one.request("BYE"), from: SwitchboardBench.callee)
        bench.expectNothingLeft()
    }

    @Test func theReferrersSignatureGoesOnUntouched() throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        let token =
            "Content-Type: multipart/signed;boundary=dragons39\r\nContent-ID: <2039@referrer.example>\r\n\r\n--dragons39\r\nx\r\n--dragons39--"
        let body = "--unique\r\n\(token)\r\n--unique--\r\n"
        let headers = ["Refer-To: <\(Self.bob)>", "Referred-By: <sip:alice@example.com>;cid=\"2039@referrer.example\""]
        bench.receive(caller.request("REFER", headers: headers, body: body, type: "multipart/mixed;boundary=unique"))
        caller.sequence += 1
        let sent = bench.takeSent()
        try confirm(sent.first { $0.method == .notify }, bench)
        let invite = try #require(sent.first { $0.method == .invite })
        #expect(invite.value(of: .referredBy) == "<sip:alice@example.com>;cid=\"2039@referrer.example\"")
        let passed = try #require(invite.body)
        #expect(MultipartBody.part("2039@referrer.example", of: passed) == Array(token.utf8))
        #expect(String(decoding: passed.bytes, as: UTF8.self).contains("Content-Type: application/sdp\r\n\r\nv=0\r\n"))
        bench.receive(CalleeDouble(invite: invite).response(415), from: SwitchboardBench.callee)
        try confirm(bench.takeSent().first { $0.method == .notify }, bench)
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    /// The whole body may be the token (RFC 8262), and without it the header goes on as it came.
    @Test(arguments: [true, false])
    func aTokenMayBeTheWholeBodyOrBeMissing(isThere: Bool) throws {
        let bench = try bench()
        var caller = try #require(bench.call(CallerDouble(number: "600")))
        let headers = ["Refer-To: <\(Self.bob)>", "Referred-By: <sip:alice@example.com>;cid=\"a@b\""]
        bench.receive(
            caller.request(
                "REFER", headers: headers + (isThere ? ["Content-ID: <a@b>"] : []), body: "signed", type: "application/pkcs7-mime"))
        caller.sequence += 1
        let invite = try #require(bench.takeSent().first { $0.method == .invite })
        #expect(invite.value(of: .referredBy) == "<sip:alice@example.com>;cid=\"a@b\"")
        let part = invite.body.flatMap { MultipartBody.part("a@b", of: $0) }.map { String(decoding: $0, as: UTF8.self) }
        #expect(part == (isThere ? "Content-Type: application/pkcs7-mime\r\nContent-ID: <a@b>\r\n\r\nsigned" : nil))
        #expect(isThere || invite.body?.contentType == "application/sdp")
    }
}
