/// An `m=` line and the lines that belong to it (RFC 8866 §5.14).
package struct MediaDescription: Equatable, Sendable {
    /// `audio`, `video`, …
    package var kind: String
    /// 0 means that the stream is refused or ended (RFC 3264 §6, §8.2).
    package var port: UInt16
    /// Number of ports, of the form `49170/2`; nil when not given.
    package var portCount: Int?
    /// `RTP/AVP`, …
    package var transport: String
    /// Never empty in what was parsed.
    package var formats: [String]
    package var connection: ConnectionAddress?
    package var attributes: [SessionAttribute]
    /// That of the `m=` line.
    package var line = SourceLine()

    package init(
        kind: String, port: UInt16, transport: String, formats: [String], connection: ConnectionAddress? = nil,
        attributes: [SessionAttribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
    }

    /// Whether the kind is `audio`, in any case of its letters.
    var isAudio: Bool { kind == "audio" || kind.lowercased() == "audio" }

    /// The first attribute of that name.
    package subscript(_ name: String) -> SessionAttribute? {
        attributes.first { $0.name == name }
    }

    /// The direction that stands at this stream; nil when the session's (or sendrecv) holds.
    package var direction: MediaDirection? { attributes.direction }

    /// `a=mid`, the name of the stream for groups (RFC 5888 §4); nil when it is absent or no token.
    package var identification: String? {
        self["mid"]?.value.flatMap { value in
            let isToken = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]".utf8.contains($0) }
            return isToken ? value : nil
        }
    }

    /// `a=ptime` in milliseconds; nil when absent or absurd.
    package var packetTime: Int? { milliseconds("ptime") }
    /// `a=maxptime` in milliseconds.
    package var maximumPacketTime: Int? { milliseconds("maxptime") }

    private func milliseconds(_ name: String) -> Int? {
        guard let value = self[name]?.value else { return nil }
        let bytes = value.utf8.span
        return bytes.leadingNumber(0..<bytes.count).flatMap { $0 > 0 ? $0 : nil }
    }
}
