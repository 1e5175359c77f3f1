import SIP

/// What makes a request one of a server transaction (RFC 3261 §17.2.3).
package struct ServerTransactionKey: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        /// A branch with the magic cookie is unique together with the sent-by that made it.
        case branch(String, sentBy: String)
        /// A peer of RFC 2543: its Request-URI, From tag, Call-ID, CSeq number and topmost Via take the branch's place.
        /// The To tag is left out, so that an ACK, which carries ours, meets its INVITE.
        case classic(uri: String, fromTag: String, callID: String, sequence: UInt32, via: String)
    }

    private let form: Form
    package let method: SIPMethod

    /// `method` is that of the transaction: INVITE for an ACK, and for finding what a CANCEL means (RFC 3261 §9.2).
    package init(_ message: SIPMessage, _ envelope: Envelope, as method: SIPMethod? = nil) {
        let own = envelope.cseq.method
        self.method = method ?? (own == .ack ? .invite : own)
        if let branch = envelope.via.uniqueBranch {
            form = .branch(branch, sentBy: envelope.via.sentBy)
        } else {
            form = .classic(
                uri: message.requestURIText, fromTag: envelope.fromTag, callID: envelope.callID, sequence: envelope.cseq.number,
                via: envelope.via.text)
        }
    }
}

/// What makes a response one of a client transaction (RFC 3261 §17.1.3): our branch and the CSeq's method.
package struct ClientTransactionKey: Hashable, Sendable {
    package let branch: String
    package let method: SIPMethod

    package init(branch: String, method: SIPMethod) {
        self.branch = branch
        self.method = method
    }
}
