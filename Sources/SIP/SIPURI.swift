/// A URI as SIP messages carry it: sip and sips taken apart, any other scheme (tel, http...) kept as it is (RFC 3261 §19.1).
///
/// `==` compares the written parts; `isEquivalent(to:)` is the comparison of RFC 3261 §19.1.4, which is not transitive.
package struct SIPURI: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: Hashable, Sendable {
        case sip, sips
        /// In small letters; what follows the colon stands in `opaque`.
        case other(String)

        package var text: String {
            switch self {
            case .sip: "sip"
            case .sips: "sips"
            case .other(let name): name
            }
        }
    }

    package struct Header: Hashable, Sendable {
        package var name: String
        /// As written, with its escapes.
        package var value: String
    }

    package var scheme: Scheme
    /// The user part as written, with its escapes; nil when there is none.
    package var escapedUser: String?
    package var password: String?
    /// IPv6 without brackets; empty for other schemes.
    package var host: String
    package var port: UInt16?
    package var parameters: Parameters
    package var headers: [Header]
    /// Everything after the colon of a URI that is neither sip nor sips.
    package var opaque: String

    /// `user` is plain text and is escaped as needed.
    package init(scheme: Scheme = .sip, user: String?, host: String, port: UInt16? = nil, parameters: Parameters = Parameters()) {
        self.scheme = scheme
        self.escapedUser = user.map(Self.escaped)
        self.password = nil
        self.host = host
        self.port = port
        self.parameters = parameters
        self.headers = []
        self.opaque = ""
    }

    /// What a parser has read.
    init(
        scheme: Scheme, escapedUser: String?, password: String?, host: String, port: UInt16?, parameters: Parameters, headers: [Header]
    ) {
        self.scheme = scheme
        self.escapedUser = escapedUser
        self.password = password
        self.host = host
        self.port = port
        self.parameters = parameters
        self.headers = headers
        self.opaque = ""
    }

    init(scheme: String, opaque: String) {
        self.init(scheme: .other(scheme), user: nil, host: "")
        self.opaque = opaque
    }

    /// The user part without escapes. Bytes that are no UTF-8 become U+FFFD.
    package var user: String? { escapedUser.map(Self.unescaped) }

    package var isSIP: Bool {
        switch scheme {
        case .sip, .sips: true
        case .other: false
        }
    }

    /// A loose router says so (RFC 3261 §19.1.1).
    package var isLooseRouter: Bool { parameters.contains("lr") }

    /// The host as an endpoint when it is an IP literal; the port is 5060, over TLS 5061, when none is written (RFC 3261 §19.1.2).
    package var endpoint: SocketEndpoint? {
        guard isSIP, host.isIPLiteral else { return nil }
        return SocketEndpoint(host: host, port: port ?? (isOverTLS ? 5061 : 5060))
    }

    /// `sips:`, or the `transport=tls` that RFC 3261 §26.2.2 deprecates and everybody writes.
    private var isOverTLS: Bool {
        scheme == .sips || parameters["transport"]?.equalsIgnoringCase("tls") == true
    }

    package var description: String { text }

    package var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        write(to: &bytes)
        return bytes.text
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(text: scheme.text)
        bytes.append(UInt8(ascii: ":"))
        guard isSIP else { return bytes.append(text: opaque) }
        if let escapedUser {
            bytes.append(text: escapedUser)
            if let password {
                bytes.append(UInt8(ascii: ":"))
                bytes.append(text: password)
            }
            bytes.append(UInt8(ascii: "@"))
        }
        bytes.append(host: host, port: port)
        parameters.write(to: &bytes)
        var mark = UInt8(ascii: "?")
        for header in headers {
            bytes.append(mark)
            bytes.append(text: header.name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(text: header.value)
            mark = UInt8(ascii: "&")
        }
    }
}

extension String {
    /// Whether this is an IPv4 or IPv6 address without brackets (a name may hold no colon and does not end in a digit label).
    package var isIPLiteral: Bool {
        withBytes { bytes in
            bytes.firstIndex(of: UInt8(ascii: ":"), in: 0..<bytes.count) != nil || Self.isIPv4(bytes)
        }
    }

    /// Four numbers up to 255, of one to three digits each.
    private static func isIPv4(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (dots, digits, value) = (0, 0, 0)
        for byte in bytes {
            if byte == UInt8(ascii: "."), digits > 0, dots < 3 {
                (dots, digits, value) = (dots + 1, 0, 0)
            } else if byte.isDigit, digits < 3 {
                (digits, value) = (digits + 1, value * 10 + Int(byte - 0x30))
                if value > 255 { return false }
            } else {
                return false
            }
        }
        return dots == 3 && digits > 0
    }
}
