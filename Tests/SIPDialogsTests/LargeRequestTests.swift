import SIP
import Testing
import Timing

@testable import SIPDialogs

@Suite struct LargeRequestTests {
    private let udp = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.1", port: 5080))

    private func configuration(_ listeners: (TransportKind, String)...) -> UserAgentConfiguration {
        UserAgentConfiguration(listeners: listeners.map { .init(transport: $0.0, advertisedHost: $0.1, advertisedPort: 5060) })
    }

    /// RFC 3261 §18.1.1: above 1,300 bytes, or within 200 of the path's MTU.
    @Test func theLimit() {
        #expect(!LargeRequest.shouldUseStream(1_300, over: udp))
        #expect(LargeRequest.shouldUseStream(1_301, over: udp))
        #expect(!LargeRequest.shouldUseStream(1_250, over: udp, pathMTU: 1_450))
        #expect(LargeRequest.shouldUseStream(1_251, over: udp, pathMTU: 1_450))
        #expect(LargeRequest.shouldUseStream(1, over: udp, pathMTU: 0))
    }

    @Test(arguments: [TransportKind.tcp, .tls]) func streamsTakeAnySize(_ transport: TransportKind) {
        #expect(!LargeRequest.shouldUseStream(60_000, over: Flow(listener: 0, transport: transport, remote: udp.remote)))
    }

    @Test func theListenerOfTheSameAddressIsTaken() {
        let listeners = configuration(
            (.udp, "192.0.2.10"), (.tls, "192.0.2.10"), (.tcp, "2001:db8::10"), (.tcp, "192.0.2.11"), (.tcp, "192.0.2.10"))
        let flow = listeners.streamFlow(forRequestOf: 2_000, over: udp)
        #expect(flow == Flow(listener: 4, transport: .tcp, remote: udp.remote))
        #expect(listeners.streamFlow(forRequestOf: 1_000, over: udp) == nil)
    }

    @Test func elseOneOfTheFamily() {
        #expect(configuration((.udp, "192.0.2.10"), (.tcp, "2001:db8::10")).streamFlow(forRequestOf: 2_000, over: udp) == nil)
        #expect(configuration((.udp, "192.0.2.10"), (.tls, "192.0.2.10")).streamFlow(forRequestOf: 2_000, over: udp) == nil)
        let listeners = configuration((.udp, "192.0.2.10"), (.tcp, "2001:db8::10"), (.tcp, "sip.example.com"))
        #expect(listeners.streamFlow(forRequestOf: 2_000, over: udp)?.listener == 2)
    }

    @Test func aRefusalIsRememberedForAWhile() {
        var refusals = StreamRefusals()
        refusals.note(udp.remote, at: .zero)
        #expect(refusals.contains(udp.remote, at: .zero + .seconds(599)))
        #expect(!refusals.contains(udp.remote, at: .zero + .seconds(600)))
        #expect(!refusals.contains(SocketEndpoint(host: "192.0.2.2", port: 5060), at: .zero))
    }

    @Test func theMemoryIsBounded() {
        var refusals = StreamRefusals()
        for number in 0..<100_000 {
            let remote = SocketEndpoint(host: "192.0.2.\(number % 250)", port: UInt16(truncatingIfNeeded: number))
            refusals.note(remote, at: MonotonicTime(nanoseconds: Int64(number) * 1_000_000_000))
        }
        #expect(refusals.count <= 1_024)
        let last = SocketEndpoint(host: "192.0.2.\(99_999 % 250)", port: UInt16(truncatingIfNeeded: 99_999))
        #expect(refusals.contains(last, at: MonotonicTime(nanoseconds: 99_999_000_000_000)))
    }

    // MARK: In the user agent

    private func dial(_ bench: Bench) throws -> (flow: Flow, invite: SIPMessage) {
        bench.run {
            _ = $0.invite(
                SIPURI(user: "601", host: "example.com"), from: NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10")),
                body: Bench.answer,
                via: Bench.peer, headers: [("X-Long", String(repeating: "x", count: 1_300))], at: $1, into: &$2)
        }
        let sent = try #require(bench.sent.last)
        _ = bench.takeSent()
        return (sent.flow, sent.message)
    }

    @Test func aLargeInviteGoesByTCPAndItsDialogByUDP() throws {
        let bench = Bench()
        let (flow, invite) = try dial(bench)
        #expect(flow.transport == .tcp && flow.remote == Bench.peer.remote)
        #expect(invite.value(of: .via)?.hasPrefix("SIP/2.0/TCP ") == true)
        bench.receive(response(to: invite, 200, toTag: "b", contact: "<sip:601@192.0.2.1:5060>", body: Bench.answer))
        let call = try #require(bench.events.compactMap { if case .answered(let call, _, _) = $0 { call } else { nil } }.last)
        bench.run { $0.acknowledge(call, body: nil, at: $1, into: &$2) }
        #expect(bench.sent.map(\.flow.transport) == [.udp])
    }

    @Test func whereNobodyTakesStreamsItGoesByUDP() throws {
        let bench = Bench()
        let (flow, invite) = try dial(bench)
        bench.run { $0.unreachable(flow, at: $1, into: &$2) }
        let again = try #require(bench.sent.last)
        #expect(again.flow == Bench.peer && again.message.value(of: .via)?.hasPrefix("SIP/2.0/UDP ") == true)
        #expect(again.message.value(of: .callID) == invite.value(of: .callID))
        #expect(!bench.events.contains { if case .failed = $0 { true } else { false } })
        #expect(try dial(bench).flow == Bench.peer, "nor is it tried again soon")
        bench.run { $0.unreachable(Bench.peer, at: $1, into: &$2) }
        #expect(bench.events.contains { if case .failed(_, .serviceUnavailable, _, _) = $0 { true } else { false } })
    }

    /// The memory of refusals is bounded; a request that was refused once goes by UDP all the same.
    @Test func aFullMemoryIsNoReasonToTryForEver() throws {
        let bench = Bench()
        for number in 0..<1_024 {
            bench.agent.streamRefusals.note(SocketEndpoint(host: "192.0.2.\(number % 250)", port: UInt16(1_000 + number)), at: bench.now)
        }
        let (flow, _) = try dial(bench)
        #expect(flow.transport == .tcp)
        bench.run { $0.unreachable(flow, at: $1, into: &$2) }
        #expect(bench.sent.last?.flow == Bench.peer)
    }
}
