/// Whom a request goes to (RFC 6454 §4): scheme, host and port.
package struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, CaseIterable, Sendable {
        case https, http

        var port: UInt16 { self == .https ? 443 : 80 }
    }

    package let scheme: Scheme
    /// A name, or an address: IPv6 ones in brackets. In lower case.
    package let host: String
    package let port: UInt16

    /// As it is written in the configuration: `media.example` and `media.example:8443` for TLS, `http://10.0.0.5:8080` without.
    package init?(written text: String) {
        let lower = text.lowercased()
        let scheme = Scheme.allCases.first { lower.hasPrefix($0.rawValue + "://") }
        self.init(scheme: scheme ?? .https, authority: lower.dropFirst(scheme.map { $0.rawValue.count + 3 } ?? 0))
    }

    /// `host` or `host:port`; nobody's name and password.
    init?(scheme: Scheme, authority: Substring) {
        let lower = authority.lowercased()
        let host: Substring
        if lower.hasPrefix("[") {
            guard let end = lower.firstIndex(of: "]") else { return nil }
            host = lower[...end]
            // A zone (RFC 6874) names an interface of this machine, which is nothing for an address from outside.
            guard host.dropFirst().dropLast().allSatisfy({ $0.isASCII && ($0.isHexDigit || $0 == ":" || $0 == ".") }), host.contains(":")
            else { return nil }
        } else {
            host = lower.prefix { $0 != ":" }
            guard Self.isName(host) else { return nil }
        }
        let rest = lower.dropFirst(host.count)
        if rest.isEmpty {
            port = scheme.port
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits),
                port > 0
            else { return nil }
            self.port = port
        }
        self.scheme = scheme
        self.host = String(host)
    }

    package var description: String { scheme.rawValue + "://" + host + (port == scheme.port ? "" : ":\(port)") }

    /// Letters, digits, `-` and `_` between single dots. A number in a form that only some programs take for an address, such as
    /// `2130706433`, is a name like any other here, and leads nowhere unless it is listed.
    private static func isName(_ host: Substring) -> Bool {
        guard !host.isEmpty, host.count <= 253 else { return false }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }
}

/// Whom this server may send HTTP requests to. Nobody unless the configuration lists him; machines of a private network and this one itself
/// are no exception either way.
package struct ListedOrigins: Equatable, Sendable {
    private var origins: Set<WebOrigin>

    package init(_ origins: some Sequence<WebOrigin> = []) { self.origins = Set(origins) }

    package var isEmpty: Bool { origins.isEmpty }

    package func contains(_ origin: WebOrigin) -> Bool { origins.contains(origin) }

    /// Whether an address that begins with `text`, and goes on as nobody knows yet, can lead to one of them.
    package func canBegin(_ text: String) -> Bool {
        let lower = text.lowercased()
        if let slashes = lower.firstRange(of: "://"), let end = lower[slashes.upperBound...].firstIndex(where: { "/?#".contains($0) }) {
            // The host is written out.
            guard let scheme = WebOrigin.Scheme(rawValue: String(lower[..<slashes.lowerBound])),
                let origin = WebOrigin(scheme: scheme, authority: lower[slashes.upperBound..<end])
            else { return false }
            return contains(origin)
        }
        return origins.contains { origin in
            (origin.description + "/").hasPrefix(lower)
                || "\(origin.scheme.rawValue)://\(origin.host):\(origin.port)/".hasPrefix(lower)
        }
    }
}
