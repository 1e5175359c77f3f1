import SIP
import SIPDialogs
import Testing
import Timing

/// Two user agents over a network that loses, doubles and reorders, under random commands.
@Suite struct RandomWalkTests {
    struct SeededRandom: RandomNumberGenerator {
        private var state: UInt64
        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func mutated(_ packet: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var packet = packet
        for _ in 0..<Int.random(in: 0...4, using: &random) where !packet.isEmpty {
            let index = Int.random(in: 0..<packet.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: packet[index] = UInt8.random(in: 0...255, using: &random)
            case 1: packet.insert(UInt8(ascii: ";"), at: index)
            case 2: packet[index] = UInt8.random(in: 0x30...0x39, using: &random)
            default: packet.removeSubrange(index..<min(packet.count, index + 8))
            }
        }
        return packet
    }

    private func command(_ bench: Bench, _ call: CallHandle, using random: inout SeededRandom) {
        var choice = Int.random(in: 0..<17, using: &random)
        // Not too many ends, so that calls get somewhere.
        if choice == 4 || choice == 7, Int.random(in: 0..<4, using: &random) > 0 { choice = 2 }
        bench.run { agent, now, outputs in
            switch choice {
            case 0: agent.provisional(call, status: .ringing, at: now, into: &outputs)
            case 1: agent.provisional(call, status: .sessionProgress, body: Bench.answer, at: now, into: &outputs)
            case 2, 3: agent.accept(call, body: Bench.answer, at: now, into: &outputs)
            case 4: agent.reject(call, status: .busyHere, at: now, into: &outputs)
            case 5: agent.answerReinvite(call, status: .ok, body: Bench.answer, at: now, into: &outputs)
            case 6: agent.answerReinvite(call, status: .notAcceptableHere, at: now, into: &outputs)
            case 7: agent.hangUp(call, at: now, into: &outputs)
            case 8: agent.probe(call, at: now, into: &outputs)
            case 9, 10: agent.acknowledge(call, at: now, into: &outputs)
            case 11: agent.update(call, body: Bench.answer, at: now, into: &outputs)
            case 12: agent.update(call, body: nil, at: now, into: &outputs)
            case 13: agent.answerUpdate(call, status: .ok, body: Bench.answer, at: now, into: &outputs)
            case 14: agent.answerUpdate(call, status: .notAcceptableHere, at: now, into: &outputs)
            case 15: agent.reinvite(call, body: nil, at: now, into: &outputs)
            default: agent.reinvite(call, body: Bench.answer, at: now, into: &outputs)
            }
        }
    }

