import Glibc
import Threads
import Timing

/// The resolver's thread: takes orders, asks each question once however many wait for it, and hands the answers out.
final class ResolverDesk {
    private let channel: NameServerChannel
    private let openQuestions: Int
    private let clock: @Sendable () -> MonotonicTime
    private var cache: AnswerCache
    private var waiting: [Question: [@Sendable (Answer) -> Void]] = [:]

    init(channel: NameServerChannel, cachedAnswers: Int, openQuestions: Int, clock: @escaping @Sendable () -> MonotonicTime) {
        self.channel = channel
        self.openQuestions = openQuestions
        self.clock = clock
        cache = AnswerCache(capacity: cachedAnswers)
    }

    func run(_ shared: Monitor<Resolver.Shared>, _ wake: WakePipe) {
        Self.ignoreBrokenPipes()
        while true {
            let (orders, isStopping) = shared.withLock { state in
                defer { state.orders = [] }
                return (state.orders, state.isStopping)
            }
            var answered = 0
            for order in orders { answered += isStopping ? refuse(order, .cancelled) : take(order) }
            if isStopping { channel.cancel() }
            answered += handOut()
            if answered > 0 { shared.withLock { $0.unanswered -= answered } }
            if isStopping { break }
            // Answers may have come at once, out of /etc/hosts for one; and what they led to may be ordered already, which wakes.
            channel.wait(orUntilReadable: wake.readEnd)
            wake.drain()
        }
        if shared.withLock({ $0.isAbandoned }) { pthread_detach(pthread_self()) }
    }

    /// c-ares writes to TCP connections that a server may have closed: that is an error for it to see, not the end of the process.
    /// SIGPIPE goes to the thread that wrote.
    private static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// How many were answered at once.
    private func take(_ order: Resolver.Order) -> Int {
        if let answer = cache.answer(to: order.question, at: clock()) {
            order.then(answer)
            return 1
        }
        if waiting[order.question] != nil {
            waiting[order.question]?.append(order.then)
            return 0
        }
        guard waiting.count < openQuestions else { return refuse(order, .busy) }
        waiting[order.question] = [order.then]
        channel.ask(order.question)
        return 0
    }

    private func refuse(_ order: Resolver.Order, _ error: LookUpError) -> Int {
        order.then(.failure(error))
        return 1
    }

    private func handOut() -> Int {
        var answered = 0
        for finished in channel.takeFinished() {
            cache.keep(finished.answer, to: finished.question, lifetime: finished.lifetime, at: clock())
            for then in waiting.removeValue(forKey: finished.question) ?? [] {
                then(finished.answer)
                answered += 1
            }
        }
        return answered
    }
}
