import SIP
import Threads
import Timing

/// Finds the live next hops for URIs: the search, the resolver that answers it, and the memory of who failed.
package final class Locator: Sendable {
    package typealias LookUp = @Sendable (Question, @escaping @Sendable (Answer) -> Void) -> Void
    package typealias Located = @Sendable (Result<[NextHop], SearchFailure>) -> Void

    private let ways: [LocalWay]
    private let lookUp: LookUp
    private let random: @Sendable () -> UInt64
    private let clock: @Sendable () -> MonotonicTime
    private let dead: Monitor<DeadTargets>

    /// `ways`: what the listeners can reach; of the families of a transport the first is preferred.
    package convenience init(ways: [LocalWay], resolver: Resolver) {
        self.init(ways: ways, lookUp: { [resolver] question, then in resolver.lookUp(question, then: then) })
    }

    package init(
        ways: [LocalWay], lookUp: @escaping LookUp, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        clock: @escaping @Sendable () -> MonotonicTime = MonotonicTime.now, deadTargets: Int = 1024
    ) {
        self.ways = ways
        self.lookUp = lookUp
        self.random = random
        self.clock = clock
        dead = Monitor(DeadTargets(capacity: deadTargets))
    }

    /// Calls `then` exactly once with at least one next hop, in the order in which they are to be tried, those that failed lately
    /// last: before this returns when nothing need be looked up, else on the resolver's thread, which it must not hold up.
    ///
    /// `ways`: other than those of the locator, when the request may leave by some listeners only.
    package func locate(_ uri: SIPURI, ways: [LocalWay]? = nil, then: @escaping Located) {
        let search = RunningSearch(NextHopSearch(uri, ways: ways ?? self.ways, random: random), lookUp: lookUp) { [dead, clock] result in
            then(result.map { hops in dead.withLock { $0.ordered(hops, at: clock()) } })
        }
        search.begin()
    }

    /// The request got no answer, could not be sent, or was answered with 503 (RFC 3263 §4.3), then with its Retry-After.
    package func noteFailure(of target: DeadTargets.Target, for time: Duration? = nil) {
        let now = clock()
        dead.withLock { $0.note(target, for: time, at: now) }
    }

    /// A request was answered, other than by 503.
    package func noteAnswer(from target: DeadTargets.Target) {
        dead.withLock { $0.forget(target) }
    }

    package var deadTargets: Int { dead.withLock { $0.count } }
}

/// A search and the look-ups it waits for. Each look-up keeps it; the last one lets it go.
private final class RunningSearch: Sendable {
    private let search: Monitor<NextHopSearch>
    private let lookUp: Locator.LookUp
    private let then: Locator.Located

    init(_ search: NextHopSearch, lookUp: @escaping Locator.LookUp, then: @escaping Locator.Located) {
        self.search = Monitor(search)
        self.lookUp = lookUp
        self.then = then
    }

    func begin() {
        perform { $0.begin(into: &$1) }
    }

    /// Outside of the lock, since a look-up may be answered before it returns.
    private func perform(_ step: (inout NextHopSearch, inout [NextHopSearch.Output]) -> Void) {
        var outputs: [NextHopSearch.Output] = []
        search.withLock { step(&$0, &outputs) }
        for output in outputs {
            switch output {
            case .lookUp(let question):
                lookUp(question) { answer in
                    self.perform { $0.handle(answer, to: question, into: &$1) }
                }
            case .ended(let result):
                then(result)
            }
        }
    }
}
