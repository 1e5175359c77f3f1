/// What every request and response must carry and every layer above needs, read once (RFC 3261 §8.1.1).
package struct Envelope: Sendable {
    package var via: Via
    package var from: NameAddress
    package var to: NameAddress
    package var callID: String
    package var cseq: CSeq

    /// Empty for a peer of RFC 2543 that sends none (RFC 3261 §12.1.1).
    package var fromTag: String { from.tag ?? "" }
    package var toTag: String? { to.tag }
}

extension SIPMessage {
    /// Reads the mandatory headers; the error carries this message, so that it can be answered.
    package func envelope() throws(SIPParseError) -> Envelope {
        do throws(SIPParseError) {
            return try readEnvelope()
        } catch {
            var answerable = error
            answerable.partial = self
            throw answerable
        }
    }

    private func readEnvelope() throws(SIPParseError) -> Envelope {
        guard let via = try topVia() else { throw SIPParseError("Missing Via header", at: 0) }
        guard let from = try address(of: .from) else { throw SIPParseError("Missing From header", at: 0) }
        guard let to = try address(of: .to) else { throw SIPParseError("Missing To header", at: 0) }
        guard let callID = try callID(), !callID.isEmpty else { throw SIPParseError("Missing Call-ID header", at: 0) }
        guard let cseq = try cseq() else { throw SIPParseError("Missing CSeq header", at: 0) }
        // RFC 3261 §8.1.1.5: the method of the CSeq MUST match that of the request.
        if let method, method != cseq.method {
            throw SIPParseError("CSeq method does not match the request", at: first(.cseq)?.value.range.lowerBound ?? 0)
        }
        return Envelope(via: via, from: from, to: to, callID: callID, cseq: cseq)
    }
}
