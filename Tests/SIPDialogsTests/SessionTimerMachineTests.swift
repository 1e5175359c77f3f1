import SIP
import Testing
import Timing

@testable import SIPDialogs

@Suite struct SessionTimerMachineTests {
    private func times(_ timer: SessionTimer) -> [String] {
        var timer = timer
        var lines: [String] = []
        while lines.count < 5 {
            let now = timer.nextDeadline
            guard let due = timer.fire(at: now) else { break }
            lines.append("\(due) \((now - .zero).wholeMilliseconds / 1_000)")
            if due == .expire { break }
        }
        return lines
    }

    @Test func theRefresherRefreshesAtHalf() {
        #expect(times(SessionTimer(interval: 1_800, refresher: .us, at: .zero)) == ["refresh 900", "expire 1768"])
        #expect(times(SessionTimer(interval: 90, refresher: .us, at: .zero)) == ["refresh 45", "expire 60"])
        #expect(times(SessionTimer(interval: 1_800, refresher: .peer, at: .zero)) == ["expire 1768"])
        #expect(times(SessionTimer(interval: 90, refresher: .peer, at: .zero)) == ["expire 60"])
    }

    @Test func postponedButNotBeyondTheEnd() {
        var timer = SessionTimer(interval: 90, refresher: .us, at: .zero)
        var refreshes = 0
        while true {
            let now = timer.nextDeadline
            let due = timer.fire(at: now)
            if due == .expire { break }
            refreshes += 1
            timer.postpone(at: now)
        }
        #expect(refreshes == 4, "at 45, 49.5, 54 and 58.5 s")
        var peers = SessionTimer(interval: 90, refresher: .peer, at: .zero)
        peers.postpone(at: .zero)
        #expect(peers.nextDeadline == .zero + .seconds(60))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var expires: SessionExpires?
        var minimum: Int?
        var isSupported = true
        var policy: SessionTimerPolicy? = SessionTimerPolicy(interval: 1_800, minimum: 90)
        var expected: SessionTimerAnswer
        var testDescription: String { "\(expires?.text ?? "none") min \(minimum ?? 0) \(isSupported)" }
    }

    static let cases = [
        // Table 2 of RFC 4028 §9.
        Case(expires: .init(seconds: 600), expected: .agreed(interval: 600, refresher: .peer, isRequired: true)),
        Case(expires: .init(seconds: 600, refresher: .uac), expected: .agreed(interval: 600, refresher: .peer, isRequired: true)),
        Case(expires: .init(seconds: 600, refresher: .uas), expected: .agreed(interval: 600, refresher: .us, isRequired: true)),
        Case(expires: .init(seconds: 600), isSupported: false, expected: .agreed(interval: 600, refresher: .us, isRequired: false)),
        // Less than asked for, never more, never below Min-SE.
        Case(expires: .init(seconds: 7_200), expected: .agreed(interval: 1_800, refresher: .peer, isRequired: true)),
        Case(expires: .init(seconds: 7_200), minimum: 3_600, expected: .agreed(interval: 3_600, refresher: .peer, isRequired: true)),
        Case(expires: .init(seconds: 120), minimum: 3_600, expected: .agreed(interval: 120, refresher: .peer, isRequired: true)),
        // Too small: 422 to who understands it.
        Case(expires: .init(seconds: 89), expected: .tooSmall(90)),
        Case(expires: .init(seconds: 0), isSupported: false, expected: .unlimited),
        Case(
            expires: .init(seconds: 200), policy: SessionTimerPolicy(interval: 1_800, minimum: 300), expected: .tooSmall(300)),
        Case(
            expires: .init(seconds: 200), isSupported: false, policy: SessionTimerPolicy(interval: 1_800, minimum: 300),
            expected: .agreed(interval: 200, refresher: .us, isRequired: false)),
        // No wish: ours is added where the caller can do its part.
        Case(expires: nil, expected: .agreed(interval: 1_800, refresher: .peer, isRequired: true)),
        Case(expires: nil, minimum: 4_000, expected: .agreed(interval: 4_000, refresher: .peer, isRequired: true)),
        Case(expires: nil, isSupported: false, expected: .unlimited),
        Case(expires: .init(seconds: 600), policy: nil, expected: .unlimited),
    ]

    @Test(arguments: cases) func answers(_ example: Case) {
        let request = SessionTimerRequest(expires: example.expires, minimum: example.minimum, isSupported: example.isSupported)
        #expect(SessionTimerAnswer(to: request, policy: example.policy) == example.expected)
    }

    @Test func whatThe2xxSays() {
        let peer = SessionTimerAnswer.agreed(interval: 600, refresher: .peer, isRequired: true).headers.map { "\($0.0): \($0.1)" }
        #expect(peer == ["Session-Expires: 600;refresher=uac", "Require: timer"])
        let us = SessionTimerAnswer.agreed(interval: 600, refresher: .us, isRequired: false).headers.map { "\($0.0): \($0.1)" }
        #expect(us == ["Session-Expires: 600;refresher=uas"])
        #expect(SessionTimerAnswer.unlimited.headers.isEmpty && SessionTimerAnswer.tooSmall(90).headers.isEmpty)
    }

    @Test func aPolicyIsNeverBelow90() {
        #expect(SessionTimerPolicy(interval: 10, minimum: 1) == SessionTimerPolicy(interval: 90, minimum: 90))
    }
}
