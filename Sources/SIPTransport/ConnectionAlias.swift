import SIP

/// A peer's wish that its connection be used both ways (RFC 5923).
enum ConnectionAlias {
    /// The port under which the peer can be reached at its address over the connection that `request` came on; nil when it does not ask
    /// for that, or names a host in its Via that its certificate is not for: else whoever may connect could draw the requests
    /// for another server at the same address to itself (RFC 5923 §9).
    static func port(of request: [UInt8], from remote: SocketEndpoint, provedBy names: CertificateNames) -> UInt16? {
        guard let message = try? SIPMessage.parse(request), let via = try? message.topVia(), via.parameters.contains("alias"),
            !names.domains.isEmpty, names.prove(via.host) || via.host == remote.host
        else { return nil }
        return via.port ?? TransportKind.tls.defaultPort
    }

    /// Where the answer to a request goes whose connection has gone: to the address it came from, at the port of the sent-by
    /// (RFC 3261 §18.2.2).
    static func way(ofAnswer response: [UInt8], instead flow: Flow) -> Flow? {
        guard let message = try? SIPMessage.parse(response), let via = try? message.topVia() else { return nil }
        var flow = flow
        flow.connection = nil
        flow.remote.port = via.port ?? flow.transport.defaultPort
        // The peer's certificate as it was seen, or else the name that it gave itself.
        if flow.peerNames.isEmpty { flow.peerNames = [via.host.lowercasedASCII] }
        return flow.remote.port == 0 ? nil : flow
    }
}
