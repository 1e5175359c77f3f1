import SIP

/// A dialog as it is written to disk, so that a subscription outlives a restart.
package struct DialogRecord: Codable, Hashable, Sendable {
    package var callID: String
    package var localTag: String
    package var remoteTag: String
    package var localAddress: String
    package var remoteAddress: String
    package var localSequence: UInt32
    package var remoteSequence: UInt32?
    package var remoteTarget: String
    package var routes: [String]
    package var listener: Int
    package var transport: String
    package var remoteHost: String
    package var remotePort: UInt16
    package var isBehindNAT: Bool
}

extension Dialog {
    package var record: DialogRecord {
        DialogRecord(
            callID: identifier.callID, localTag: identifier.localTag, remoteTag: identifier.remoteTag, localAddress: localAddress,
            remoteAddress: remoteAddress, localSequence: localSequence, remoteSequence: remoteSequence, remoteTarget: remoteTarget.text,
            routes: routeSet.map(\.text), listener: flow.listener, transport: flow.transport.rawValue, remoteHost: flow.remote.host,
            remotePort: flow.remote.port, isBehindNAT: isBehindNAT)
    }

    /// The dialog of a record. `sequenceLeap` is added to our number, for the requests that were sent after it was written: gaps
    /// are allowed, a number used before is not (RFC 3261 §12.2.2). Throws when the record could not have been written by us.
    package init(_ record: DialogRecord, sequenceLeap: UInt32) throws(SIPParseError) {
        let (sequence, overflow) = record.localSequence.addingReportingOverflow(sequenceLeap)
        // RFC 3261 §8.1.1.5
        guard !overflow, sequence < 1 << 31 else { throw SIPParseError("the dialog's numbers are used up", at: 0) }
        guard let transport = TransportKind(rawValue: record.transport), record.remoteHost.isIPLiteral else {
            throw SIPParseError("the record's flow is unknown", at: 0)
        }
        let local = try NameAddress.parse(record.localAddress)
        let remote = try NameAddress.parse(record.remoteAddress)
        guard !record.callID.isEmpty, record.callID.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), local.tag == record.localTag,
            remote.tag ?? "" == record.remoteTag
        else { throw SIPParseError("the record's dialog is broken", at: 0) }
        let target = try SIPURI.parse(record.remoteTarget)
        guard target.isSIP else { throw SIPParseError("the record's target is no SIP URI", at: 0) }
        let routes = try Self.routes(record.routes)

        identifier = DialogIdentifier(callID: record.callID, localTag: record.localTag, remoteTag: record.remoteTag)
        localAddress = record.localAddress
        remoteAddress = record.remoteAddress
        localSequence = sequence
        remoteSequence = record.remoteSequence
        remoteTarget = target
        routeSet = routes
        flow = Self.flow(of: record, transport, nextHop: routes.first?.uri ?? target)
        isBehindNAT = record.isBehindNAT
    }

    /// A datagram goes the way it went. A connection is gone with the process, and the peer's end of it was not one to connect to:
    /// it is opened anew to where the next hop listens.
    private static func flow(of record: DialogRecord, _ transport: TransportKind, nextHop: SIPURI) -> Flow {
        var remote = SocketEndpoint(host: record.remoteHost, port: record.remotePort)
        guard transport.isReliable else { return Flow(listener: record.listener, transport: transport, remote: remote) }
        if nextHop.host.isIPLiteral { remote.host = nextHop.host }
        remote.port = nextHop.port.flatMap { $0 == 0 ? nil : $0 } ?? transport.defaultPort
        return Flow(
            listener: record.listener, transport: transport, remote: remote,
            peerNames: transport == .tls ? [nextHop.host.lowercasedASCII] : [])
    }

    private static func routes(_ texts: [String]) throws(SIPParseError) -> [Route] {
        var routes: [Route] = []
        for text in texts {
            let address = try NameAddress.parse(text)
            guard address.uri.isSIP else { throw SIPParseError("a route of the record is no SIP URI", at: 0) }
            routes.append(Route(text: text, uri: address.uri))
        }
        return routes
    }
}
