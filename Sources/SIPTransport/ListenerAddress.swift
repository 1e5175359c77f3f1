import SIP

/// Where SIP is listened for, and who is heard there.
package struct ListenerAddress: Hashable, Sendable, CustomStringConvertible {
    package var transport: TransportKind
    package var endpoint: SocketEndpoint
    /// Who may talk to this listener; nil for those whom the driver hears everywhere.
    package var peers: PeerNetworks?
    /// SIP domains that may talk to it from any address, once their certificate has proved them. In small letters.
    package var peerNames: Set<String>
    /// Needed for TLS, unused otherwise.
    package var tls: TLSSettings?

    package init(
        transport: TransportKind, endpoint: SocketEndpoint, peers: PeerNetworks? = nil, peerNames: Set<String> = [],
        tls: TLSSettings? = nil
    ) {
        self.transport = transport
        self.endpoint = endpoint
        self.peers = peers
        self.peerNames = peerNames
        self.tls = tls
    }

    package var description: String { "\(transport.rawValue):\(endpoint)" }

    /// The family of the addresses that can be reached from here.
    var isIPv4: Bool { IPAddress(endpoint.host)?.isIPv4 ?? true }
    /// 0.0.0.0 or ::.
    var isEveryAddress: Bool { IPAddress(endpoint.host)?.isUnspecified ?? true }
}

/// A listener that could not be opened.
package struct ListenerFailure: Error, CustomStringConvertible {
    package let address: ListenerAddress
    package let reason: String

    package var description: String {
        "cannot listen on \(address): \(reason)"
    }
}
