import SIP
import SIPRegistration
import Testing
import Timing

@Suite struct BackOffTests {
    /// RFC 5626 §4.5: half to all of 30 s * 2^failures, at most 30 minutes.
    @Test(arguments: [408, 503, 500, 504, 480, 0])
    func growsWithEachFailure(_ status: Int) throws {
        var trunk = try Trunk()
        trunk.start()
        for (low, high) in [(30, 60), (60, 120), (120, 240), (240, 480), (480, 960), (900, 1_800), (900, 1_800)] as [(Int64, Int64)] {
            if status == 0 { trunk.stayMute() } else { try trunk.answer(status) }
            guard case .failed = trunk.registration.state else {
                Issue.record("\(trunk.registration.state)")
                return
            }
            let pause = trunk.passToNextDeadline()
            #expect(pause.isWithin(low, high), "\(pause)")
        }
        #expect(trunk.registration.report.failures == 7)
        try trunk.accept()
        #expect(trunk.registration.report.failures == 0)
        #expect(trunk.registration.report.lastFailure != nil)
    }

    @Test(arguments: [401, 403, 404, 407, 400, 405, 416, 420, 603, 305, 300, 604])
    func aRefusalWaitsLong(_ status: Int) throws {
        for seed in 0..<20 {
            var trunk = try Trunk(seed: UInt64(seed))
            trunk.start()
            try trunk.answer(status, ["Contact: <sip:second.example>"])
            let pause = trunk.passToNextDeadline()
            #expect(pause.isWithin(900, 1_800), "\(pause)")
            #expect(trunk.registration.report.lastFailure?.status?.code == status)
            #expect(trunk.sent.count == 2)
        }
    }

    @Test(
        arguments: [
            ("10", 10, 13), ("0", 1, 2), ("18000;duration=3600", 3_600, 4_500), ("120 (I'm in a meeting)", 120, 150), ("soon", 30, 60),
            ("99999999999999999999", 3_600, 4_500),
        ] as [(String, Int64, Int64)])
    func obeysRetryAfter(_ value: String, _ low: Int64, _ high: Int64) throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.answer(503, ["Retry-After: \(value)"])
        let pause = trunk.passToNextDeadline()
        #expect(pause.isWithin(low, high), "\(pause)")
    }

    @Test func aShortRetryAfterIsObeyedTwice() throws {
        var trunk = try Trunk()
        trunk.start()
        for _ in 0..<2 {
            try trunk.answer(503, ["Retry-After: 5"])
            #expect(trunk.passToNextDeadline().isWithin(5, 7))
        }
        try trunk.answer(503, ["Retry-After: 5"])
        #expect(trunk.passToNextDeadline() >= .seconds(120))
    }

    /// The binding lives on while a refresh fails, and the state says so until it has run out.
    @Test func aFailedRefreshEndsNothingAtOnce() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept(expires: 130)
        let until = trunk.now + .seconds(130)
        _ = trunk.passToNextDeadline()
        try trunk.answer(503)
        #expect(trunk.registration.state == .registered(until: until))
        #expect(trunk.registration.nextDeadline == until, "sooner than the next try")
        trunk.now = until
        trunk.run { $0.fire(at: $1, into: &$2) }
        guard case .failed(let retryAt) = trunk.registration.state else {
            Issue.record("\(trunk.registration.state)")
            return
        }
        #expect(retryAt > until && trunk.registration.nextDeadline == retryAt)
    }

    @Test func anOutcomeThatGotLostIsSilence() throws {
        var trunk = try Trunk()
        trunk.start()
        #expect(trunk.passToNextDeadline() == .seconds(120))
        #expect(trunk.registration.report.lastFailure?.status == nil)
        _ = trunk.passToNextDeadline()
        #expect(trunk.sent.count == 2 && (trunk.sent.last?.sequence ?? 0) > 3, "beyond what its tries may have used")
    }

    @Test func aRegistrarThatKeepsNothingIsAFailure() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept(expires: 0)
        #expect(!trunk.registration.state.isRegistered)
        #expect(trunk.passToNextDeadline().isWithin(30, 60))
    }

    @Test func startsAreSpread() {
        let random = Counter(9)
        let delays = TrunkPolicy(startWindow: .seconds(10)).startDelays(count: 1_000, random: random.next)
        #expect(delays.count == 1_000 && delays == delays.sorted())
        for (index, delay) in delays.enumerated() {
            #expect(delay >= .milliseconds(10 * index) && delay < .milliseconds(10 * (index + 1)))
        }
        #expect(TrunkPolicy().startDelays(count: 1, random: random.next) == [.zero])
        #expect(TrunkPolicy().startDelays(count: 0, random: random.next).isEmpty)
        #expect(TrunkPolicy(startWindow: .zero).startDelays(count: 3, random: random.next) == [.zero, .zero, .zero])
    }

    @Test func refreshesOfManyDrift() throws {
        var pauses: Set<Duration> = []
        for seed in 0..<50 {
            var trunk = try Trunk(seed: UInt64(seed))
            trunk.start()
            try trunk.accept()
            pauses.insert(trunk.passToNextDeadline())
        }
        #expect(pauses.count == 50)
        #expect(pauses.allSatisfy { $0.isWithin(2_916, 3_240) })
    }
}
