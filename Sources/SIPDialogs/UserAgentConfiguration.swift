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
        maximumTransactions: Int = 200_000, handedOver: [SIPMethod] = []
    ) {
        self.listeners = listeners
        self.product = product
        self.timers = timers
        self.maximumCalls = maximumCalls
        self.maximumTransactions = maximumTransactions
        self.handedOver = handedOver
        allow = Self.allow(handedOver)
    }

    /// Methods that go to the application as `.requested`; all that are not the user agent's own nor among these get 405.
    package var handedOver: [SIPMethod] {
        didSet { allow = Self.allow(handedOver) }
    }
    /// The Allow value: whatever is answered otherwise than by 405.
    package private(set) var allow: String
    private static func allow(_ handedOver: [SIPMethod]) -> String {
        ([.invite, .ack, .bye, .cancel, .options, .prack, .update] + handedOver).map(\.name).joined(separator: ", ")
    }

    /// How provisional responses to INVITEs go that support, but do not require, reliable ones (RFC 3262).
    package enum ReliableProvisionals: Hashable, Sendable {
        /// 100rel is not understood at all.
        case never
        /// Those that carry a session description.
        case whenDescribed
        case always
    }
    package var reliableProvisionals = ReliableProvisionals.whenDescribed
    /// Session timers (RFC 4028); nil: not understood.
    package var sessionTimer: SessionTimerPolicy? = SessionTimerPolicy()
    /// Option tags that the application sees to, such as `replaces`.
    package var furtherOptions: [String] = []

    /// The option tags understood (RFC 3261 §8.2.2.3).
    package var supportedOptions: [String] {
        (reliableProvisionals == .never ? [] : ["100rel"]) + (sessionTimer == nil ? [] : ["timer"]) + furtherOptions
    }
    /// The Supported value.
    var supported: String { supportedOptions.joined(separator: ", ") }
    /// That of a re-INVITE that asks for an offer: one in a provisional response would not be waited for.
    var supportedWithoutReliable: String { supportedOptions.filter { $0 != "100rel" }.joined(separator: ", ") }
    static let acceptedBody = "application/sdp"

    /// Whether a Via has the sent-by of one of our listeners; a port that somebody left out is not missed.
    func isOurs(_ via: Via) -> Bool {
        listeners.contains { $0.advertisedHost.equalsIgnoringCase(via.host) && $0.advertisedPort == via.port ?? $0.advertisedPort }
    }

    func listener(of flow: Flow) -> Listener {
        guard listeners.indices.contains(flow.listener) else {
            return Listener(transport: flow.transport, advertisedHost: "0.0.0.0", advertisedPort: 5060)
        }
        return listeners[flow.listener]
    }
}
