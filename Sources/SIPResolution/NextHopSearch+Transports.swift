import SIP

/// Which transport: RFC 3263 §4.1.
extension NextHopSearch {
    func families(of transport: TransportKind) -> [AddressFamily] {
        ways.filter { $0.transport == transport }.map(\.family)
    }

    /// Those that the URI permits and we have, in the order UDP, TCP, TLS: "a client SHOULD use UDP for SIP URIs".
    func permittedTransports() throws(SearchFailure) -> [TransportKind] {
        guard uri.isSIP else { throw .notSIP }
        let permitted: [TransportKind]
        switch (uri.scheme, uri.parameters["transport"]?.lowercasedASCII) {
        case (.sips, "tcp"), (.sips, "tls"), (.sips, nil): permitted = [.tls]
        case (.sip, nil): permitted = TransportKind.allCases
        // RFC 3261 §26.2.2 deprecates `transport=tls`, and everybody writes it.
        case (.sip, let name?):
            guard let transport = TransportKind(rawValue: name) else { throw .transportUnavailable(name) }
            permitted = [transport]
        case (_, let name): throw .transportUnavailable(name ?? "")
        }
        let ours = permitted.filter { !families(of: $0).isEmpty }
        guard !ours.isEmpty else { throw .transportUnavailable(permitted.map(\.rawValue).joined(separator: ", ")) }
        return ours
    }

    /// §4.1: "if TARGET is a numeric IP address, the client SHOULD use UDP for a SIP URI, and TCP for a SIPS URI"; §4.2: its port,
    /// else the default port of the transport.
    func literal() throws(SearchFailure) -> NextHop {
        guard let address = IPLiteral(uri.host) else { throw .badAddress(uri.host) }
        guard let transport = try permittedTransports().first(where: { families(of: $0).contains(address.family) }) else {
            throw .familyUnavailable(uri.host)
        }
        let endpoint = SocketEndpoint(host: address.text, port: uri.port ?? transport.defaultPort)
        return NextHop(transport: transport, endpoint: endpoint, domain: domain)
    }

    func service(_ transport: TransportKind, of domain: String) -> Service? {
        let labels =
            switch transport {
            case .udp: "_sip._udp."
            case .tcp: "_sip._tcp."
            case .tls: "_sips._tcp."
            }
        return Question(labels + domain, .srv).map { Service(transport: transport, question: $0) }
    }

    /// The SRV names that NAPTR records lead to, those that are preferred first.
    func services(from answer: Answer?) -> [Service] {
        guard case .success(let records)? = answer else { return [] }
        let usable = records.compactMap(\.pointer).compactMap { record in service(record).map { (record, $0) } }
        // Once a rule matches, records of a higher order are not considered, preferences are (RFC 3403 §4.1). So a peer that puts
        // TLS first is not spoken to in the clear when TLS fails.
        guard let order = usable.map(\.0.order).min() else { return [] }
        var services: [Service] = []
        for (_, service) in usable.filter({ $0.0.order == order }).sorted(by: { $0.0.preference < $1.0.preference })
        where !services.contains(service) {
            services.append(service)
            if services.count == Self.serviceLimit { break }
        }
        return services
    }

    /// Nil for records that are for something else, or for transports that are not ours or not permitted: "for SIP URIs, the client
    /// SHOULD retain records with "SIPS" as the protocol, if the client supports TLS"; for SIPS URIs nothing else.
    private func service(_ record: PointerRecord) -> Service? {
        guard record.flags.equalsIgnoringCase("s"), record.expression.isEmpty,
            let transport = Self.transport(named: record.service),
            let permitted = try? permittedTransports(), permitted.contains(transport),
            let question = Question(record.replacement, .srv)
        else { return nil }
        return Service(transport: transport, question: question)
    }

    private static func transport(named service: String) -> TransportKind? {
        switch service.lowercasedASCII {
        case "sip+d2u": .udp
        case "sip+d2t": .tcp
        case "sips+d2t": .tls
        default: nil
        }
    }
}
