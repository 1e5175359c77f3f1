/// A Replaces value: the call whose place an INVITE takes, in the words of whoever receives it (RFC 3891 §6.1).
package struct Replaces: Hashable, Sendable {
    package var callID: String
    /// The tag of the receiver's own end (§3: compared with the local tag).
    package var toTag: String
    /// The tag of the other end.
    package var fromTag: String
    /// Only a call that is not answered yet may be replaced (§3).
    package var isEarlyOnly: Bool

    package init(callID: String, toTag: String, fromTag: String, isEarlyOnly: Bool = false) {
        self.callID = callID
        self.toTag = toTag
        self.fromTag = fromTag
        self.isEarlyOnly = isEarlyOnly
    }

    package var text: String { "\(callID);to-tag=\(toTag);from-tag=\(fromTag)" + (isEarlyOnly ? ";early-only" : "") }

    /// Reads a whole header value. Both tags must be there, once each (§6.1).
    package static func parse(_ text: String) throws(SIPParseError) -> Replaces {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> Replaces in
            reader.skipWhitespace()
            // callid = word [ "@" word ]
            let callID = reader.run { $0.isWord || $0 == UInt8(ascii: "@") }
            guard !callID.isEmpty else { throw reader.error("Replaces without a Call-ID") }
            let parameters = try reader.parameters()
            try reader.expectEnd("Replaces")
            func tag(_ name: String) throws(SIPParseError) -> String {
                let written = parameters.items.filter { $0.name.equalsIgnoringCase(name) }
                guard written.count == 1, let tag = written.first?.value, tag.isSIPToken else {
                    throw SIPParseError("Replaces needs one \(name)", at: 0)
                }
                return tag
            }
            return Replaces(
                callID: reader.text(callID), toTag: try tag("to-tag"), fromTag: try tag("from-tag"),
                isEarlyOnly: parameters.contains("early-only"))
        }
    }
}

extension SIPMessage {
    /// What Replaces says; nil when there is none. More than one is no valid message (RFC 3891 §3).
    package func replaces() throws(SIPParseError) -> Replaces? {
        guard let text = value(of: .replaces) else { return nil }
        return try Replaces.parse(text)
    }
}
