import Findings
import SIP
import SIPTransport

/// Where SIP is listened for.
extension Configuration {
    static func listeners(_ node: YAMLNode, into findings: inout [Finding]) -> [Listener] {
        let items = node.list("listeners", into: &findings) ?? []
        if items.isEmpty { findings.append(.error("no-listeners", at: node.location, "there is no listener: nobody could call")) }
        return items.compactMap { item in
            var fields = YAMLFields(item, what: "a listener", at: item.location, into: &findings)
            let transport = fields.word("transport", of: TransportKind.self, into: &findings) ?? .udp
            let address = fields.text("address", into: &findings) ?? "127.0.0.1"
            let port = fields.int("port", in: 0...65_535, into: &findings) ?? Int(transport.defaultPort)
            let advertised = fields.text("advertised", into: &findings)
            let advertisedPort = fields.int("advertised_port", in: 1...65_535, into: &findings)
            let peers = fields.take("peers").map { Self.peers($0, "peers", into: &findings) }
            let names = fields.take("peer_names")?.itemsOrSelf.compactMap { $0.text("peer_names", into: &findings) } ?? []
            let tls = fields.take("tls").map { Self.tls($0, into: &findings) }
            fields.finish(into: &findings)
            if transport == .tls, tls == nil {
                findings.append(
                    .error(
                        "no-certificate", at: item.location, "a TLS listener needs to know its certificate",
                        mend: "tls: {certificates: /etc/antiphon/fullchain.pem, key: /etc/antiphon/key.pem}"))
            }
            if !address.isIPLiteral { refuseAddress(address, "address", at: item.location, into: &findings) }
            if address == "0.0.0.0" || address == "::", advertised == nil {
                findings.append(
                    .error(
                        "no-advertised-address", at: item.location, "\(address) is every address, so peers cannot be told one",
                        mend: "add `advertised:` with the address that peers reach"))
            }
            return Listener(
                transport: transport, address: address, port: UInt16(port), advertised: advertised,
                advertisedPort: advertisedPort.map { UInt16($0) }, peers: peers, peerNames: names, tls: tls)
        }
    }

    /// `tls` of a listener. Whether the files hold what they should is seen when the listener opens, and at each reload.
    private static func tls(_ node: YAMLNode, into findings: inout [Finding]) -> TLSSettings {
        var fields = YAMLFields(node, what: "`tls`", at: node.location, into: &findings)
        let certificates = fields.text("certificates", into: &findings)
        let key = fields.text("key", into: &findings)
        let clients = fields.word("clients", of: TLSSettings.ClientCertificates.self, into: &findings) ?? .none
        let authorities = fields.text("authorities", into: &findings)
        let verifies = fields.bool("verify_servers", into: &findings) ?? true
        fields.finish(into: &findings)
        if certificates == nil || key == nil {
            findings.append(
                .error(
                    "no-certificate", at: node.location, "`tls` needs `certificates` and `key`",
                    mend: "tls: {certificates: fullchain.pem, key: key.pem}"))
        }
        let identity = certificates.flatMap { certificates in key.map { TLSSettings.Identity(certificates: certificates, key: $0) } }
        return TLSSettings(identity: identity, clients: clients, authorities: authorities, verifiesServers: verifies)
    }
}
