import Scenarios
import Testing
import Timing

@Suite struct DialWalkTests {
    /// Whatever is told in whatever order: no trap, no endless work, and an end.
    @Test func anyOrderOfEventsEndsCleanly() throws {
        let steps = """
                - if: caller == '412'
                  then: answer
                - dial: {to: ['sip:a@b', 'sip:b@b'], into: r, stop_by: '*0', music: default, busy: {goto: a}, else: {log: '{r.outcome}'}}
                - dial: {to: ['sip:a@b'], confirm: {key: 1, prompt: [p]}, into: r, ended: {goto: a}, else: {log: '{r.status}'}}
                - transfer: {to: 'sip:c@b', mode: auto, into: n, failed: {log: 'failed {n}'}}
                - transfer: {to: 'sip:c@b', mode: bridge, done: {goto: a}, failed: {goto: a}}
            """
        let more =
            "vars: {r: {type: record, fields: {outcome: text, status: int}}, n: {type: int, init: 0}}\nlimits: {menus: 5m, revisits: 20}\nhandlers: {limit: hangup}"
        let set = try LiveCall.set(steps, more: more)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomCallTests.Random(state: seed)
        for round in 0..<400 {
            var call = try LiveCall(set, call: CallFacts(caller: round % 2 == 0 ? "412" : "", called: "", callID: ""))
            for _ in 0..<Int.random(in: 0...50, using: &random) where !call.run.isFinished {
                if Int.random(in: 0..<4, using: &random) == 0, let deadline = call.run.nextDeadline {
                    call.pass(max(deadline - call.now, .zero))
                    if let next = call.run.nextDeadline { #expect(next > call.now, "seed \(seed) round \(round)") }
                } else {
                    call.now = call.now + .milliseconds(Int.random(in: 0...9_000, using: &random))
                    call.tell(event(of: call, &random))
                }
                #expect(call.commands.count < 200, "seed \(seed) round \(round)")
            }
            call.tell(.hungUp)
            #expect(call.run.isFinished && call.run.nextDeadline == nil, "seed \(seed) round \(round)")
            var ended: Set<OrderID> = []
            for command in call.all {
                if case .cancelDial(let id) = command { #expect(ended.insert(id).inserted, "seed \(seed) round \(round)") }
                if case .endBridge(let id) = command { #expect(ended.insert(id).inserted, "seed \(seed) round \(round)") }
            }
            let endings = call.all.count { if case .hangUp = $0 { true } else if case .reject = $0 { true } else { false } }
            #expect(endings <= 1, "seed \(seed) round \(round)")
        }
    }

    private func event(of call: LiveCall, _ random: inout RandomCallTests.Random) -> ScenarioEvent {
        let id = (try? call.dial().id) ?? OrderID(0)
        let transfer = (try? call.transfer().id) ?? OrderID(0)
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return .answered
        case 1: return .dialProgress(id, ringing: Bool.random(using: &random))
        case 2...4: return .dialBridged(id, target: "sip:a@b")
        case 5...6: return .dialEnded(id, .ended(.seconds(Int64.max)), target: "t")
        case 7: return .dialEnded(id, .rejected(Int.random(in: 300...699, using: &random)), target: "t")
        case 8:
            return .transferEnded(
                transfer,
                [.done(status: 200), .refused(status: 405), .failed(status: 486)].randomElement(using: &random) ?? .done(status: 200))
        case 9: return .playFailed(PlayID(Int.random(in: 0...20, using: &random)), "random")
        case 10: return .dialEnded(OrderID(Int.random(in: 0...9, using: &random)), .noAnswer(nil), target: "")
        case 11: return .dialSound(id, isHeard: Bool.random(using: &random))
        default: return .digit("*0123#".randomElement(using: &random) ?? "1")
        }
    }
}
