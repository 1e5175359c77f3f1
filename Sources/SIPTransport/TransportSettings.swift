/// Limits and times of the sockets.
package struct TransportSettings: Sendable {
    /// Connections that peers may have open.
    package var incomingConnections = 1_000
    /// Those of one source address among them (of IPv6: of one /64).
    package var connectionsPerSource = 100
    /// Sources without that limit: proxies and trunks.
    package var exempt = PeerNetworks.loopback
    /// Connections that we open.
    package var outgoingConnections = 1_000
    /// Bytes that wait for a peer who does not read, beyond which its connection is closed.
    package var queuedBytes = 256 * 1_024
    /// From the connection to the end of the TLS handshake.
    package var handshakeTime = Duration.seconds(10)
    /// From the first byte of a message to its last: longer, and the sender only holds memory.
    package var messageTime = Duration.seconds(30)
    /// Until a connection that we open is given up; then the next address has its turn.
    package var connectTime = Duration.seconds(5)
    /// A connection that nothing goes over for this long, and that no call needs, is closed. Longer than any transaction takes
    /// (RFC 3261 §18).
    package var idleTime = Duration.seconds(600)
    /// Silence on a connection that we opened after which it is pinged, chosen anew each time (RFC 5626 §4.4).
    package var silence = Duration.seconds(95)...Duration.seconds(120)
    /// How long the answer may take (RFC 5626 §4.4.1).
    package var pongTime = Duration.seconds(10)
    /// Where connections are opened to; nil: only to those that are heard, so that nobody's Contact makes us knock anywhere.
    package var connectsTo: PeerNetworks?

    package init() {}
}
