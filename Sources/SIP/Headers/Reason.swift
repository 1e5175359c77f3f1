/// One Reason value: `SIP;cause=486;text="Busy Here"` or `Q.850;cause=17` (RFC 3326 §2).
package struct Reason: Hashable, Sendable {
    /// As written: `SIP`, `Q.850`...
    package var scheme: String
    /// A SIP status or a Q.850 cause, by the scheme; nil when it is absent or is no number up to 999.
    package var cause: UInt16?
    /// Without quotes and escapes.
    package var text: String?

    package init(scheme: String, cause: UInt16? = nil, text: String? = nil) {
        self.scheme = scheme
        self.cause = cause
        self.text = text
    }

    /// The SIP status that says the same; nil when none does.
    package var status: UInt16? {
        if scheme.equalsIgnoringCase("SIP") { return cause }
        guard scheme.equalsIgnoringCase("Q.850") else { return nil }
        // RFC 3398 §7.2.4.1, as far as it tells why a call was sent on.
        switch cause {
        case 1: return 404
        case 17: return 486
        case 18: return 408
        case 19, 20, 31: return 480
        default: return nil
        }
    }

    /// The values of a whole header text, of which RFC 3326 §2 allows one for each scheme.
    package static func list(_ text: String) throws(SIPParseError) -> [Reason] {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> [Reason] in
            var reasons: [Reason] = []
            reader.skipWhitespace()
            repeat { reasons.append(try parse(&reader)) } while reader.takeSeparator(",")
            try reader.expectEnd("Reason")
            return reasons
        }
    }

    private static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> Reason {
        let scheme = reader.text(try reader.token("Reason protocol"))
        let parameters = try reader.parameters()
        let cause = parameters.plain("cause").flatMap { UInt16($0) }
        return Reason(scheme: scheme, cause: cause.flatMap { $0 <= 999 ? $0 : nil }, text: parameters.plain("text"))
    }
}
