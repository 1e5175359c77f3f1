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

    init(scheme: String, opaque: String) {
        self.init(scheme: .other(scheme), user: nil, host: "")
        self.opaque = opaque
    }

    /// The user part without escapes. Bytes that are no UTF-8 become U+FFFD.
    package var user: String? { escapedUser.map(Self.unescaped) }

    package var isSIP: Bool { scheme == .sip || scheme == .sips }

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
        guard isSIP else { return scheme.text + ":" + opaque }
        var text = scheme.text + ":"
        if let escapedUser {
            text += escapedUser
            if let password { text += ":" + password }
            text += "@"
        }
        text += host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        if let port { text += ":\(port)" }
        text += parameters.text
        for (index, header) in headers.enumerated() {
            text += (index == 0 ? "?" : "&") + header.name + "=" + header.value
        }
        return text
    }
}

extension String {
    /// Whether this is an IPv4 or IPv6 address without brackets (a name may hold no colon and does not end in a digit label).
    package var isIPLiteral: Bool {
        if utf8.contains(UInt8(ascii: ":")) { return true }
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { $0.utf8.count <= 3 && $0.utf8.allSatisfy(\.isDigit) && UInt8($0) != nil }
    }
}
