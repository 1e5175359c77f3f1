import SIP

/// An address that a request may be sent to, and how (RFC 3263 §4).
package struct NextHop: Hashable, Sendable, CustomStringConvertible {
    package var transport: TransportKind
    /// The host is an IP literal in its usual form (RFC 5952).
    package var endpoint: SocketEndpoint
    /// The host of the URI in small letters: what the certificate of a TLS peer must prove, whatever names the search went
    /// through, since anybody may have answered for those (RFC 5922 §4, RFC 3263 §4.1).
    package var domain: String

    package init(transport: TransportKind, endpoint: SocketEndpoint, domain: String) {
        self.transport = transport
        self.endpoint = endpoint
        self.domain = domain
    }

    package var target: DeadTargets.Target { DeadTargets.Target(transport: transport, endpoint: endpoint) }

    package var description: String { "\(transport.rawValue):\(endpoint)" }
}
