import SIP
import Testing
import Timing

@testable import SIPEvents

/// The machine of one subscription: every state by every event.
@Suite struct NotifierSubscriptionTests {
    typealias Machine = NotifierSubscription

    enum Start: CaseIterable {
        case idle, idleBeforeItsTime, notifying, notifyingWithChange, paused, waitingForState, restored, closing, closingWhileNotifying,
            gone
    }

    enum Word: CaseIterable {
        case refreshed, refreshedUnknown, unsubscribed, changed, learned, closed, accepted, later, failed, tick, expiry
    }

    static let long = Duration.seconds(3600)

    /// A machine in a state, and the time.
    static func machine(_ start: Start) -> (Machine, MonotonicTime) {
        var machine = Machine(interval: .seconds(5), at: .zero)
        var now = MonotonicTime.zero
        if start == .restored {
            now = MonotonicTime(nanoseconds: 1)
            return (Machine(restoredUntil: .zero + long, firstNotice: .zero + .seconds(20), interval: .seconds(5)), now)
        }
        _ = machine.handle(.subscribed(long, isStateKnown: start != .waitingForState), at: now)
        switch start {
        case .idle:
            _ = machine.handle(.answered(.accepted), at: now)
            now = now + .seconds(10)
        case .idleBeforeItsTime:
            _ = machine.handle(.answered(.accepted), at: now)
            now = now + .seconds(1)
        case .notifying, .waitingForState, .restored: now = now + .seconds(1)
        case .notifyingWithChange: _ = machine.handle(.changed, at: now)
        case .paused: _ = machine.handle(.answered(.later(.seconds(60))), at: now)
        case .closing:
            _ = machine.handle(.answered(.accepted), at: now)
            _ = machine.handle(.close(.noresource, retryAfter: nil), at: now)
        case .closingWhileNotifying: _ = machine.handle(.close(.noresource, retryAfter: nil), at: now)
        case .gone: _ = machine.handle(.answered(.failed), at: now)
        }
        return (machine, now)
    }

    static func event(_ word: Word) -> Machine.Event {
        switch word {
        case .refreshed: .subscribed(long, isStateKnown: true)
        case .refreshedUnknown: .subscribed(long, isStateKnown: false)
        case .unsubscribed: .subscribed(.zero, isStateKnown: true)
        case .changed: .changed
        case .learned: .learned
        case .closed: .close(.rejected, retryAfter: 9)
        case .accepted: .answered(.accepted)
        case .later: .answered(.later(.seconds(60)))
        case .failed: .answered(.failed)
        case .tick, .expiry: .time
        }
    }

    /// `-` nothing, `P` a NOTIFY of what changed, `F` one of everything, `L` the last one, `R` the subscription is removed;
    /// in the order of `Word`.
    static let table: [Start: String] = [
        //                       refreshed unknown unsub changed learned closed accepted later failed tick expiry
        .idle: "F - L P P L - - - - L",
        .idleBeforeItsTime: "F - L - - L - - - - L",
        .notifying: "- - - - - - - - R - -",
        .notifyingWithChange: "- - - - - - - - R - -",
        .paused: "F - L - - - - - - - L",
        .waitingForState: "F - L - F L - - - - L",
        .restored: "F - L - - L - - - - L",
        .closing: "- - - - - - R R R - -",
        .closingWhileNotifying: "- - - - - - L - R - -",
        .gone: "R R R R R R R R R R R",
    ]

    @Test func everyStateByEveryEvent() throws {
        for start in Start.allCases {
            let expected = try #require(Self.table[start]).split(separator: " ").map(String.init)
            try #require(expected.count == Word.allCases.count)
            for (word, mark) in zip(Word.allCases, expected) {
                var (machine, now) = Self.machine(start)
                if word == .expiry { now = .zero + Self.long }
                let step = machine.handle(Self.event(word), at: now)
                let isLast = machine.phase != .active
                let seen =
                    switch step {
                    case .wait: "-"
                    case .notify(let isComplete): isLast ? "L" : isComplete ? "F" : "P"
                    case .remove: "R"
                    }
                #expect(seen == mark, "\(start) on \(word)")
                // Whatever comes: there is a deadline that is not past, an answer that is awaited, or the end.
                if let deadline = machine.nextDeadline {
                    #expect(deadline > now, "\(start) on \(word)")
                } else {
                    #expect(machine.isNotifying || machine.phase == .gone, "\(start) on \(word)")
                }
            }
        }
    }

    @Test func changesWhileOneIsOnItsWayAreOneNotify() {
        var (machine, now) = Self.machine(.notifying)
        for _ in 0..<10 { #expect(machine.handle(.changed, at: now) == .wait) }
        #expect(machine.handle(.answered(.accepted), at: now) == .wait)
        // 5 s after the first NOTIFY.
        #expect(machine.nextDeadline == .zero + .seconds(5))
        now = .zero + .seconds(5)
        #expect(machine.handle(.time, at: now) == .notify(isComplete: false))
        #expect(machine.handle(.answered(.accepted), at: now) == .wait)
        #expect(machine.wish == .nothing && machine.nextDeadline == machine.expiry)
    }

    @Test func aRefusedNotifyIsToldAgainInFull() {
        var (machine, now) = Self.machine(.notifying)
        #expect(machine.handle(.answered(.later(.seconds(30))), at: now) == .wait)
        now = now + .seconds(30)
        #expect(machine.nextDeadline == now)
        #expect(machine.handle(.time, at: now) == .notify(isComplete: true))
    }

    @Test func aStateThatNobodyTellsIsNotAwaitedForEver() {
        var (machine, _) = Self.machine(.waitingForState)
        let end = MonotonicTime.zero + Machine.patience
        #expect(machine.nextDeadline == end)
        #expect(machine.handle(.time, at: end) == .notify(isComplete: true))
    }

    @Test func oneThatAskedOnceWaitsForTheState() {
        var machine = Machine(interval: .seconds(1), at: .zero)
        #expect(machine.handle(.subscribed(.zero, isStateKnown: false), at: .zero) == .wait)
        #expect(machine.handle(.learned, at: .zero + .seconds(1)) == .notify(isComplete: true))
        #expect(machine.handle(.answered(.accepted), at: .zero + .seconds(1)) == .remove)
    }

    @Test func theTimeLeftIsRoundedUp() {
        var machine = Machine(interval: .zero, at: .zero)
        _ = machine.handle(.subscribed(.seconds(60), isStateKnown: true), at: .zero)
        #expect(machine.secondsLeft(at: .zero) == 60 && machine.secondsLeft(at: .zero + .milliseconds(1)) == 60)
        #expect(machine.secondsLeft(at: .zero + .seconds(59) + .milliseconds(999)) == 1)
        #expect(machine.secondsLeft(at: .zero + .seconds(60)) == 0 && machine.secondsLeft(at: .zero + .seconds(99)) == 0)
    }
}
