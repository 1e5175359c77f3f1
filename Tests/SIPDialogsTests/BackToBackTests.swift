import SIP
import SIPDialogs
import Testing
import Timing

/// Two user agents with a seeded network between them that loses, doubles and reorders.
final class BackToBack {
    let caller: Bench
    let callee: Bench
    var random: RandomWalkTests.SeededRandom
    /// Of ten messages, how many are lost; one more comes twice.
    var lost = 0
    var calls: [CallHandle] = []
    /// Requests and responses as they were sent, the caller's first, for example `>INVITE <100`.
    private(set) var ladder: [String] = []

    private static let calleeFlow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.10", port: 5060))

    init(
        _ seed: UInt64 = 1, caller configureCaller: (inout UserAgentConfiguration) -> Void = { _ in },
        callee configureCallee: (inout UserAgentConfiguration) -> Void = { _ in }
    ) {
        random = .init(seed: seed)
        caller = Bench(seed: seed) {
            $0.listeners[0] = .init(transport: .udp, advertisedHost: "192.0.2.1", advertisedPort: 5061)
            configureCaller(&$0)
        }
        callee = Bench(seed: seed &+ 1, configure: configureCallee)
    }

    func dial(body: Body? = Bench.answer) -> CallHandle? {
        let from = NameAddress(uri: SIPURI(user: "me", host: "192.0.2.1"))
        var call: CallHandle?
        caller.run {
            call = $0.invite(
                SIPURI(user: "601", host: "192.0.2.10", port: 5060), from: from, body: body, via: Self.calleeFlow, at: $1, into: &$2)
        }
        return call
    }

    /// Carries messages until none is left.
    func deliver() {
        while !caller.sent.isEmpty || !callee.sent.isEmpty {
            let (outward, homeward) = (caller.sent, callee.sent)
            caller.sent = []
            callee.sent = []
            carry(outward.map(\.message), ">", to: callee, from: Bench.peer)
            carry(homeward.map(\.message), "<", to: caller, from: Self.calleeFlow)
        }
    }

    private func carry(_ messages: [SIPMessage], _ mark: String, to target: Bench, from flow: Flow) {
        ladder += messages.map { mark + ($0.status.map { String($0.code) } ?? $0.method?.name ?? "") }
        for message in lost > 0 ? messages.shuffled(using: &random) : messages {
            let fate = lost > 0 ? Int.random(in: 0..<10, using: &random) : 10
            if fate < lost { continue }
            target.receive(message.bytes, from: flow)
            if fate == lost { target.receive(message.bytes, from: flow) }
        }
    }

    func pass(_ duration: Duration) {
        let end = caller.now + duration
        while caller.now < end {
            let step = min(end - caller.now, .milliseconds(100))
            caller.pass(step)
            callee.pass(step)
            deliver()
        }
    }

    func takeLadder() -> String {
        defer { ladder = [] }
        return ladder.joined(separator: " ")
    }
}

@Suite struct BackToBackTests {
    private let pair = BackToBack()
    private let more = Body(contentType: "application/sdp", bytes: Array("more".utf8))

