import Scenarios

/// One `dial` step under way, from the first INVITE until the bridge is gone.
final class Dialling {
    let id: OrderID
    let order: DialOrder
    var attempt: DialAttempt
    var legs: [Int: OutboundLeg] = [:]
    /// Whoever the caller talks with, or is about to.
    var bridged: OutboundLeg?
    /// Whoever is heard before anybody has answered, and whether the caller hears him by now.
    var early: OutboundLeg?
    var hearsEarly = false
    /// The two are joined once the run has done what it does before that: answered the caller, for one.
    var isJoined = false

    init(id: OrderID, order: DialOrder) {
        self.id = id
        self.order = order
        attempt = DialAttempt(
            targets: order.targets, inTurn: order.strategy == .inTurn, timeout: order.timeout, confirmation: order.confirmation != nil)
    }
}
