import SIP
import Timing

/// What sits above the sockets: the server's switchboard, or the test telephone. Everything is called on one event loop, so an
/// endpoint needs no lock and a test drives it by hand, with its own clock and no socket at all.
package protocol SignallingEndpoint: AnyObject {
    /// One whole SIP message (or what a peer takes for one).
    func receive(_ bytes: [UInt8], from flow: Flow, at now: MonotonicTime)
    /// A connection has gone.
    func connectionClosed(_ connection: UInt64, at now: MonotonicTime)
    /// What was to leave on `flow` cannot: no address, no connection, or not to whom it claims to be (RFC 3261 §18.4). Never called from
    /// within `transmit`.
    func unreachable(_ flow: Flow, at now: MonotonicTime)
    /// Whether a call or subscription counts on this connection: it is asked before an idle one is closed.
    func needs(connection: UInt64) -> Bool
    /// A deadline has passed.
    func fire(at now: MonotonicTime)
    /// When to call `fire` at the latest.
    func nextDeadline() -> MonotonicTime?
    /// Set by the driver: takes bytes that are to leave.
    var transmit: ([UInt8], Flow) -> Void { get set }
}

extension SignallingEndpoint {
    package func unreachable(_ flow: Flow, at now: MonotonicTime) {}
    /// Who keeps no account of connections keeps them all.
    package func needs(connection: UInt64) -> Bool { true }
}
