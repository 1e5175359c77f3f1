/// An address and port of a transport, the host as an IP literal without brackets; where a message is to go, also a name.
package struct SocketEndpoint: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// The transports SIP runs over here (RFC 3261 §18).
package enum TransportKind: String, Hashable, Sendable, CaseIterable {
    case udp, tcp, tls

    /// Reliable transports need no retransmission by the transaction layer (RFC 3261 §17).
    package var isReliable: Bool { self != .udp }

    /// The name as it stands in a Via (RFC 3261 §20.42).
    package var viaName: String {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        case .tls: "TLS"
        }
    }

    /// The port when none is written (RFC 3261 §19.1.2).
    package var defaultPort: UInt16 { self == .tls ? 5061 : 5060 }
}

/// The way a message came and its answer goes: our listener, the peer's address and, for a stream, the connection.
package struct Flow: Hashable, Sendable {
    /// Index into the listeners of the configuration.
    package var listener: Int
    package var transport: TransportKind
    package var remote: SocketEndpoint
    /// The connection's number; nil for UDP.
    package var connection: UInt64?
    /// TLS: SIP domains in small letters (RFC 5922 §7.1). On a message that came, those that the peer's certificate proves. On one
    /// that leaves, those of which the peer must prove one (§7.3) where a connection is to be opened; without any, `remote.host`.
    package var peerNames: [String]

    package init(
        listener: Int, transport: TransportKind, remote: SocketEndpoint, connection: UInt64? = nil, peerNames: [String] = []
    ) {
        self.listener = listener
        self.transport = transport
        self.remote = remote
        self.connection = connection
        self.peerNames = peerNames
    }
}
