/// An Event value: which package, and which of several subscriptions within one dialog (RFC 6665 §8.2.1).
package struct EventHeader: Hashable, Sendable {
    /// The package with its templates, as `presence.winfo`; compared as written (§4.4.1: "case-sensitive" tokens).
    package var package: String
    /// Set by the subscriber, and given back in each NOTIFY.
    package var id: String?

    package init(package: String, id: String? = nil) {
        self.package = package
        self.id = id
    }

    package var text: String { id.map { "\(package);id=\($0)" } ?? package }

    /// Reads a whole header value; parameters other than `id` mean nothing here (§8.2.1: they are ignored).
    package static func parse(_ text: String) throws(SIPParseError) -> EventHeader {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> EventHeader in
            reader.skipWhitespace()
            let package = reader.text(try reader.token("Event package"))
            let id = try reader.parameters()["id"]
            try reader.expectEnd("Event")
            // The id is given back in a header of ours, so it has to be what it should be: a token.
            guard id?.isSIPToken != false else { throw SIPParseError("Event id is no token", at: 0) }
            return EventHeader(package: package, id: id)
        }
    }
}

extension SIPMessage {
    /// What the Event header says; nil when there is none.
    package func event() throws(SIPParseError) -> EventHeader? {
        guard let text = value(of: .event) else { return nil }
        return try EventHeader.parse(text)
    }

    /// The packages of Allow-Events (RFC 6665 §8.2.2); nil when the header is absent.
    package func allowedEvents() throws(SIPParseError) -> [String]? {
        guard has(.allowEvents) else { return nil }
        let events = try elements(of: .allowEvents)
        guard events.allSatisfy(\.isSIPToken) else { throw SIPParseError("Allow-Events is no list of tokens", at: 0) }
        return events
    }
}
