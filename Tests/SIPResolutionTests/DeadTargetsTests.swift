import SIP
import SIPResolution
import Testing
import Timing

@Suite struct DeadTargetsTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func hop(_ last: Int, _ transport: TransportKind = .udp) -> NextHop {
        NextHop(transport: transport, endpoint: SocketEndpoint(host: "192.0.2.\(last)", port: 5060), domain: "example.com")
    }

    @Test func deadOnesGoToTheBackAndStayInOrder() {
        var dead = DeadTargets()
        let hops = [1, 2, 3, 4].map { hop($0) }
        dead.note(hop(3).target, at: start)
        dead.note(hop(1).target, at: start)
        #expect(dead.ordered(hops, at: start) == [hop(2), hop(4), hop(1), hop(3)])
    }

    @Test func forThirtyTwoSeconds() {
        var dead = DeadTargets()
        dead.note(hop(1).target, at: start)
        #expect(dead.isDead(hop(1).target, at: start + .milliseconds(31_999)))
        #expect(!dead.isDead(hop(1).target, at: start + .seconds(32)))
        #expect(!dead.isDead(hop(1, .tcp).target, at: start))
    }

    @Test func retryAfterIsHeeded() {
        var dead = DeadTargets()
        dead.note(hop(1).target, for: .seconds(120), at: start)
        // A time-out meanwhile does not bring it back sooner.
        dead.note(hop(1).target, at: start + .seconds(1))
        #expect(dead.isDead(hop(1).target, at: start + .seconds(119)))
        #expect(!dead.isDead(hop(1).target, at: start + .seconds(120)))
    }

    @Test(arguments: [Duration.zero, .seconds(-5)])
    func noTimeIsNoDeath(_ time: Duration) {
        var dead = DeadTargets()
        dead.note(hop(1).target, for: time, at: start)
        #expect(dead.count == 0)
    }

    @Test func notForEver() {
        var dead = DeadTargets()
        dead.note(hop(1).target, for: .seconds(Int64.max), at: start)
        #expect(!dead.isDead(hop(1).target, at: start + DeadTargets.longestTime))
    }

    @Test func anAnswerBringsItBack() {
        var dead = DeadTargets()
        dead.note(hop(1).target, at: start)
        dead.forget(hop(1).target)
        #expect(!dead.isDead(hop(1).target, at: start))
        #expect(dead.count == 0)
    }

    @Test func boundedAndThoseThatEndSoonestGo() {
        var dead = DeadTargets(capacity: 16)
        for last in 0..<16 { dead.note(hop(last).target, for: .seconds(100 - last), at: start) }
        dead.note(hop(99).target, at: start)
        #expect(dead.count == 15)
        #expect(!dead.isDead(hop(15).target, at: start) && !dead.isDead(hop(14).target, at: start))
        #expect(dead.isDead(hop(0).target, at: start) && dead.isDead(hop(99).target, at: start))
        for last in 100..<10_000 { dead.note(hop(last).target, at: start + .seconds(last)) }
        #expect(dead.count <= 16)
    }
}
