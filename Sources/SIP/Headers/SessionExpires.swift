/// How long a session stands without a refresh, and who sees to that (RFC 4028 §4).
package struct SessionExpires: Hashable, Sendable {
    /// Who refreshes, by the roles in the transaction that carries the header.
    package enum Refresher: String, Hashable, Sendable { case uac, uas }

    /// The interval in seconds.
    package var seconds: Int
    package var refresher: Refresher?

    package init(seconds: Int, refresher: Refresher? = nil) {
        self.seconds = seconds
        self.refresher = refresher
    }

    package var text: String { "\(seconds)" + (refresher.map { ";refresher=\($0.rawValue)" } ?? "") }

    /// Longer intervals are cut to this: 2**31 seconds are no time that anyone waits for.
    static let longest: UInt64 = 1 << 31
}

extension SIPMessage {
    /// Session-Expires; nil when there is none.
    package func sessionExpires() throws(SIPParseError) -> SessionExpires? {
        guard let field = first(.sessionExpires) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> SessionExpires? in
            let seconds = try reader.number("Session-Expires", upTo: .max)
            let parameters = try reader.parameters()
            try reader.expectEnd("Session-Expires")
            let refresher = parameters["refresher"].flatMap { value in
                [SessionExpires.Refresher.uac, .uas].first { $0.rawValue.equalsIgnoringCase(value) }
            }
            return SessionExpires(seconds: Int(min(seconds, SessionExpires.longest)), refresher: refresher)
        }
    }

    /// Min-SE in seconds; nil when there is none (RFC 4028 §5).
    package func minimumSessionExpires() throws(SIPParseError) -> Int? {
        guard let field = first(.minSE) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Int? in
            let seconds = try reader.number("Min-SE", upTo: .max)
            // RFC 4028 §5 allows parameters, of which none is defined.
            _ = try reader.parameters()
            try reader.expectEnd("Min-SE")
            return Int(min(seconds, SessionExpires.longest))
        }
    }
}
