import SIP

/// Names one request of either direction that is no INVITE, as long as it waits for its answer; never used again.
package struct RequestHandle: Hashable, Sendable, CustomStringConvertible {
    let number: UInt64

    package var description: String { String(number, radix: 36) }
}

/// A request for the application: in a call's dialog, in one that the application keeps, or outside of any.
package struct IncomingRequest: Sendable {
    package let message: SIPMessage
    package let envelope: Envelope
    package let flow: Flow
    package let requestURI: SIPURI
    /// The call in whose dialog it came.
    package let call: CallHandle?
    /// The adopted dialog in which it came.
    package let usage: DialogIdentifier?
    /// The To tag of our answers, which names our end of a dialog that the request makes.
    package let localTag: String
    /// The user that proved himself to the gate.
    package let identity: String?

    package var method: SIPMethod { envelope.cseq.method }
    package var body: Body? { message.body }

    /// The first value of a header, by its name in any case or form.
    package func header(_ name: String) -> String? { message.value(named: name) }
}

/// A request of ours outside of any dialog.
package struct OutgoingRequest: Sendable {
    package var method: SIPMethod
    package var target: SIPURI
    /// Without a tag: one is made, unless it has one (the requests of one registration share it, RFC 3261 §10.2).
    package var from: NameAddress
    package var to: NameAddress
    /// Made when nil.
    package var callID: String?
    package var sequence: UInt32
    /// Route values in order: an outbound proxy, a Path, a Service-Route (RFC 3261 §8.1.1.1).
    package var routes: [String]
    package var flow: Flow
    package var headers: [(String, String)]
    /// Whether a Contact of ours goes with it.
    package var hasContact: Bool
    package var body: Body?

    package init(
        _ method: SIPMethod, target: SIPURI, from: NameAddress, to: NameAddress, callID: String? = nil, sequence: UInt32 = 1,
        routes: [String] = [], flow: Flow, headers: [(String, String)] = [], hasContact: Bool = true, body: Body? = nil
    ) {
        self.method = method
        self.target = target
        self.from = from
        self.to = to
        self.callID = callID
        self.sequence = sequence
        self.routes = routes
        self.flow = flow
        self.headers = headers
        self.hasContact = hasContact
        self.body = body
    }
}

/// What became of a request of ours.
package struct RequestOutcome: Sendable {
    /// 408 when no answer came, 503 when there was no way to send it.
    package let status: StatusCode
    package let reason: String
    /// nil without an answer.
    package let message: SIPMessage?
    package let envelope: Envelope?
    package let flow: Flow
    /// The number that it went under at last: retries with credentials count on.
    package let sequence: UInt32
    /// The From value with its tag.
    package let from: String
    package let target: SIPURI

    /// Of a request that could not be sent at all.
    package static func unsent(_ status: StatusCode, target: SIPURI, sequence: UInt32) -> RequestOutcome {
        let nowhere = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "", port: 0))
        return RequestOutcome(
            status: status, reason: status.reason, message: nil, envelope: nil, flow: nowhere, sequence: sequence, from: "", target: target)
    }
}
