import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

@Suite struct ReferSubscriptionTests {
    private func gist(_ messages: [SIPMessage]) -> [String] {
        messages.map { "\($0.value(of: .event) ?? "") \($0.state) \($0.bodyText.split(separator: "\r\n").first ?? "")" }
    }

    @Test func fromTryingToOK() throws {
        let refer = ReferBench()
        refer.refer()
        let answer = refer.bench.sent.removeFirst()
        #expect(answer.status == .ok && answer.value(of: .contact) != nil && !answer.has(.referSub))
        #expect(gist(refer.answer()) == ["refer active;expires=300 SIP/2.0 100 Trying"])
        refer.tell(.ringing)
        let ringing = refer.answer()
        #expect(gist(ringing) == ["refer active;expires=300 SIP/2.0 180 Ringing"])
        #expect(ringing[0].value(of: .contentType) == "message/sipfrag;version=2.0" && ringing[0].bodyText == "SIP/2.0 180 Ringing\r\n")
        refer.tell(.ok)
        #expect(refer.subscription?.isOver == false)
        #expect(gist(refer.answer()) == ["refer terminated;reason=noresource SIP/2.0 200 OK"])
        #expect(refer.subscription?.isOver == true && refer.subscription?.nextDeadline == nil)
        refer.pass(.seconds(60))
        #expect(refer.bench.agent.tableCounts.isEmpty)
    }

    @Test func onlyTheLastOfManyIsTold() {
        let refer = ReferBench()
        refer.refer()
        refer.tell(.ringing)
        refer.tell(.sessionProgress)
        refer.tell(.ringing)
        refer.tell(.sessionProgress)
        refer.tell(.busyHere)
        refer.tell(.ok)
        #expect(gist(refer.answer()) == ["refer active;expires=300 SIP/2.0 100 Trying"])
        #expect(gist(refer.answer()) == ["refer terminated;reason=noresource SIP/2.0 486 Busy Here"])
        #expect(refer.answer().isEmpty && refer.subscription?.isOver == true)
    }

    @Test func furtherOnesHaveAnID() {
        let refer = ReferBench()
        refer.refer(sequence: 7, isFirst: false)
        #expect(gist(refer.answer()) == ["refer;id=7 active;expires=300 SIP/2.0 100 Trying"])
    }

    /// RFC 4488.
    @Test func whoWantsNoSubscriptionGetsNone() {
        let refer = ReferBench()
        refer.refer(["Refer-Sub: false", "Supported: norefersub"])
        #expect(refer.bench.sent.map { $0.value(of: .referSub) } == ["false"])
        #expect(refer.subscription?.isOver == true && refer.subscription?.isSilent == true)
        refer.bench.sent = []
        refer.tell(.ok)
        refer.pass(.seconds(400))
        #expect(refer.bench.sent.isEmpty && refer.bench.agent.tableCounts.isEmpty)
    }

    /// Two that share a dialog would number their NOTIFYs alike, and the first to end would release it for the other.
    @Test(arguments: ["REFER", "SUBSCRIBE"])
    func theDialogOfAnotherSubscriptionIsNoPlaceForOne(_ method: String) throws {
        let refer = ReferBench()
        let bench = refer.bench
        if method == "REFER" { refer.refer() } else { bench.subscribe() }
        let tag = try #require(try (bench.sent.first { $0.method == .notify })?.envelope().fromTag)
        bench.answer()
        bench.sent = []
        bench.receive(bench.request("REFER", sequence: 2, tag: tag, ["Refer-To: <sip:1003@example.com>"]))
        refer.take()
        #expect(bench.takeSent() == "403" && refer.refusals == 1)
        if method == "REFER" {
            refer.tell(.ok)
            #expect(gist(refer.answer()) == ["refer terminated;reason=noresource SIP/2.0 200 OK"])
        }
    }

    @Test func aFailedNotifyEndsIt() {
        let refer = ReferBench()
        refer.refer()
        refer.answer(481)
        #expect(refer.subscription?.isOver == true)
        refer.bench.sent = []
        refer.tell(.ok)
        #expect(refer.bench.sent.isEmpty)
        refer.pass(.seconds(60))
        #expect(refer.bench.agent.tableCounts.isEmpty)
    }

    @Test func itEndsWithItsTime() {
        let refer = ReferBench()
        refer.refer()
        refer.answer()
        refer.tell(.ringing)
        refer.answer()
        refer.pass(.seconds(300))
        #expect(gist(refer.answer()) == ["refer terminated;reason=timeout SIP/2.0 180 Ringing"])
        #expect(refer.subscription?.isOver == true)
    }

    @Test func withoutContactItIsRefused() {
        let refer = ReferBench()
        refer.refer(contact: false)
        #expect(refer.refusals == 1 && refer.subscription == nil && refer.bench.takeSent() == "400")
    }

    /// A SUBSCRIBE within its dialog: longer, or no more. The notifier, which does not know the dialog, leaves it to its owner.
    @Test func refreshedAndEnded() throws {
        let refer = ReferBench()
        refer.refer()
        let tag = try refer.bench.sent[0].envelope().toTag
        refer.answer()
        func subscribe(_ sequence: Int, _ event: String, _ expires: Int) -> String {
            refer.bench.sent = []
            var outputs: [UserAgentOutput] = []
            let bytes = refer.bench.request("SUBSCRIBE", sequence: sequence, tag: tag, ["Event: \(event)", "Expires: \(expires)"])
            refer.bench.agent.receive(bytes, from: EventBench.peer, at: refer.bench.now, into: &outputs)
            for case .event(.requested(let handle, let request)) in outputs {
                #expect(request.usage == refer.subscription?.dialogIdentifier)
                refer.bench.run { bench, agent, _, outputs in
                    refer.subscription?.receive(handle, request, at: bench.now, through: &agent, into: &outputs)
                }
            }
            return refer.bench.sent.map { $0.status.map { String($0.code) } ?? $0.state }.joined(separator: " ")
        }
        refer.pass(.seconds(200))
        #expect(subscribe(2, "refer", 9_999) == "200 active;expires=300")
        refer.answer()
        #expect(subscribe(3, "refer;id=1", 100) == "200 active;expires=100")
        refer.answer()
        #expect(subscribe(4, "message-summary", 100) == "481")
        #expect(subscribe(3, "refer", 100) == "500")
        #expect(subscribe(5, "refer", 0) == "200 terminated;reason=timeout")
        refer.answer()
        #expect(refer.subscription?.isOver == true)
    }
}