    @Test func reliableEarlyMediaUpdateAndAnswer() throws {
        let call = try #require(pair.dial())
        pair.deliver()
        let other = try #require(pair.callee.lastCall)
        pair.callee.run { $0.provisional(other, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
        pair.deliver()
        #expect(pair.takeLadder() == ">INVITE <183 >PRACK <200")
        #expect(pair.caller.ask { $0.update(call, body: more, at: $1, into: &$2) })
        pair.deliver()
        #expect(pair.callee.takeEvents() == "invited pracked updated")
        pair.callee.run { $0.answerUpdate(other, status: .ok, body: Bench.answer, at: $1, into: &$2) }
        pair.callee.run { $0.accept(other, body: Bench.answer, at: $1, into: &$2) }
        pair.deliver()
        pair.caller.run { $0.acknowledge(call, at: $1, into: &$2) }
        pair.deliver()
        #expect(pair.takeLadder() == ">UPDATE <200 <200 >ACK")
        #expect(pair.caller.takeEvents() == "progressed(183)+body updateAnswered(200)+body answered")
        // Both sides offer at once; who made the Call-ID comes second.
        #expect(pair.caller.ask { $0.reinvite(call, body: more, at: $1, into: &$2) })
        #expect(pair.callee.ask { $0.reinvite(other, body: more, at: $1, into: &$2) })
        pair.deliver()
        #expect(pair.takeLadder() == ">INVITE <INVITE >491 <491 >ACK <ACK")
        for _ in 0..<50 {
            pair.pass(.milliseconds(100))
            for case .reinvited(let call, _) in pair.caller.events {
                pair.caller.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
            }
            for case .reinvited(let call, _) in pair.callee.events {
                pair.callee.run { $0.answerReinvite(call, status: .ok, body: Bench.answer, at: $1, into: &$2) }
            }
            pair.deliver()
        }
        #expect(pair.takeLadder() == "<INVITE >200 <ACK")
        #expect(pair.callee.takeEvents() == "acknowledged reinviteAnswered(200)")
        #expect(pair.caller.takeEvents() == "reinvited+body acknowledged reinviteAnswered(491)", "its offer is out of date by then")
        pair.caller.run { $0.hangUp(call, at: $1, into: &$2) }
        pair.pass(.seconds(70))
        #expect(pair.caller.agent.tableCounts.isEmpty && pair.callee.agent.tableCounts.isEmpty)
    }

    @Test func lateOffersBothWays() throws {
        let call = try #require(pair.dial(body: nil))
        pair.deliver()
        let other = try #require(pair.callee.lastCall)
        pair.callee.run { $0.provisional(other, status: .sessionProgress, body: more, at: $1, into: &$2) }
        pair.deliver()
        guard case .progressed(_, let progress) = pair.caller.events.last else { return #expect(Bool(false)) }
        #expect(progress.wantsAnswer && progress.body == more)
        pair.caller.run { $0.answerProvisional(call, branch: progress.branch ?? "", body: Bench.answer, at: $1, into: &$2) }
        pair.callee.run { $0.accept(other, body: more, at: $1, into: &$2) }
        pair.deliver()
        pair.caller.run { $0.acknowledge(call, at: $1, into: &$2) }
        pair.deliver()
        #expect(pair.takeLadder() == ">INVITE <183 >PRACK <200 <200 >ACK")
        #expect(pair.callee.takeEvents() == "invited pracked+body acknowledged")
        #expect(pair.callee.ask { $0.reinvite(other, body: nil, at: $1, into: &$2) })
        pair.deliver()
        pair.caller.run { $0.answerReinvite(call, status: .ok, body: more, at: $1, into: &$2) }
        pair.deliver()
        pair.callee.run { $0.acknowledge(other, body: Bench.answer, at: $1, into: &$2) }
        pair.deliver()
        #expect(pair.takeLadder() == "<INVITE >200 <ACK")
        #expect(pair.caller.takeEvents() == "progressed(183)+body answered reinvited acknowledged+body")
    }

    @Test func aTimerKeepsTheCallAndFindsItsEnd() throws {
        let pair = BackToBack(1) { $0.sessionTimer = SessionTimerPolicy(interval: 90) }
        let call = try #require(pair.dial())
        pair.deliver()
        let other = try #require(pair.callee.lastCall)
        pair.callee.run { $0.accept(other, body: Bench.answer, at: $1, into: &$2) }
        pair.deliver()
        pair.caller.run { $0.acknowledge(call, at: $1, into: &$2) }
        pair.deliver()
        _ = pair.takeLadder()
        pair.pass(.seconds(500))
        #expect(pair.takeLadder() == Array(repeating: ">UPDATE <200", count: 11).joined(separator: " "))
        pair.lost = 10
        pair.pass(.seconds(200))
        #expect(pair.caller.takeEvents() == "answered ended(dialogLost)" || pair.caller.events.isEmpty)
        #expect(pair.callee.takeEvents() == "invited acknowledged ended(sessionExpired)")
        #expect(pair.caller.agent.tableCounts.isEmpty && pair.callee.agent.tableCounts.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, UInt64.random(in: 7...UInt64.max)]) func overALossyNetworkTheCallComesAbout(_ seed: UInt64) throws {
        print("lossy call seed \(seed)")
        let pair = BackToBack(seed)
        pair.lost = 3
        let call = try #require(pair.dial())
        var stage = 0
        for _ in 0..<1_200 {
            pair.pass(.milliseconds(100))
            if stage == 0, let other = pair.callee.lastCall {
                pair.callee.run { $0.provisional(other, status: .ringing, at: $1, into: &$2) }
                pair.callee.run { $0.provisional(other, status: .sessionProgress, body: Bench.answer, at: $1, into: &$2) }
                stage = 1
            }
            if stage == 1, let other = pair.callee.lastCall, pair.callee.events.contains(where: { Bench.name($0) == "pracked" }) {
                pair.callee.run { $0.accept(other, body: Bench.answer, at: $1, into: &$2) }
                stage = 2
            }
            if stage == 2, pair.caller.events.contains(where: { Bench.name($0) == "answered" }) {
                pair.caller.run { $0.acknowledge(call, at: $1, into: &$2) }
                stage = 3
            }
        }
        #expect(stage == 3 && pair.callee.takeEvents() == "invited pracked acknowledged", "seed \(seed)")
        pair.caller.run { $0.hangUp(call, at: $1, into: &$2) }
        pair.pass(.seconds(100))
        #expect(pair.caller.agent.tableCounts.isEmpty && pair.callee.agent.tableCounts.isEmpty, "seed \(seed)")
    }
}
