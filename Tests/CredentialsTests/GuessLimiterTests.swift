import Testing

@testable import Credentials

@Suite struct GuessLimiterTests {
    private let box = GuardedThing("1001@example.com")
    private let start = UnixTime(seconds: 1_800_000_000)

    private func isLocked(_ admission: GuessLimiter.Admission) -> Bool {
        if case .locked = admission { true } else { false }
    }

    @Test func theEleventhWrongPINInAnHourIsNotLookedAt() {
        var limiter = GuessLimiter()
        for second in 0..<10 {
            #expect(!isLocked(limiter.attempt(on: box, by: "caller\(second)", at: start + Int64(second))))
        }
        #expect(limiter.attempt(on: box, by: "another", at: start + 10) == .locked(until: start + 3_600))
        #expect(!isLocked(limiter.attempt(on: GuardedThing("1002@example.com"), by: "another", at: start + 10)))
    }

    @Test func aCallerIsLockedWhateverHeTries() {
        var limiter = GuessLimiter()
        for number in 0..<10 { _ = limiter.attempt(on: GuardedThing("\(number)"), by: "mallory", at: start) }
        #expect(limiter.attempt(on: box, by: "mallory", at: start) == .locked(until: start + 3_600))
        #expect(!isLocked(limiter.attempt(on: box, by: "alice", at: start)))
    }

    @Test func theLockEndsWhenTheOldestFailureFallsOutOfTheHour() {
        var limiter = GuessLimiter()
        for number in 0..<10 { _ = limiter.attempt(on: box, by: "\(number)", at: start + Int64(60 * number)) }
        #expect(isLocked(limiter.attempt(on: box, by: "x", at: start + 3_599)))
        #expect(!isLocked(limiter.attempt(on: box, by: "x", at: start + 3_600)))
        // That was a failure again, and the second oldest is there still.
        #expect(limiter.attempt(on: box, by: "y", at: start + 3_600) == .locked(until: start + 3_660))
    }

