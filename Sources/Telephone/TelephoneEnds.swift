import MediaPlane
import NIOCore
import SIPTransport
import Synchronization

/// The way of media events to the telephone's loop.
final class TelephoneEnds: Sendable {
    private let loop: any EventLoop
    private let ends = Mutex<(driver: EndpointDriver, telephone: SoftPhone)?>(nil)

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func attach(driver: EndpointDriver, telephone: SoftPhone) {
        ends.withLock { $0 = (driver, telephone) }
    }

    func forward(_ events: [MediaEvent]) {
        guard let ends = ends.withLock({ $0 }) else { return }
        loop.execute { ends.driver.enter { ends.telephone.handle(events, at: $0) } }
    }
}
