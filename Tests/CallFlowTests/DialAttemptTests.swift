import SIP
import Testing
import Timing

@testable import CallControl

@Suite struct DialAttemptTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let busy = DialFailure.busy(.busyHere)

    @Test func allAtOnceAndTheFirstToAnswerWins() {
        var attempt = DialAttempt(targets: ["a", "b", "c"], inTurn: false, timeout: .seconds(20))
        #expect(attempt.start(at: start) == [.call(leg: 1, target: "a"), .call(leg: 2, target: "b"), .call(leg: 3, target: "c")])
        #expect(attempt.deadline == start + .seconds(20))
        #expect(attempt.failed(1, busy, at: start).isEmpty)
        #expect(attempt.answered(3, at: start) == [.connect(leg: 3), .cancel(leg: 2)])
        #expect(attempt.deadline == nil)
        // One that answers while its CANCEL is on its way is not wanted any more.
        #expect(attempt.answered(2, at: start) == [.cancel(leg: 2)])
    }

    @Test func inTurnEachHasItsTime() {
        var attempt = DialAttempt(targets: ["a", "b"], inTurn: true, timeout: .seconds(20))
        #expect(attempt.start(at: start) == [.call(leg: 1, target: "a")])
        let second = start + .seconds(20)
        #expect(attempt.fire(at: second) == [.cancel(leg: 1), .call(leg: 2, target: "b")])
        #expect(attempt.deadline == second + .seconds(20))
        #expect(attempt.failed(2, busy, at: second) == [.end(busy)])
    }

    @Test func nobodyAnswers() {
        var attempt = DialAttempt(targets: ["a", "b"], inTurn: false, timeout: .seconds(5))
        _ = attempt.start(at: start)
        #expect(attempt.fire(at: start + .seconds(4)).isEmpty)
        #expect(attempt.fire(at: start + .seconds(5)) == [.cancel(leg: 1), .cancel(leg: 2), .end(.noAnswer(nil))])
        #expect(attempt.fire(at: start + .seconds(50)).isEmpty)
    }

    @Test(arguments: [
        ([486, 404, 603], DialFailure.busy(.busyHere)), ([404, 603], .rejected(StatusCode(603))), ([404, 503], .unreachable(.notFound)),
        ([603, 480], .noAnswer(.temporarilyUnavailable)),
    ])
    func theOutcomeThatSaysMost(statuses: [Int], outcome: DialFailure) throws {
        var attempt = DialAttempt(targets: statuses.map { "\($0)" }, inTurn: true, timeout: .seconds(5))
        var actions = attempt.start(at: start)
        for (index, code) in statuses.enumerated() {
            actions = attempt.failed(index + 1, DialFailure(status: try #require(StatusCode(code))), at: start)
        }
        guard case .end(let end) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(end == outcome)
    }

    @Test func redirectionsAreFollowedAndACircleEnds() {
        var attempt = DialAttempt(targets: ["a"], inTurn: true, timeout: .seconds(5))
        _ = attempt.start(at: start)
        let moved = DialFailure.rejected(.movedTemporarily)
        #expect(attempt.failed(1, moved, contacts: ["b", "c"], at: start) == [.call(leg: 2, target: "b")])
        // b sends back to a: seen before. c is left.
        #expect(attempt.failed(2, moved, contacts: ["a"], at: start) == [.call(leg: 3, target: "c")])
        var leg = 3
        for round in 0... {
            let actions = attempt.failed(leg, moved, contacts: ["new-\(round)"], at: start)
            guard case .call(let next, _) = actions.first else {
                #expect(actions == [.end(moved)])
                #expect(round == DialAttempt.redirections - 1, "one was used up before")
                break
            }
            leg = next
        }
    }

    @Test func whoAnswersMustConfirm() {
        var attempt = DialAttempt(targets: ["a", "b"], inTurn: false, timeout: .seconds(20), confirmation: true)
        _ = attempt.start(at: start)
        #expect(attempt.confirmed(1).isEmpty, "not answered yet")
        #expect(attempt.answered(1, at: start) == [.confirm(leg: 1)])
        #expect(attempt.answered(2, at: start) == [.confirm(leg: 2)])
        #expect(attempt.confirmed(2) == [.connect(leg: 2), .cancel(leg: 1)])
    }

    @Test func theCallerGivesUp() {
        var attempt = DialAttempt(targets: ["a", "b"], inTurn: false, timeout: .seconds(20))
        _ = attempt.start(at: start)
        #expect(attempt.abandon() == [.cancel(leg: 1), .cancel(leg: 2)])
        #expect(attempt.failed(1, busy, at: start).isEmpty && attempt.abandon().isEmpty && attempt.deadline == nil)
    }

    @Test func noTargetAtAll() {
        var attempt = DialAttempt(targets: [], inTurn: false, timeout: .seconds(20))
        #expect(attempt.start(at: start) == [.end(.unreachable(nil))])
    }

    @Test func policyIsClosedUnlessListed() throws {
        var closed = DialOutPolicy()
        #expect(throws: DialOutPolicy.Refusal.self) { try closed.admit("sip:1001@192.0.2.1", at: start).get() }
        var open = DialOutPolicy(targets: [try .init("sip:1XXX@192.0.2.1")], calls: 2, daily: .seconds(60))
        try open.admit("sip:1001@192.0.2.1", at: start).get()
        try open.admit("sip:1002@192.0.2.1", at: start).get()
        #expect(throws: DialOutPolicy.Refusal.self) { try open.admit("sip:1003@192.0.2.1", at: start).get() }
        open.release(talk: .seconds(61))
        #expect(throws: DialOutPolicy.Refusal.self, "the day's minutes") { try open.admit("sip:1003@192.0.2.1", at: start).get() }
        try open.admit("sip:1003@192.0.2.1", at: start + .seconds(86_400)).get()
        #expect(throws: DialOutPolicy.Refusal.self) { try open.admit("sip:2001@192.0.2.1", at: start).get() }
        #expect(throws: DialOutPolicy.Refusal.self) { try open.admit("sip:1001@192.0.2.1;x=y", at: start).get() }
    }
}
