/// A session description (RFC 8866): what offers and answers are made of. Lines without meaning for calls (bandwidth, e-mail, keys, repeat
/// times …) are not kept.
package struct SessionDescription: Equatable, Sendable {
    /// The `o=` line (RFC 8866 §5.2).
    package struct Origin: Equatable, Sendable {
        package var username: String
        /// Decimal digits, of any length with some senders; so kept as text.
        package var sessionID: String
        package var sessionVersion: String
        package var address: ConnectionAddress

        package init(username: String = "-", sessionID: String, sessionVersion: String, address: ConnectionAddress) {
            self.username = username
            self.sessionID = sessionID
            self.sessionVersion = sessionVersion
            self.address = address
        }
    }

    package var origin: Origin
    package var sessionName: String
    package var connection: ConnectionAddress?
    /// The values of the `t=` lines; an answer repeats those of the offer (RFC 3264 §6).
    package var timing: [String]
    package var attributes: [SessionAttribute]
    package var media: [MediaDescription]

    package init(
        origin: Origin, sessionName: String = "-", connection: ConnectionAddress? = nil, timing: [String] = ["0 0"],
        attributes: [SessionAttribute] = [], media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.sessionName = sessionName
        self.connection = connection
        self.timing = timing
        self.attributes = attributes
        self.media = media
    }

    /// Where a stream's packets go: its own `c=` line wins over the session's (RFC 8866 §5.7).
    package func connection(of stream: MediaDescription) -> ConnectionAddress? {
        stream.connection ?? connection
    }

    /// A stream's direction: its own attribute, else the session's, else sendrecv (RFC 8866 §6.7).
    package func direction(of stream: MediaDescription) -> MediaDirection {
        stream.direction ?? attributes.direction ?? .sendReceive
    }
}
