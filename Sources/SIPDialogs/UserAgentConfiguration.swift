import SIP
import SIPTransactions

/// What a user agent tells of itself, and its limits.
package struct UserAgentConfiguration: Sendable {
    /// An address we receive on, as others reach it: it stands in Contact and Via.
    package struct Listener: Hashable, Sendable {
        package var transport: TransportKind
        /// A name or IP literal, IPv6 without brackets.
        package var advertisedHost: String
        package var advertisedPort: UInt16

        package init(transport: TransportKind, advertisedHost: String, advertisedPort: UInt16) {
            self.transport = transport
            self.advertisedHost = advertisedHost
            self.advertisedPort = advertisedPort
        }
    }

    /// The index is `Flow.listener`.
    package var listeners: [Listener]
    /// For Server and User-Agent.
    package var product: String
    package var timers: Timers
    /// Calls at one time; further ones get 503.
    package var maximumCalls: Int
    /// Server transactions at one time; beyond them requests get 503 without any state.
    package var maximumTransactions: Int

    package init(
        listeners: [Listener], product: String = "Antiphon", timers: Timers = Timers(), maximumCalls: Int = 20_000,
        maximumTransactions: Int = 200_000
    ) {
        self.listeners = listeners
        self.product = product
        self.timers = timers
        self.maximumCalls = maximumCalls
        self.maximumTransactions = maximumTransactions
    }

    /// The methods that are answered otherwise than by 405.
    package static let allowedMethods: [SIPMethod] = [.invite, .ack, .bye, .cancel, .options]
    static let allow = allowedMethods.map(\.name).joined(separator: ", ")
    /// The option tags understood (RFC 3261 §8.2.2.3): none yet.
    static let supportedOptions: [String] = []
    static let acceptedBody = "application/sdp"

    func listener(of flow: Flow) -> Listener {
        guard listeners.indices.contains(flow.listener) else {
            return Listener(transport: flow.transport, advertisedHost: "0.0.0.0", advertisedPort: 5060)
        }
        return listeners[flow.listener]
    }
}

/// Whether new calls are taken.
package enum Availability: Hashable, Sendable {
    case ready
    /// New INVITEs and OPTIONS get 503 with Retry-After in seconds.
    case unavailable(retryAfter: Int)
}
