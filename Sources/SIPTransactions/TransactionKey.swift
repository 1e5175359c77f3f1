import SIP

/// What makes a request one of a server transaction (RFC 3261 §17.2.3).
package struct ServerTransactionKey: Hashable, Sendable {
    /// All that counts, in lines, which nothing of it can break: one text is compared and hashed at once.
    private let text: String

    /// `method` is that of the transaction: INVITE for an ACK, and for finding what a CANCEL means (RFC 3261 §9.2).
    package init(_ message: SIPMessage, _ envelope: Envelope, as method: SIPMethod? = nil) {
        let own = envelope.cseq.method
        let method = method ?? (own == .ack ? .invite : own)
        if let branch = envelope.via.uniqueBranch {
            // A branch with the magic cookie is unique together with the sent-by that made it.
            text = "\(method.name)\n\(branch)\n\(envelope.via.sentBy)"
        } else {
            // A peer of RFC 2543: its Request-URI, From tag, Call-ID, CSeq number and topmost Via take the branch's place.
            // The To tag is left out, so that an ACK, which carries ours, meets its INVITE.
            let sequence = String(envelope.cseq.number)
            text = [method.name, message.requestURIText, envelope.fromTag, envelope.callID, sequence, envelope.via.text]
                .joined(separator: "\n")
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
