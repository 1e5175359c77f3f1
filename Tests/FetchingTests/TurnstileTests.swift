import Testing

@testable import Fetching

@Suite struct TurnstileTests {
    private static let never = ContinuousClock.now + .seconds(86_400)

    /// Waits until somebody stands in the row.
    private func somebodyWaits(_ turnstile: Turnstile, _ count: Int = 1) async {
        while await turnstile.waiting < count { await Task.yield() }
    }

    @Test func aSeatThatIsGivenBackGoesToTheFirstInTheRow() async {
        let turnstile = Turnstile(seats: 2, longestRow: 2)
        #expect(await turnstile.enter(until: Self.never))
        #expect(await turnstile.enter(until: Self.never))
        let third = Task { await turnstile.enter(until: Self.never) }
        await somebodyWaits(turnstile)
        let fourth = Task { await turnstile.enter(until: Self.never) }
        await somebodyWaits(turnstile, 2)
        #expect(await !turnstile.enter(until: Self.never), "the row is full")
        await turnstile.leave()
        #expect(await third.value)
        #expect(await turnstile.waiting == 1)
        await turnstile.leave()
        #expect(await fourth.value)
        await turnstile.leave()
        await turnstile.leave()
        #expect(await turnstile.enter(until: Self.never))
        #expect(await turnstile.enter(until: Self.never))
    }

    @Test func nobodyWaitsBeyondHisTime() async {
        let turnstile = Turnstile(seats: 1, longestRow: 2)
        #expect(await turnstile.enter(until: Self.never))
        #expect(await !turnstile.enter(until: .now))
        #expect(await turnstile.waiting == 0)
        await turnstile.leave()
        #expect(await turnstile.enter(until: .now), "who finds a seat need not wait")
    }
}
