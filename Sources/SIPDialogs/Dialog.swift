import SIP

/// What identifies a dialog (RFC 3261 §12). A peer of RFC 2543 without a tag has an empty one.
package struct DialogIdentifier: Hashable, Sendable {
    package let callID: String
    package let localTag: String
    package let remoteTag: String

    package init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }
}

/// A peer-to-peer relation and how to reach its other end (RFC 3261 §12).
package struct Dialog: Sendable {
    /// One hop of the route set: as written, and its URI.
    package struct Route: Hashable, Sendable {
        package var text: String
        package var uri: SIPURI
    }

    package let identifier: DialogIdentifier
    /// Our From value with its tag, and the peer's.
    let localAddress: String
    let remoteAddress: String
    package var localSequence: UInt32
    package var remoteSequence: UInt32?
    package var remoteTarget: SIPURI
    package let routeSet: [Route]
    /// The flow of the last request, or of the response that made the dialog.
    package var flow: Flow
    /// The connection was closed and no request came over another since.
    var isFlowLost = false
    /// The peer does not know the address it is seen under, so its Contact does not lead there.
    let isBehindNAT: Bool

    /// Requests in it go to a SIPS URI, or first to a SIPS route.
    var isSecure: Bool { remoteTarget.scheme == .sips || routeSet.first?.uri.scheme == .sips }

    /// The dialog a UAS makes of an INVITE (RFC 3261 §12.1.1).
    init(
        answering message: SIPMessage, _ envelope: Envelope, localTag: String, contact: SIPURI, from flow: Flow
    ) throws(SIPParseError) {
        identifier = DialogIdentifier(callID: envelope.callID, localTag: localTag, remoteTag: envelope.fromTag)
        localAddress = (message.value(of: .to) ?? envelope.to.text) + ";tag=" + localTag
        remoteAddress = message.value(of: .from) ?? envelope.from.text
        localSequence = 0
        remoteSequence = envelope.cseq.number
        remoteTarget = contact
        routeSet = try Self.routes(message)
        self.flow = flow
        // A Contact that repeats the sent-by is the sender's own; when the packet came from elsewhere, a NAT stands between.
        isBehindNAT = contact.host.equalsIgnoringCase(envelope.via.host) && !envelope.via.host.equalsIgnoringCase(flow.remote.host)
    }

    /// The dialog a UAC makes of a response to its INVITE (RFC 3261 §12.1.2).
    init(from response: SIPMessage, _ envelope: Envelope, to request: SentRequest, flow: Flow) throws(SIPParseError) {
        // Ours are as we sent them, whatever the response makes of them: all responses to a request belong to dialogs of one Call-ID.
        let ownTag = try NameAddress.parse(request.from).tag
        identifier = DialogIdentifier(callID: request.callID, localTag: ownTag ?? envelope.fromTag, remoteTag: envelope.toTag ?? "")
        localAddress = request.from
        remoteAddress = response.value(of: .to) ?? envelope.to.text
        localSequence = request.sequence
        remoteSequence = nil
        // A 2xx without Contact breaks §12.1.1; where the INVITE went is the best guess.
        remoteTarget = try response.addresses(of: .contact).first?.uri ?? request.target
        routeSet = try Self.routes(response).reversed()
        self.flow = flow
        isBehindNAT = false
    }

    static func routes(_ message: SIPMessage) throws(SIPParseError) -> [Route] {
        let texts = try message.elements(of: .recordRoute)
        var routes: [Route] = []
        for text in texts {
            let address = try NameAddress.parse(text)
            guard address.uri.isSIP else { throw SIPParseError("Record-Route is no SIP URI", at: 0) }
            routes.append(Route(text: text, uri: address.uri))
        }
        return routes
    }

    /// Where a request within the dialog goes: over a stream on its connection, over UDP to the next hop when that is an
    /// address (RFC 3261 §12.2.1.1, §8.1.2), else back to where the last request came from.
    package var nextFlow: Flow {
        guard flow.transport == .udp else { return flow }
        let hop = routeSet.first?.uri ?? remoteTarget
        guard let endpoint = hop.endpoint, endpoint.port != 0, !(routeSet.isEmpty && isBehindNAT) else { return flow }
        var flow = flow
        flow.remote = endpoint
        return flow
    }

    /// A request within the dialog (RFC 3261 §12.2.1.1).
    func request(_ method: SIPMethod, sequence: UInt32, via: String) -> SentRequest {
        var target = remoteTarget
        var routes = routeSet.map(\.text)
        if let first = routeSet.first, !first.uri.isLooseRouter {
            // A strict router wants itself as the Request-URI and the target as the last Route.
            target = first.uri
            routes.removeFirst()
            routes.append("<\(remoteTarget.text)>")
        }
        // §19.1.1: headers and the method parameter are not allowed in a Request-URI.
        target.headers = []
        target.parameters.remove("method")
        return SentRequest(
            method: method, target: target, via: via, routes: routes, from: localAddress, to: remoteAddress, callID: identifier.callID,
            sequence: sequence)
    }
}
