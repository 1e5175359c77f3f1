import CallControl
import NIOCore
import SIPTransport
import Timing

/// The way to the switchboard from any thread: its own event loop.
struct SwitchboardDoor: Sendable {
    let loop: any EventLoop
    let driver: EndpointDriver
    let switchboard: Switchboard

    /// Runs `question` on the loop; the timers are set anew afterwards.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (Switchboard, MonotonicTime) -> Answer) -> EventLoopFuture<Answer> {
        let promise = loop.makePromise(of: Answer.self)
        loop.execute {
            var answer: Answer?
            driver.enter { answer = question(switchboard, $0) }
            // `enter` does nothing once the sockets are closed.
            if let answer { promise.succeed(answer) } else { promise.fail(ChannelError.alreadyClosed) }
        }
        return promise.futureResult
    }

    /// As `ask`, for what is told later.
    func order<Answer: Sendable>(
        _ order: @escaping @Sendable (Switchboard, MonotonicTime, EventLoopPromise<Answer>) -> Void
    ) -> EventLoopFuture<Answer> {
        let promise = loop.makePromise(of: Answer.self)
        loop.execute { driver.enter { order(switchboard, $0, promise) } }
        return promise.futureResult
    }
}
