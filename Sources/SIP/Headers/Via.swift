/// One Via value (RFC 3261 §20.42).
package struct Via: Hashable, Sendable {
    /// Anything but 2.0 comes with a message that gets 505, whose answer gives this Via back.
    package var version = "2.0"
    /// The transport as written: `UDP`, `TCP`, `TLS`...
    package var transport: String
    /// The sent-by host, IPv6 without brackets.
    package var host: String
    package var port: UInt16?
    package var parameters: Parameters

    package init(transport: String, host: String, port: UInt16?, parameters: Parameters = Parameters()) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    package var branch: String? { parameters["branch"] }
    /// Whether the sender asks for its port (RFC 3581 §3).
    package var wantsPort: Bool { parameters.contains("rport") }

    /// A branch that begins so is unique by construction (RFC 3261 §8.1.1.7).
    package static let magicCookie = "z9hG4bK"

    /// The branch when it is unique as RFC 3261 demands, nil when an older peer made it.
    package var uniqueBranch: String? {
        guard let branch, branch.utf8.count > Self.magicCookie.utf8.count, branch.hasPrefix(Self.magicCookie) else { return nil }
        return branch
    }

    /// Sent-by in a form to compare: host in small letters, with its port.
    package var sentBy: String { "\(host.lowercasedASCII):\(port ?? 5060)" }

    package var text: String {
        let bracketed = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "SIP/\(version)/\(transport) \(bracketed)" + (port.map { ":\($0)" } ?? "") + parameters.text
    }

    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> Via {
        reader.skipWhitespace()
        let name = try reader.token("Via protocol")
        guard reader.takeSeparator("/") else { throw reader.error("Via protocol version expected") }
        let version = reader.text(try reader.token("Via protocol version"))
        guard reader.spells("sip", in: name) else { throw reader.error("Via is not of SIP") }
        guard reader.takeSeparator("/") else { throw reader.error("Via transport expected") }
        let transport = reader.text(try reader.token("Via transport"))
        let gap = reader.position
        reader.skipWhitespace()
        guard reader.position > gap else { throw reader.error("Via sent-by expected") }
        var host = reader.text(try reader.host())
        if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
        var port: UInt16?
        if reader.takeSeparator(":") { port = try reader.port() }
        var via = Via(transport: transport, host: host, port: port, parameters: try reader.parameters())
        via.version = version
        return via
    }
}
