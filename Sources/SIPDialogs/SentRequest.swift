import SIP

/// The headers of a request of ours, kept to make its ACK and CANCEL of them.
struct SentRequest: Sendable {
    var method: SIPMethod
    var target: SIPURI
    var via: String
    var routes: [String]
    var from: String
    var to: String
    var callID: String
    var sequence: UInt32

    func bytes(headers: [(HeaderID, String)] = [], extra: [(String, String)] = [], body: Body? = nil) -> [UInt8] {
        var writer = MessageWriter(method: method, uri: target.text)
        writer.add(.via, via)
        writer.add(.maxForwards, "70")
        for route in routes { writer.add(.route, route) }
        writer.add(.from, from)
        writer.add(.to, to)
        writer.add(.callID, callID)
        writer.add(.cseq, "\(sequence) \(method.name)")
        for (id, value) in headers { writer.add(id, value) }
        writer.add(extra: extra)
        return writer.finish(body)
    }

    /// The ACK of a failure: same Via, From, Call-ID, Route and number; To of the response (RFC 3261 §17.1.1.3).
    func failureAcknowledgement(to: String) -> [UInt8] {
        var acknowledgement = self
        acknowledgement.method = .ack
        acknowledgement.to = to
        return acknowledgement.bytes()
    }

    /// The CANCEL: all as in the request (RFC 3261 §9.1), the same branch above all.
    var cancel: SentRequest {
        var cancel = self
        cancel.method = .cancel
        return cancel
    }
}
