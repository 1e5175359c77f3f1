import SIP
import SIPDialogs
import Testing
import Timing

/// Reliable provisional responses as callee (RFC 3262 §3, §5).
@Suite struct ReliableAnsweringTests {
    private let bench = Bench()

    /// A call whose INVITE says `headers`, and the caller with our tag.
    private func ring(_ headers: String, body: String? = "offer", on bench: Bench? = nil) throws -> (CallHandle, Caller) {
        let bench = bench ?? self.bench
        bench.receive(Caller().request("INVITE", body: body, headers: headers))
        let call = try #require(bench.lastCall)
        _ = (bench.takeSent(), bench.takeEvents())
        return (call, Caller())
    }

    private func prack(_ caller: Caller, _ response: SIPMessage?, _ sequence: Int = 2, invite: Int = 1, body: String? = nil) throws
        -> String
    {
        var caller = caller
        caller.toTag = try response?.envelope().toTag
        let number = response?.value(named: "RSeq") ?? "?"
        return caller.request("PRACK", sequence, body: body, headers: "RAck: \(number) \(invite) INVITE\r\n")
    }

    @Test func requiredMakesEveryProvisionalReliable() throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let ringing = try #require(bench.sent.first?.message)
        let first = try #require(ringing.reliableNumber)
        #expect(ringing.value(of: .require) == "100rel" && ringing.value(of: .contact) != nil && ringing.value(of: .allow) != nil)
        bench.pass(.milliseconds(1_600))
        #expect(bench.takeSent() == "180 180 180", "the 183 waits for the PRACK")
        bench.receive(try prack(caller, ringing))
        #expect(bench.sent.last?.message.reliableNumber == first + 1 && bench.takeSent() == "200 183")
        bench.receive(try prack(caller, ringing, 3))
        #expect(bench.takeSent() == "481", "acknowledged already")
        #expect(bench.takeEvents() == "pracked")
    }

    @Test(arguments: [
        ("", false, "180 183"), ("Supported: 100rel\r\n", false, "180 183+"), ("Supported: 100rel\r\n", true, "180+"),
        ("Require: 100rel\r\n", false, "180+"), ("Supported: timer\r\n", true, "180 183"),
    ])
    func whatGoesReliably(_ headers: String, _ always: Bool, _ expected: String) throws {
        let bench = Bench { $0.reliableProvisionals = always ? .always : .whenDescribed }
        let (call, _) = try ring(headers, on: bench)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let sent = bench.sent.map { "\($0.message.status?.code ?? 0)\($0.message.reliableNumber == nil ? "" : "+")" }
        #expect(sent.joined(separator: " ") == expected)
    }

    @Test func theAnswerWaitsForTheAcknowledgementOfItsDescription() throws {
        let (call, caller) = try ring("Supported: 100rel\r\n")
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let progress = bench.sent.first?.message
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.takeSent() == "183")
        bench.receive(try prack(caller, progress))
        #expect(bench.sent.last?.message.body == nil, "the answer was given")
        #expect(bench.takeSent() == "200 200" && bench.takeEvents() == "pracked")
        var acknowledging = caller
        acknowledging.toTag = try progress?.envelope().toTag
        bench.receive(acknowledging.request("ACK"))
        bench.receive(acknowledging.request("BYE", 3))
        #expect(bench.takeSent() == "200" && bench.takeEvents() == "acknowledged ended(remoteBye)")
        bench.pass(.seconds(100))
        #expect(bench.takeSent() == "" && bench.agent.tableCounts.isEmpty)
    }

    @Test func withoutADescriptionTheAnswerGoesAtOnce() throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        let ringing = bench.sent.first?.message
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.body == Bench.answer && bench.takeSent() == "180 200")
        bench.receive(try prack(caller, ringing))
        #expect(bench.takeSent() == "200", "a PRACK under way is still matched")
        bench.pass(.milliseconds(600))
        #expect(bench.takeSent() == "200", "the 180 is not repeated any more")
    }

    @Test(arguments: [false, true]) func nobodyAcknowledges(_ isAccepted: Bool) throws {
        let (call, caller) = try ring("Supported: 100rel\r\n")
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        if isAccepted { bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) } }
        bench.pass(.milliseconds(32_001))
        #expect(bench.takeSent() == "183 183 183 183 183 183 183 504" && bench.takeEvents() == "ended(acknowledgementMissing)")
        bench.receive(caller.request("ACK", branch: "c1INVITE1"))
        bench.pass(.seconds(40))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func aLateOfferInAReliableProvisional() throws {
        let (call, caller) = try ring("Supported: 100rel\r\n", body: nil)
        bench.run { $0.provisional(call, status: .ringing, body: nil, at: $1, into: &$2) }
        #expect(bench.sent.first?.message.reliableNumber == nil)
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let progress = try #require(bench.sent.last?.message)
        #expect(progress.reliableNumber != nil && progress.body == Bench.answer && bench.takeSent() == "180 183")
        bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) }
        bench.receive(try prack(caller, progress, body: "answer"))
        #expect(bench.sent.last?.message.body == nil && bench.takeSent() == "200 200" && bench.takeEvents() == "pracked+body")
        var acknowledging = caller
        acknowledging.toTag = try progress.envelope().toTag
        bench.receive(acknowledging.request("ACK"))
        bench.receive(acknowledging.request("INVITE", 3, body: "hold"))
        #expect(bench.takeSent() == "" && bench.takeEvents() == "acknowledged reinvited+body")
    }

    @Test func anOfferNeverGoesUnreliably() throws {
        let (call, _) = try ring("", body: nil)
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.last?.message.body == nil && bench.takeSent() == "183")
        let other = Bench()
        let (required, _) = try ring("Require: 100rel\r\n", body: nil, on: other)
        other.run { $0.provisional(required, status: .ringing, at: $1, into: &$2) }
        #expect(other.takeSent() == "", "the first reliable response would need an offer")
    }

    @Test(arguments: [false, true]) func anOfferInThePrack(_ isAcceptedBefore: Bool) throws {
        let (call, caller) = try ring("Supported: 100rel\r\n")
        bench.run { $0.provisional(call, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        let progress = bench.sent.last?.message
        if isAcceptedBefore { bench.run { $0.accept(call, body: Bench.answer, at: $1, into: &$2) } }
        _ = bench.takeSent()
        bench.receive(try prack(caller, progress, body: "offer 2"))
        #expect(bench.takeEvents() == "pracked updated" && bench.takeSent() == "")
        bench.run { $0.answerUpdate(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        #expect(bench.sent.first?.message.body == Bench.answer)
        #expect(try bench.sent.first?.message.envelope().cseq.method == .prack)
        #expect(bench.takeSent() == (isAcceptedBefore ? "200 200" : "200"))
    }

    @Test(arguments: ["", "RAck: x\r\n", "RAck: 1 INVITE\r\n", "RAck: 99999999999 1 INVITE\r\n"])
    func brokenAcknowledgements(_ header: String) throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        var broken = caller
        broken.toTag = try bench.sent.last?.message.envelope().toTag
        _ = bench.takeSent()
        bench.receive(broken.request("PRACK", 2, headers: header))
        #expect(bench.takeSent() == "400")
    }

    @Test func acknowledgementsOfSomethingElse() throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        let ringing = bench.sent.last?.message
        _ = bench.takeSent()
        bench.receive(try prack(caller, ringing, 2, invite: 2))
        #expect(bench.takeSent() == "481")
        bench.receive(try prack(caller, ringing, 3))
        #expect(bench.takeSent() == "200")
        bench.receive(try prack(Caller(fromTag: "other"), ringing, 4))
        #expect(bench.takeSent() == "481", "an unknown dialog")
    }

    @Test func cancelledWhileAReliableOneWaits() throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        bench.receive(caller.request("CANCEL", branch: "c1INVITE1"))
        bench.receive(caller.request("ACK", branch: "c1INVITE1"))
        bench.pass(.seconds(40))
        #expect(bench.takeSent() == "180 200 487" && bench.takeEvents() == "cancelled" && bench.agent.tableCounts.isEmpty)
    }

    @Test func aPrackThatComesAfterTheRefusal() throws {
        let (call, caller) = try ring("Require: 100rel\r\n")
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        let ringing = bench.sent.last?.message
        bench.run { $0.reject(call, status: .busyHere, at: $1, into: &$2) }
        _ = bench.takeSent()
        bench.receive(try prack(caller, ringing))
        bench.receive(try prack(caller, ringing))
        bench.receive(try prack(caller, ringing, 3, invite: 2))
        #expect(bench.takeSent() == "200 200 481")
        bench.receive(caller.request("ACK", branch: "c1INVITE1"))
        bench.pass(.seconds(6))
        #expect(bench.agent.tableCounts.isEmpty)
        bench.receive(try prack(caller, ringing))
        #expect(bench.takeSent() == "481")
    }

    @Test(arguments: [("Require: 100rel\r\n", 150), ("", 60)]) func proxiesAreKeptWaiting(_ headers: String, _ seconds: Int) throws {
        let (call, caller) = try ring(headers)
        bench.run { $0.provisional(call, status: .ringing, at: $1, into: &$2) }
        let ringing = try #require(bench.sent.last?.message)
        if let first = ringing.reliableNumber {
            bench.receive(try prack(caller, ringing))
            _ = bench.takeSent()
            bench.pass(.seconds(seconds))
            #expect(bench.sent.last?.message.reliableNumber == first + 1, "a new one, not a copy")
        } else {
            _ = bench.takeSent()
            bench.pass(.seconds(seconds))
        }
        #expect(bench.takeSent() == "180")
    }
}
