import Testing
import Timing

@testable import SIPTransport

@Suite struct ConnectionWatchTests {
    private let settings = TransportSettings()

    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    private func watch(isOurs: Bool) -> ConnectionWatch {
        var watch = ConnectionWatch(isOurs: isOurs, settings: settings, at: .zero)
        watch.opened(random: 0, at: .zero)
        return watch
    }

    @Test func aHandshakeHasTenSeconds() {
        var watch = ConnectionWatch(isOurs: false, settings: settings, at: .zero)
        let deadline = watch.nextDeadline
        let (early, late) = (watch.fire(random: 0, at: at(9.9)), watch.fire(random: 0, at: at(10)))
        #expect(deadline == at(10))
        #expect(early == nil)
        #expect(late == .close(.handshake))
    }

    /// A byte each second keeps nothing alive: the time runs from the first one.
    @Test func aSlowSenderIsNotWoundUpAgain() {
        var watch = watch(isOurs: false)
        for second in 0..<30 {
            watch.read(messages: 0, isUnfinished: true, random: 0, at: at(Double(second)))
            let order = watch.fire(random: 0, at: at(Double(second)))
            #expect(order == nil)
        }
        let order = watch.fire(random: 0, at: at(30))
        #expect(order == .close(.slowMessage))
    }

    @Test func theNextMessageHasItsOwnTime() {
        var watch = watch(isOurs: false)
        watch.read(messages: 0, isUnfinished: true, random: 0, at: at(0))
        watch.read(messages: 1, isUnfinished: true, random: 0, at: at(29))
        let early = watch.fire(random: 0, at: at(58))
        watch.read(messages: 1, isUnfinished: false, random: 0, at: at(58.5))
        let late = watch.fire(random: 0, at: at(100))
        #expect(early == nil)
        #expect(late == nil)
    }

    /// RFC 5626 §4.4: somewhere between 95 and 120 s, chosen anew each time.
    @Test(arguments: [(0, 95), (25_000, 120), (25_001, 95), (.max, 95 + Double(UInt64.max % 25_001) / 1_000)] as [(UInt64, Double)])
    func silenceBeforeAPing(random: UInt64, seconds: Double) {
        var watch = ConnectionWatch(isOurs: true, settings: settings, at: .zero)
        watch.opened(random: random, at: .zero)
        let deadline = watch.nextDeadline
        #expect(deadline == at(seconds))
        #expect((at(95)...at(120)).contains(deadline ?? .zero))
    }

    @Test func onlyTheOneWhoOpenedPings() {
        var watch = watch(isOurs: false)
        let deadline = watch.nextDeadline
        let order = watch.fire(random: 0, at: at(599))
        #expect(deadline == at(600))
        #expect(order == nil)
    }

    @Test func aPeerThatHasAnsweredMustGoOnAnswering() {
        var watch = watch(isOurs: true)
        var order = watch.fire(random: 0, at: at(95))
        #expect(order == .ping)
        #expect(watch.awaitsPong)
        watch.ponged()
        watch.read(messages: 0, isUnfinished: false, random: 0, at: at(95.1))
        #expect(!watch.awaitsPong)
        order = watch.fire(random: 0, at: at(190.1))
        #expect(order == .ping)
        order = watch.fire(random: 0, at: at(200))
        #expect(order == nil)
        order = watch.fire(random: 0, at: at(200.1))
        #expect(order == .close(.noPong))
    }

    /// RFC 3261 §7.5 lets a peer swallow CRLFs: it keeps its calls.
    @Test func aPeerThatNeverAnswersIsPingedAllTheSame() {
        var watch = watch(isOurs: true)
        var pings = 0
        for second in 0..<590 {
            switch watch.fire(random: 0, at: at(Double(second))) {
            case .ping: pings += 1
            case nil: break
            case let order?: Issue.record("\(order)")
            }
        }
        #expect(pings == 6)
    }

    /// Should pings follow each other faster than answers may take.
    @Test func theAnswerIsOwedToTheFirstPing() {
        var settings = TransportSettings()
        settings.silence = .seconds(1)...Duration.seconds(1)
        var watch = ConnectionWatch(isOurs: true, settings: settings, at: .zero)
        watch.opened(random: 0, at: .zero)
        _ = watch.fire(random: 0, at: at(1))
        watch.ponged()
        var closed: Int?
        for second in 2..<30 where closed == nil {
            if watch.fire(random: 0, at: at(Double(second))) == .close(.noPong) { closed = second }
        }
        #expect(closed == 12)
    }

    @Test func whateverComesIsAnAnswer() {
        var watch = watch(isOurs: true)
        _ = watch.fire(random: 0, at: at(95))
        watch.ponged()
        _ = watch.fire(random: 0, at: at(190))
        watch.read(messages: 1, isUnfinished: false, random: 0, at: at(195))
        let order = watch.fire(random: 0, at: at(201))
        #expect(order == nil)
    }

    @Test func idlenessIsAskedAboutAgainAndAgain() {
        var watch = watch(isOurs: false)
        watch.wrote(at: at(10))
        var order = watch.fire(random: 0, at: at(609))
        #expect(order == nil)
        order = watch.fire(random: 0, at: at(610))
        #expect(order == .closeIfIdle)
        watch.stay(at: at(610))
        order = watch.fire(random: 0, at: at(1_210))
        #expect(order == .closeIfIdle)
    }

    /// A peer's pings say that it wants the connection; the answers to ours say nothing of the kind.
    @Test func pingsCountForTheirConnectionsOnly() {
        var theirs = watch(isOurs: false)
        theirs.read(messages: 0, isUnfinished: false, random: 0, at: at(500))
        let theirDeadline = theirs.nextDeadline
        #expect(theirDeadline == at(1_100))
        var ours = watch(isOurs: true)
        for second in stride(from: 90.0, to: 600, by: 90) { ours.read(messages: 0, isUnfinished: false, random: 0, at: at(second)) }
        let order = ours.fire(random: 0, at: at(600))
        #expect(order == .closeIfIdle)
    }
}
