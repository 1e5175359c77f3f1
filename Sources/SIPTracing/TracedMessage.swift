/// One SIP message that came or went, as it is kept for people to look at: with nothing secret in it.
package struct TracedMessage: Codable, Equatable, Sendable {
    package enum Direction: String, Codable, Sendable {
        case received, sent
    }

    /// Grows by one from message to message of one server: what comes after it can be asked for.
    package var number: UInt64
    /// Microseconds of Unix time.
    package var time: Int64
    package var direction: Direction
    package var transport: String
    /// The other side, `address:port`.
    package var peer: String
    package var callID: String
    package var text: String

    package init(
        number: UInt64, time: Int64, direction: Direction, transport: String, peer: String, callID: String, text: String
    ) {
        self.number = number
        self.time = time
        self.direction = direction
        self.transport = transport
        self.peer = peer
        self.callID = callID
        self.text = text
    }

    /// The start line.
    package var summary: String {
        String(text.prefix { !$0.isNewline })
    }

    /// The value of a header that stands in the text by this name (long form), for the ladder.
    func header(_ name: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            guard line[..<colon].lowercased() == name else { continue }
            return line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        return nil
    }
}
