import SIP

/// Dialogs made by other requests than INVITE: SUBSCRIBE (RFC 6665 §4.2.1) and REFER (RFC 3515 §2.4.4).
extension Dialog {
    /// The dialog that a 2xx to `request` makes at our end. Throws when the request lacks a usable Contact.
    package init(answering request: IncomingRequest) throws(SIPParseError) {
        guard let contact = try request.message.addresses(of: .contact).first?.uri, contact.isSIP else {
            throw SIPParseError("\(request.method.name) needs a Contact that is a SIP URI", at: 0, partial: request.message)
        }
        try self.init(answering: request.message, request.envelope, localTag: request.localTag, contact: contact, from: request.flow)
    }

    /// The dialog that a 2xx to our request makes; nil without an answer.
    package init?(from outcome: RequestOutcome, callID: String) throws(SIPParseError) {
        guard let message = outcome.message, let envelope = outcome.envelope, outcome.status.isSuccess else { return nil }
        let request = SentRequest(
            method: envelope.cseq.method, target: outcome.target, via: "", routes: [], from: outcome.from, to: "", callID: callID,
            sequence: outcome.sequence)
        try self.init(from: message, envelope, to: request, flow: outcome.flow)
    }

    /// What an answer within the dialog changes: retries counted on, and the target may have moved (RFC 3261 §12.2.1.2).
    package mutating func absorb(_ outcome: RequestOutcome) {
        localSequence = max(localSequence, outcome.sequence)
        guard outcome.status.isSuccess, let target = try? outcome.message?.addresses(of: .contact).first?.uri, target.isSIP else { return }
        remoteTarget = target
    }

    /// Takes a request within the dialog: false when its number is out of order and it must get 500 (RFC 3261 §12.2.2).
    package mutating func follow(_ request: IncomingRequest) -> Bool {
        let sequence = request.envelope.cseq.number
        if let last = remoteSequence, sequence <= last { return false }
        remoteSequence = sequence
        flow = request.flow
        if let target = try? request.message.addresses(of: .contact).first?.uri, target.isSIP { remoteTarget = target }
        return true
    }
}
