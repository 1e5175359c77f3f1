import NIOCore
import SIP

/// One address in the three forms that a datagram's way through the server needs.
struct PeerAddress {
    let socket: NIOCore.SocketAddress
    let endpoint: SocketEndpoint
    let address: IPAddress

    init?(_ socket: NIOCore.SocketAddress) {
        guard let address = IPAddress(socket), let endpoint = SocketEndpoint(socket) else { return nil }
        self.socket = socket
        self.endpoint = endpoint
        self.address = address
    }
}

/// The addresses that datagrams came from and went to last: behind a proxy it is always the same one, and to read and write it as text
/// for each message costs more than to find the message's transaction.
struct PeerAddresses {
    private var latest: [PeerAddress] = []
    /// Where the next new one goes.
    private var next = 0
    /// Few enough to be looked through.
    private static let limit = 4

    mutating func of(_ socket: NIOCore.SocketAddress) -> PeerAddress? {
        if let known = latest.first(where: { $0.socket == socket }) { return known }
        return PeerAddress(socket).map { keep($0) }
    }

    /// Nil where the host is no IP address.
    mutating func of(_ endpoint: SocketEndpoint) -> PeerAddress? {
        if let known = latest.first(where: { $0.endpoint == endpoint }) { return known }
        guard let socket = try? NIOCore.SocketAddress(ipAddress: endpoint.host, port: Int(endpoint.port)) else { return nil }
        // Written in another way it would never be found again.
        guard let peer = PeerAddress(socket), peer.endpoint == endpoint else { return PeerAddress(socket) }
        return keep(peer)
    }

    private mutating func keep(_ peer: PeerAddress) -> PeerAddress {
        if latest.count < Self.limit {
            latest.append(peer)
        } else {
            latest[next] = peer
            next = (next + 1) % Self.limit
        }
        return peer
    }
}
