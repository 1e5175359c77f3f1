/// One Via value (RFC 3261 §20.42).
package struct Via: Hashable, Sendable {
    /// Anything but 2.0 comes with a message that gets 505, whose answer gives this Via back.
    package var version: String
    /// The transport as written: `UDP`, `TCP`, `TLS`...
    package var transport: String
    /// The sent-by host, IPv6 without brackets.
    package var host: String
    package var port: UInt16?
    package var parameters: Parameters

    package init(transport: String, host: String, port: UInt16?, parameters: Parameters = Parameters()) {
        self.init(version: "2.0", transport: transport, host: host, port: port, parameters: parameters)
    }

    private init(version: String, transport: String, host: String, port: UInt16?, parameters: Parameters) {
        self.version = version
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    package var branch: String? { parameters["branch"] }
    /// Whether the sender asks for its port (RFC 3581 §3).
    package var wantsPort: Bool { parameters.contains("rport") }

    /// A branch that begins so is unique by construction (RFC 3261 §8.1.1.7).
    package static var magicCookie: String { "z9hG4bK" }

    /// The branch when it is unique as RFC 3261 demands, nil when an older peer made it.
    package var uniqueBranch: String? {
        guard let branch else { return nil }
        let isUnique = branch.withBytes { branch in
            Self.magicCookie.withBytes { cookie in
                guard branch.count > cookie.count else { return false }
                for index in 0..<cookie.count where branch[index] != cookie[index] { return false }
                return true
            }
        }
        return isUnique ? branch : nil
    }

    /// Sent-by in a form to compare: host in small letters, with its port.
    package var sentBy: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        bytes.append(text: host.lowercasedASCII)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(number: Int(port ?? 5060))
        return bytes.text
    }

    package var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        write(to: &bytes)
        return bytes.text
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(text: "SIP/")
        bytes.append(text: version)
        bytes.append(UInt8(ascii: "/"))
        bytes.append(text: transport)
        bytes.append(0x20)
        bytes.append(host: host, port: port)
        parameters.write(to: &bytes)
    }

    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> Via {
        reader.skipWhitespace()
        let name = try reader.token("Via protocol")
        guard reader.takeSeparator("/") else { throw reader.error("Via protocol version expected") }
        let version = try reader.token("Via protocol version")
        guard reader.spells("sip", in: name) else { throw reader.error("Via is not of SIP") }
        guard reader.takeSeparator("/") else { throw reader.error("Via transport expected") }
        let transport = reader.text(try reader.token("Via transport"))
        let gap = reader.position
        reader.skipWhitespace()
        guard reader.position > gap else { throw reader.error("Via sent-by expected") }
        let host = reader.plainHost(try reader.host())
        let port = reader.takeSeparator(":") ? try reader.port() : nil
        let parameters = try reader.parameters()
        return Via(
            version: reader.spells("2.0", in: version) ? "2.0" : reader.text(version), transport: transport, host: host, port: port,
            parameters: parameters)
    }
}
