import Threads
import Timing

/// Asks name servers, on a thread of its own, and keeps their answers for as long as they hold.
///
/// Addresses are looked for in /etc/hosts first. Whoever makes one ends it with `stop`.
package final class Resolver: Sendable {
    struct Order: Sendable {
        var question: Question
        var then: @Sendable (Answer) -> Void
    }

    struct Shared {
        var orders: [Order] = []
        /// Orders handed in and not answered yet.
        var unanswered = 0
        var isStopping = false
        /// Nobody waits for the thread's end.
        var isAbandoned = false
        var thread: BackgroundThread?
    }

    private let shared = Monitor(Shared())
    private let wake: WakePipe
    private let orderLimit: Int

    /// `clock` is for what the cache keeps.
    package init(_ settings: ResolverSettings = ResolverSettings(), clock: @escaping @Sendable () -> MonotonicTime = MonotonicTime.now)
        throws(ResolverError)
    {
        guard let wake = WakePipe() else { throw .system("no pipe to wake its thread") }
        self.wake = wake
        let openQuestions = min(max(1, settings.openQuestions), 65_536)
        orderLimit = 8 * openQuestions
        let channel = try NameServerChannel(settings)
        let thread = BackgroundThread(name: "resolver") { [shared] in
            let desk = ResolverDesk(
                channel: channel, cachedAnswers: settings.cachedAnswers, openQuestions: openQuestions, clock: clock)
            desk.run(shared, wake)
        }
        guard let thread else { throw .system("no thread") }
        shared.withLock { $0.thread = thread }
    }

    deinit {
        // Without waiting: this may be the resolver's own thread.
        shared.withLock { state in
            state.isStopping = true
            state.isAbandoned = state.thread != nil
        }
        wake.signal()
    }

    /// Calls `then` exactly once: on the resolver's thread, which it must not hold up, or at once when the resolver is stopped
    /// (`cancelled`) or overrun (`busy`).
    package func lookUp(_ question: Question, then: @escaping @Sendable (Answer) -> Void) {
        let refusal: LookUpError? = shared.withLock { state in
            if state.isStopping { return .cancelled }
            if state.unanswered >= orderLimit { return .busy }
            state.unanswered += 1
            state.orders.append(Order(question: question, then: then))
            return nil
        }
        if let refusal { then(.failure(refusal)) } else { wake.signal() }
    }

    /// Answers whatever is under way with `cancelled` and waits for the thread's end. Not to be called from within `then`.
    package func stop() {
        let thread = shared.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        wake.signal()
        thread?.join()
    }
}
