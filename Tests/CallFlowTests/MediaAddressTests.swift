import SIP
import SIPDialogs
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Whose media may go where: a server that sends a stream to any address that is named to it is a weapon.
@Suite struct MediaAddressTests {
    private static let elsewhere = CallerDouble.offer.replacing("c=IN IP4 192.0.2.1", with: "c=IN IP4 203.0.113.9")

    private func bench(isListed: Bool, trustsPeers: Bool = false) throws -> SwitchboardBench {
        try SwitchboardBench(trustsPeers: trustsPeers) { settings in settings.isListed = { _ in isListed } }
    }

    private func answered(_ bench: SwitchboardBench, _ offer: String, from flow: Flow = SwitchboardBench.caller) throws -> CallerDouble {
        var caller = CallerDouble(number: "600")
        bench.receive(caller.request("INVITE", body: offer), from: flow)
        bench.pass(.seconds(1))
        caller.toTag = try bench.takeSent().last { $0.status == .ok }?.envelope().toTag
        bench.receive(caller.request("ACK", branch: "ack"), from: flow)
        caller.sequence += 1
        return caller
    }

    @Test(arguments: [(true, false, "203.0.113.9"), (false, true, "203.0.113.9"), (false, false, "192.0.2.1")])
    func onlyListedPeersNameAnotherHost(isListed: Bool, isTrusted: Bool, host: String) throws {
        let bench = try bench(isListed: isListed, trustsPeers: isTrusted)
        var caller = try answered(bench, Self.elsewhere)
        #expect(bench.session?.stream?.remote.host == host && bench.session?.stream?.remote.port == 4_000)
        #expect(bench.session?.stream?.remoteRTCP?.host == host)
        // Nor later.
        bench.receive(
            caller.request("INVITE", body: Self.elsewhere.replacing("113.9", with: "113.10") + "a=rtcp:9 IN IP4 203.0.113.11\r\n"))
        bench.receive(caller.request("ACK", branch: "ack-2"))
        #expect(bench.session?.stream?.remote.host == (host == "192.0.2.1" ? host : "203.0.113.10"))
        #expect(bench.session?.stream?.remoteRTCP?.host == (host == "192.0.2.1" ? host : "203.0.113.11"))
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func anAnswerInAnACKNamesNoOtherHostEither() throws {
        let bench = try bench(isListed: false)
        var caller = CallerDouble(number: "600")
        bench.receive(caller.request("INVITE"))
        bench.pass(.seconds(1))
        caller.toTag = try bench.takeSent().last { $0.status == .ok }?.envelope().toTag
        bench.receive(caller.request("ACK", branch: "ack", body: Self.elsewhere))
        #expect(bench.session?.stream?.remote.host == "192.0.2.1")
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func whoMovesGetsHisMediaWhereHeIs() throws {
        let bench = try bench(isListed: false)
        var caller = try answered(bench, Self.elsewhere)
        let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.77", port: 5060))
        bench.receive(caller.request("INVITE", body: Self.elsewhere), from: flow)
        bench.receive(caller.request("ACK", branch: "ack-2"), from: flow)
        #expect(bench.session?.stream?.remote.host == "192.0.2.77")
        caller.sequence += 1
        bench.receive(caller.request("BYE"), from: flow)
        bench.expectNothingLeft()
    }

    @Test func aHoldByAnAddressOfZerosStaysOne() throws {
        let bench = try bench(isListed: false)
        var caller = try answered(bench, CallerDouble.offer)
        bench.receive(caller.request("INVITE", body: BridgeBench.described("0.0.0.0")))
        bench.receive(caller.request("ACK", branch: "ack-2"))
        #expect(bench.session?.stream?.sends == false && bench.session?.stream?.remote.isRoutable == false)
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    /// Signalling by IPv6 and media by IPv4: nothing goes out before the caller has been heard.
    @Test func ofTheOtherFamilyNothingIsSentUnheard() throws {
        let bench = try bench(isListed: false)
        let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "2001:db8::1", port: 5060))
        let caller = try answered(bench, Self.elsewhere, from: flow)
        let stream = try #require(bench.session?.stream)
        #expect(!stream.remote.isRoutable && stream.sends)
        bench.receive(caller.request("BYE"), from: flow)
        bench.expectNothingLeft()
    }

    /// Lets everybody in as a user with a password.
    private struct PasswordGate: RequestGate {
        func judge(_: SIPMessage, _: Envelope, from _: Flow, at _: MonotonicTime) -> GateJudgement { .pass(identity: "alice") }
    }

    /// Whom the server calls is of its own choosing, and names any host; the one in whose place he comes does not.
    @Test func whoIsCalledNamesAnyHost() throws {
        let bench = try SwitchboardBench(dialTargets: [BridgeBench.target]) { settings in
            settings.isListed = { _ in false }
            settings.gate = PasswordGate()
        }
        let caller = try answered(bench, Self.elsewhere)
        #expect(bench.session?.stream?.remote.host == "192.0.2.1", "a password makes no peer")
        bench.receive(caller.request("REFER", headers: ["Refer-To: <\(BridgeBench.target)>"]))
        let callee = CalleeDouble(invite: try #require(bench.takeSent().first { $0.method == .invite }))
        bench.receive(
            callee.response(200, body: CalleeDouble.answer.replacing("c=IN IP4 192.0.2.2", with: "c=IN IP4 203.0.113.9")),
            from: SwitchboardBench.callee)
        #expect(bench.session?.stream?.remote.host == "203.0.113.9")
    }
}
