import SIP

/// The domains whose names are names here. All of them mean the one default domain, in which mailboxes and rooms live.
package struct LocalDomains: Sendable {
    /// What every name of ours is written with.
    package let defaultDomain: String
    private let names: Set<String>

    /// `names` are further domains, and the addresses that peers know this server (or the proxy in front of it) by.
    package init(_ defaultDomain: String, also names: some Sequence<String> = []) {
        self.defaultDomain = defaultDomain.lowercasedASCII
        self.names = Set(names.map(Self.canonical)).union([Self.canonical(defaultDomain), "localhost", ""])
    }

    /// Whether a user of `host` is a user of ours. Loopback is always this machine.
    package func contains(_ host: String) -> Bool {
        let host = Self.canonical(host)
        return names.contains(host) || host == "::1" || (host.isIPLiteral && host.hasPrefix("127."))
    }

    /// Small letters, and without the dot that may end a fully qualified name.
    private static func canonical(_ host: String) -> String {
        let small = host.lowercasedASCII
        return small.hasSuffix(".") ? String(small.dropLast()) : small
    }

    /// The user that `uri` names, in the default domain; nil when it names nobody, or somebody elsewhere.
    package func identity(of uri: SIPURI) -> DialledIdentity? {
        if uri.scheme == .other("tel") { return telephone(uri.opaque) }
        guard uri.isSIP, contains(uri.host), let user = uri.user else { return nil }
        // `user=phone`: what follows a semicolon belongs to the number (RFC 3261 §19.1.6).
        let name = user.prefix { $0 != ";" }
        return name.isEmpty ? nil : DialledIdentity(name: String(name), domain: defaultDomain)
    }

    /// RFC 3966 §3: visual separators say nothing; a local number belongs to its context, which must be ours.
    private func telephone(_ text: String) -> DialledIdentity? {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let number = (parts.first ?? "").filter { !"-.()".contains($0) }
        for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("phone-context=") && !number.hasPrefix("+") {
            guard contains(String(parameter.dropFirst("phone-context=".count))) else { return nil }
        }
        return number.isEmpty ? nil : DialledIdentity(name: number, domain: defaultDomain)
    }
}