    /// `isHostile`: some messages come with changed bytes too.
    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)], [false, true])
    func everythingReturnsToZero(_ seed: UInt64, _ isHostile: Bool) {
        print("random walk seed \(seed)")
        var random = SeededRandom(seed: seed)
        // The telephone's address is what the bench calls its peer, and the other way round.
        let modes: [UserAgentConfiguration.ReliableProvisionals] = [.always, .whenDescribed, .never]
        let timer = SessionTimerPolicy(interval: 90)
        let server = Bench(seed: seed) {
            $0.reliableProvisionals = modes[Int(seed % 3)]
            $0.sessionTimer = timer
        }
        let phone = Bench(seed: seed &+ 1) {
            $0.listeners[0] = .init(transport: .udp, advertisedHost: "192.0.2.1", advertisedPort: 5061)
            $0.sessionTimer = seed % 2 == 0 ? timer : SessionTimerPolicy(interval: 400, minimum: 200)
        }
        let toServer = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.10", port: 5060))
        let from = NameAddress(uri: SIPURI(user: "me", host: "192.0.2.1"))
        var calls: [CallHandle] = []
        var ends: [CallHandle: Int] = [:]
        var seen: [String: Int] = [:]
        var isLossy = true

        func deliver() {
            for _ in 0..<20 where !server.sent.isEmpty || !phone.sent.isEmpty {
                let (toPhone, toOther) = (server.sent, phone.sent)
                server.sent = []
                phone.sent = []
                for (source, target, flow) in [(toPhone, phone, toServer), (toOther, server, Bench.peer)] {
                    var packets = source.map(\.message.bytes)
                    if isLossy { packets.shuffle(using: &random) }
                    for packet in packets {
                        let fate = isLossy ? Int.random(in: 0..<10, using: &random) : 5
                        if fate == 0 { continue }
                        target.receive(packet, from: flow)
                        if fate == 1 { target.receive(packet, from: flow) }
                        if fate == 2, isHostile { target.receive(mutated(packet, using: &random), from: flow) }
                    }
                }
            }
            for case .answered(let call, _, _) in phone.events where Int.random(in: 0..<4, using: &random) > 0 {
                phone.run { $0.acknowledge(call, body: Bench.answer, at: $1, into: &$2) }
            }
            for case .progressed(let call, let progress) in phone.events where progress.wantsAnswer && Bool.random(using: &random) {
                phone.run { $0.answerProvisional(call, branch: progress.branch ?? "", body: Bench.answer, at: $1, into: &$2) }
            }
            for event in server.events + phone.events {
                seen[Bench.name(event).prefix { $0 != "(" }.description, default: 0] += 1
                if case .ended(let call, _) = event { ends[call, default: 0] += 1 }
                if case .invited(let call, _) = event { calls.append(call) }
            }
            server.events = []
            phone.events = []
        }

        for _ in 0..<1_500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                let body = Int.random(in: 0..<4, using: &random) == 0 ? nil : Bench.answer
                phone.run { agent, now, outputs in
                    calls.append(
                        agent.invite(
                            SIPURI(user: "601", host: "192.0.2.10", port: 5060), from: from, body: body, via: toServer, at: now,
                            into: &outputs))
                }
            case 1, 2:
                let duration = Duration.milliseconds(Int.random(in: 1...20_000, using: &random))
                server.pass(duration)
                phone.pass(duration)
            default:
                if let call = calls.suffix(12).randomElement(using: &random) {
                    command(Bool.random(using: &random) ? server : phone, call, using: &random)
                }
            }
            deliver()
        }
        isLossy = false
        for call in calls {
            for bench in [server, phone] { bench.run { $0.hangUp(call, at: $1, into: &$2) } }
            deliver()
        }
        for _ in 0..<400 {
            server.pass(.milliseconds(500))
            phone.pass(.milliseconds(500))
            deliver()
        }
        #expect(server.agent.tableCounts.isEmpty, "seed \(seed): \(server.agent.tableCounts)")
        #expect(phone.agent.tableCounts.isEmpty, "seed \(seed): \(phone.agent.tableCounts)")
        #expect(isHostile || server.unreadable.isEmpty && phone.unreadable.isEmpty)
        #expect(ends.values.allSatisfy { $0 == 1 } && !ends.isEmpty)
        print("random walk \(seed): \(seen.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    }

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func brokenBytesTrapNothing(_ seed: UInt64) {
        print("mutation seed \(seed)")
        var random = SeededRandom(seed: seed)
        let corpus = TortureAnswerTests.Vector.all.map(\.bytes)
        let bench = Bench()
        for round in 0..<10_000 {
            let input = mutated(corpus.randomElement(using: &random) ?? [], using: &random)
            bench.receive(input, from: Bool.random(using: &random) ? Bench.peer : Bench.stream)
            if let call = bench.lastCall, round % 3 == 0 { command(bench, call, using: &random) }
            if round % 50 == 0 { bench.pass(.seconds(5)) }
            bench.sent = []
            if bench.events.count > 50 { bench.events = [] }
        }
        bench.run { agent, now, outputs in
            for case .invited(let call, _) in bench.events { agent.hangUp(call, at: now, into: &outputs) }
        }
        #expect(bench.agent.tableCounts.transactions <= 10_000)
    }
}
