/// An address and port of a transport, the host as an IP literal without brackets.
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
package enum TransportKind: String, Hashable, Sendable {
    case udp, tcp

    /// Reliable transports need no retransmission by the transaction layer (RFC 3261 §17).
    package var isReliable: Bool { self != .udp }

    /// The name as it stands in a Via (RFC 3261 §20.42).
    package var viaName: String {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        }
    }
}

/// The way a message came and its answer goes: our listener, the peer's address and, for a stream, the connection.
package struct Flow: Hashable, Sendable {
    /// Index into the listeners of the configuration.
    package var listener: Int
    package var transport: TransportKind
    package var remote: SocketEndpoint
    /// The connection's number; nil for UDP.
    package var connection: UInt64?

    package init(listener: Int, transport: TransportKind, remote: SocketEndpoint, connection: UInt64? = nil) {
        self.listener = listener
        self.transport = transport
        self.remote = remote
        self.connection = connection
    }
}
