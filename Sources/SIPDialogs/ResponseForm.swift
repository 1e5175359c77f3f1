import SIP

/// What the responses to one request have in common, and where they go (RFC 3261 §8.2.6.2).
struct ResponseForm: Sendable {
    let destination: Flow
    /// All Via values in order, the topmost with `received` and `rport` when it can be read.
    private let vias: [String]
    /// nil when the request has none: it gets 400 all the same.
    private let from: String?
    private let to: String?
    private let toHasTag: Bool
    private let callID: String?
    private let cseq: String
    private let recordRoutes: [String]
    private let timestamp: String?

    /// nil when the request lacks what an answer needs.
    init?(_ message: SIPMessage, from flow: Flow) {
        guard message.has(.via), let cseq = message.value(of: .cseq) else { return nil }
        if let via = try? message.topVia(), let vias = try? message.elements(of: .via) {
            self.vias = [Self.stamped(via, flow.remote).text] + vias.dropFirst()
            self.destination = Self.destination(via, flow)
        } else {
            // A Via that cannot be read says nothing of where to go: what stood there goes back by the way it came, as with
            // rport (RFC 3581 §4), and tells whoever wrote it.
            self.vias = message.values(of: .via)
            self.destination = flow
        }
        self.from = message.value(of: .from)
        self.to = message.value(of: .to)
        // A To that cannot be read is given back as it is.
        self.toHasTag = (try? message.address(of: .to)).map { $0?.tag != nil } ?? true
        self.callID = message.value(of: .callID)
        self.cseq = cseq
        self.recordRoutes = message.values(of: .recordRoute)
        self.timestamp = message.value(of: .timestamp)
    }

    /// The topmost Via with the address the request came from (RFC 3261 §18.2.1, RFC 3581 §4).
    private static func stamped(_ via: Via, _ source: SocketEndpoint) -> Via {
        var via = via
        via.parameters.remove("received")
        if via.wantsPort { via.parameters["rport"] = String(source.port) }
        // RFC 3581 §4: with rport, received is added even when the addresses are equal.
        if via.wantsPort || !via.host.equalsIgnoringCase(source.host) { via.parameters["received"] = source.host }
        return via
    }

    /// RFC 3261 §18.2.2 and RFC 3581 §4. maddr is ignored: it would let anyone aim our answers at a third party.
    private static func destination(_ via: Via, _ flow: Flow) -> Flow {
        guard flow.transport == .udp, !via.wantsPort else { return flow }
        var flow = flow
        if let port = via.port, port != 0 { flow.remote.port = port } else { flow.remote.port = 5060 }
        return flow
    }

    /// `toTag` is added when the To of the request has none; `delay` (s) is how long a 100 was put off. `dialog` adds what dialog-forming responses copy (§12.1.1).
    func response(
        _ status: StatusCode, reason: String? = nil, toTag: String?, formsDialog: Bool = false, headers: [(String, String)] = [],
        contact: String? = nil, product: String, delay: Double? = nil, body: Body? = nil
    ) -> [UInt8] {
        var writer = MessageWriter(status: status, reason: reason)
        for via in vias { writer.add(.via, via) }
        if formsDialog, status.code > 100, status.code < 300 {
            for route in recordRoutes { writer.add(.recordRoute, route) }
        }
        if let from { writer.add(.from, from) }
        // A 100 needs no tag (§8.2.6.2): none is made, so the dialog begins with the first response that tells something.
        if let to { writer.add(.to, toHasTag || status == .trying ? to : toTag.map { "\(to);tag=\($0)" } ?? to) }
        if let callID { writer.add(.callID, callID) }
        writer.add(.cseq, cseq)
        // §8.2.6.1: the 100 gives the Timestamp back, with how long it waited here.
        if status == .trying, let timestamp { writer.add(.timestamp, delay.map { "\(timestamp) \($0)" } ?? timestamp) }
        if let contact { writer.add(.contact, contact) }
        writer.add(.server, product)
        writer.add(extra: headers)
        return writer.finish(body)
    }

    /// A tag for an answer without state: every copy of the request gets the same one (RFC 3261 §8.2.7).
    func statelessTag(seed: UInt64) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for text in [vias.first ?? "", from ?? "", callID ?? "", cseq] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return String(hash, radix: 36)
    }
}

extension SIPMessage {
    /// Whether the answer's Contact is to be a SIPS URI: Request-URI, topmost Record-Route or, without one, Contact is (RFC 3261 §12.1.1).
    var asksForSIPS: Bool {
        if (try? requestURI())?.scheme == .sips { return true }
        let way = has(.recordRoute) ? try? addresses(of: .recordRoute) : try? addresses(of: .contact)
        return way?.first?.uri.scheme == .sips
    }
}
