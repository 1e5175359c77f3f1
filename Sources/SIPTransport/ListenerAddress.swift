import SIP

/// Where SIP is listened for.
package struct ListenerAddress: Hashable, Sendable, CustomStringConvertible {
    package var transport: TransportKind
    package var endpoint: SocketEndpoint

    package init(transport: TransportKind, endpoint: SocketEndpoint) {
        self.transport = transport
        self.endpoint = endpoint
    }

    package var description: String { "\(transport.rawValue):\(endpoint)" }
}

/// A listener that could not be opened.
package struct ListenerFailure: Error, CustomStringConvertible {
    package let address: ListenerAddress
    package let reason: String

    package var description: String {
        "cannot listen on \(address): \(reason)"
    }
}
