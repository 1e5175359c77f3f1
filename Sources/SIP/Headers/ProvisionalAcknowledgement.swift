/// The RAck value of a PRACK: which reliable provisional response to which request it acknowledges (RFC 3262 §7.2).
package struct ProvisionalAcknowledgement: Hashable, Sendable {
    /// The RSeq of the response.
    package var responseNumber: UInt32
    /// The CSeq of the request that the response answers.
    package var request: CSeq

    package init(responseNumber: UInt32, request: CSeq) {
        self.responseNumber = responseNumber
        self.request = request
    }

    package var text: String { "\(responseNumber) \(request.text)" }
}

extension SIPMessage {
    /// The RAck; nil when there is none.
    package func provisionalAcknowledgement() throws(SIPParseError) -> ProvisionalAcknowledgement? {
        guard let field = first(.rack) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) {
            (reader: inout ByteReader) throws(SIPParseError) -> ProvisionalAcknowledgement? in
            let number = try reader.number("RAck", upTo: UInt64(UInt32.max))
            let start = reader.position
            reader.skipWhitespace()
            guard reader.position > start else { throw reader.error("RAck without CSeq number") }
            return ProvisionalAcknowledgement(responseNumber: UInt32(truncatingIfNeeded: number), request: try CSeq.parse(&reader))
        }
    }

    /// The RSeq of a provisional response that is to be acknowledged by PRACK; nil for any other (RFC 3262 §4, §7.1).
    package var reliableNumber: UInt32? {
        guard status?.isProvisional == true, lists("100rel", in: .require), let number = try? number(of: .rseq, upTo: UInt64(UInt32.max)),
            number > 0
        else { return nil }
        return UInt32(truncatingIfNeeded: number)
    }

    /// Whether a header that is a list of tokens, such as Supported, Require or Allow, names `token`. A broken list names nothing.
    package func lists(_ token: String, in id: HeaderID) -> Bool {
        var isListed = false
        do throws(SIPParseError) {
            for field in fields where field.id == id {
                try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Void in
                    while let element = try reader.nextElement() { isListed = isListed || reader.spells(token, in: element) }
                }
            }
        } catch {
            return false
        }
        return isListed
    }
}