    @Test func whatIsTriedWhileLockedDoesNotProlongTheLock() {
        var limiter = GuessLimiter()
        for _ in 0..<10 { _ = limiter.attempt(on: box, by: "mallory", at: start) }
        for second in 1..<3_600 { #expect(isLocked(limiter.attempt(on: box, by: "mallory", at: start + Int64(second)))) }
        #expect(!isLocked(limiter.attempt(on: box, by: "mallory", at: start + 3_600)))
    }

    @Test func successForgetsThePairAndNotTheOthers() {
        var limiter = GuessLimiter()
        for _ in 0..<8 { _ = limiter.attempt(on: box, by: "mallory", at: start) }
        _ = limiter.attempt(on: box, by: "alice", at: start)
        limiter.succeeded(on: box, by: "alice")
        _ = limiter.attempt(on: box, by: "alice", at: start)
        limiter.succeeded(on: box, by: "alice")
        _ = limiter.attempt(on: box, by: "bob", at: start)
        _ = limiter.attempt(on: box, by: "bob", at: start)
        #expect(isLocked(limiter.attempt(on: box, by: "carol", at: start)))
        #expect(!isLocked(limiter.attempt(on: GuardedThing("2"), by: "alice", at: start)))
    }

    @Test func successInOnesOwnBoxDoesNotBuyGuessesAtAnother() {
        var limiter = GuessLimiter()
        let own = GuardedThing("2002@example.com")
        var guesses = 0
        for _ in 0..<100 {
            _ = limiter.attempt(on: own, by: "mallory", at: start)
            limiter.succeeded(on: own, by: "mallory")
            if !isLocked(limiter.attempt(on: box, by: "mallory", at: start)) { guesses += 1 }
        }
        #expect(guesses == 10)
    }

    @Test func aHundredCallsAtATimeHaveTenGuessesTogether() {
        var limiter = GuessLimiter()
        // All ask before the first has been hashed.
        let admissions = (0..<100).map { limiter.attempt(on: box, by: "\($0)", at: start) }
        #expect(admissions.count { !isLocked($0) } == 10)
    }

    @Test func madeUpCallersAndBoxesDoNotPushOutTheBoxUnderAttack() {
        var limiter = GuessLimiter(capacity: 100)
        for number in 0..<10 { _ = limiter.attempt(on: box, by: "m\(number)", at: start) }
        for number in 0..<5_000 {
            _ = limiter.attempt(on: GuardedThing("made up \(number)", exists: false), by: "caller \(number)", at: start + 1)
        }
        #expect(limiter.size <= 300)
        #expect(isLocked(limiter.attempt(on: box, by: "fresh", at: start + 2)))
    }

    @Test func aMadeUpBoxLocksLikeARealOne() {
        var limiter = GuessLimiter()
        let imagined = GuardedThing("9999@example.com", exists: false)
        for number in 0..<10 { #expect(!isLocked(limiter.attempt(on: imagined, by: "\(number)", at: start))) }
        #expect(isLocked(limiter.attempt(on: imagined, by: "x", at: start)))
    }

    @Test func memoryStaysBoundedForLongNames() {
        var limiter = GuessLimiter(capacity: 8)
        let long = String(repeating: "é", count: 100_000)
        guard case .admitted(let failure) = limiter.attempt(on: GuardedThing(long), by: long, at: start) else {
            Issue.record("locked")
            return
        }
        #expect(failure.caller.utf8.count <= 130 && failure.thing.name.utf8.count <= 402)
    }

    @Test func aRestartForgetsNothing() {
        var limiter = GuessLimiter()
        var stored: [GuessLimiter.Failure] = []
        for number in 0..<10 {
            if case .admitted(let failure) = limiter.attempt(on: box, by: "\(number)", at: start + Int64(number)) { stored.append(failure) }
        }
        var restarted = GuessLimiter()
        restarted.restore(stored.shuffled(), at: start + 100)
        #expect(restarted.attempt(on: box, by: "x", at: start + 100) == .locked(until: start + 3_600))
        var later = GuessLimiter()
        later.restore(stored, at: start + 4_000)
        #expect(later.size == 0)
    }

    @Test func aNewPINStartsAfresh() {
        var limiter = GuessLimiter()
        for number in 0..<10 { _ = limiter.attempt(on: box, by: "\(number)", at: start) }
        limiter.forget(box)
        #expect(!isLocked(limiter.attempt(on: box, by: "alice", at: start)))
    }

    @Test func aClockSetBackLocksForAnHourAtMost() {
        var limiter = GuessLimiter()
        for number in 0..<10 { _ = limiter.attempt(on: box, by: "\(number)", at: start) }
        let back = start + -1_000_000
        #expect(isLocked(limiter.attempt(on: box, by: "x", at: back)))
        #expect(isLocked(limiter.attempt(on: box, by: "x", at: back + 3_599)))
        #expect(!isLocked(limiter.attempt(on: box, by: "x", at: back + 3_600)))
    }

    @Test func extremeTimesDoNotTrap() {
        var limiter = GuessLimiter()
        for time in [Int64.min, .max, 0, .min, .max] {
            _ = limiter.attempt(on: box, by: "x", at: UnixTime(seconds: time))
            limiter.restore([GuessLimiter.Failure(thing: box, caller: "y", at: UnixTime(seconds: time))], at: UnixTime(seconds: ~time))
        }
        #expect(limiter.size <= 3)
    }

    /// Against the plain rule over the list of all that has happened.
    @Test func itAgreesWithThePlainRule() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("itAgreesWithThePlainRule seed \(seed)")
        var random = SeededRandom(seed: seed)
        var limiter = GuessLimiter(limit: 3, window: 50)
        var history: [(thing: Int, caller: Int, at: UnixTime)] = []
        var now = start
        for _ in 0..<5_000 {
            now = now + Int64.random(in: 0...6, using: &random)
            let (thing, caller) = (Int.random(in: 0..<4, using: &random), Int.random(in: 0..<4, using: &random))
            if Int.random(in: 0..<5, using: &random) == 0 {
                limiter.succeeded(on: GuardedThing("\(thing)"), by: "\(caller)")
                history.removeAll { $0.thing == thing && $0.caller == caller }
                continue
            }
            let recent = history.filter { $0.at + 50 > now }
            let isLockedByRule = recent.count { $0.thing == thing } >= 3 || recent.count { $0.caller == caller } >= 3
            let admission = limiter.attempt(on: GuardedThing("\(thing)"), by: "\(caller)", at: now)
            #expect(isLocked(admission) == isLockedByRule)
            if !isLockedByRule { history.append((thing, caller, now)) }
        }
    }
}
