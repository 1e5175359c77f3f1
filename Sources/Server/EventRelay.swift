import CallControl
import MediaPlane
import NIOCore
import SIPTransport
import Synchronization

/// The way of media events and finished background work to the signalling loop: one hop for a batch.
final class EventRelay: Sendable {
    private struct Ends {
        var driver: EndpointDriver
        var switchboard: Switchboard
    }

    private let loop: any EventLoop
    private let ends = Mutex<Ends?>(nil)

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Joins the ends, which were made after whoever reports to this relay.
    func attach(driver: EndpointDriver, switchboard: Switchboard) {
        ends.withLock { $0 = Ends(driver: driver, switchboard: switchboard) }
    }

    /// Called on a media thread: hands on and returns.
    func forward(_ events: [MediaEvent]) {
        guard let ends = ends.withLock({ $0 }) else { return }
        loop.execute { ends.driver.enter { ends.switchboard.handle(events, at: $0) } }
    }

    /// Runs `work` on the loop as the switchboard's own.
    func enter(_ work: @escaping @Sendable () -> Void) {
        guard let ends = ends.withLock({ $0 }) else { return }
        loop.execute {
            ends.driver.enter { now in
                ends.switchboard.wake(at: now)
                work()
            }
        }
    }
}

extension Switchboard: SignallingEndpoint {}
