import Testing
import Timing

@testable import SIPResolution

@Suite struct AnswerCacheTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)
    private let good: Answer = .success([.address("192.0.2.1")])

    private func question(_ name: String) throws -> Question { try #require(Question(name, .a)) }

    @Test(arguments: [
        (Answer.success([.address("192.0.2.1")]), 60, 60), (.success([.address("192.0.2.1")]), 1_000_000, 3600),
        (.failure(.noSuchName), 60, 10), (.failure(.noRecords), 0, 10), (.failure(.serverFailure), 0, 2), (.failure(.timedOut), 0, 2),
        (.failure(.malformed), 0, 2),
    ])
    func keptForItsTime(_ answer: Answer, _ lifetime: Int, _ kept: Int) throws {
        var cache = AnswerCache(capacity: 10)
        let question = try question("a.example")
        cache.keep(answer, to: question, lifetime: .seconds(lifetime), at: start)
        #expect(cache.answer(to: question, at: start + .seconds(kept) + .nanoseconds(-1)) == answer)
        #expect(cache.answer(to: question, at: start + .seconds(kept)) == nil)
        #expect(cache.count == 0)
    }

    @Test(arguments: [Answer.success([.address("192.0.2.1")]), .failure(.cancelled), .failure(.busy)])
    func notKept(_ answer: Answer) throws {
        var cache = AnswerCache(capacity: 10)
        cache.keep(answer, to: try question("a.example"), lifetime: .zero, at: start)
        #expect(cache.count == 0)
    }

    @Test func typesAreApart() throws {
        var cache = AnswerCache(capacity: 10)
        cache.keep(good, to: try question("a.example"), lifetime: .seconds(5), at: start)
        #expect(cache.answer(to: try #require(Question("a.example", .aaaa)), at: start) == nil)
        #expect(cache.answer(to: try question("A.Example."), at: start) == good)
    }

    @Test func bounded() throws {
        var cache = AnswerCache(capacity: 8)
        for index in 0..<8 { cache.keep(good, to: try question("n\(index)"), lifetime: .seconds(100 - index), at: start) }
        cache.keep(good, to: try question("new"), lifetime: .seconds(1), at: start)
        #expect(cache.count == 8)
        #expect(cache.answer(to: try question("n7"), at: start) == nil)
        #expect(cache.answer(to: try question("new"), at: start) == good)
        for index in 0..<1000 { cache.keep(good, to: try question("m\(index)"), lifetime: .seconds(100), at: start) }
        #expect(cache.count <= 8)
    }
}
