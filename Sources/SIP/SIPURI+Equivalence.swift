extension SIPURI {
    /// Whether both name the same resource by the rules of RFC 3261 §19.1.4.
    package func isEquivalent(to other: SIPURI) -> Bool {
        guard scheme == other.scheme else { return false }
        guard isSIP else { return opaque == other.opaque }
        // The user and password are compared with regard to case, everything else without.
        guard Self.canonical(escapedUser) == Self.canonical(other.escapedUser) else { return false }
        guard Self.canonical(password) == Self.canonical(other.password) else { return false }
        guard host.equalsIgnoringCase(other.host), port == other.port else { return false }
        return hasEquivalentParameters(other) && hasEquivalentHeaders(other)
    }

    /// "Characters other than those in the reserved set are equivalent to their %HH encoding."
    private static func canonical(_ text: String?) -> [UInt8]? {
        text.map { decoded($0) { !reserved.contains($0) } }
    }

    private static let reserved = ByteSet(";/?:@&=+$,")

    private func hasEquivalentParameters(_ other: SIPURI) -> Bool {
        // These are never ignored: present in one means unequal ("a URI omitting ... will not match").
        for name in ["user", "ttl", "method", "maddr", "transport"] where parameters.contains(name) != other.parameters.contains(name) {
            return false
        }
        // Any other parameter in only one of them is ignored; in both it must match.
        return parameters.items.allSatisfy { item in
            guard other.parameters.contains(item.name) else { return true }
            return Self.foldedCase(item.value) == Self.foldedCase(other.parameters[item.name])
        }
    }

    private static func foldedCase(_ text: String?) -> [UInt8]? {
        canonical(text)?.map(\.lowercased)
    }

    /// Header components are never ignored; their order does not matter.
    private func hasEquivalentHeaders(_ other: SIPURI) -> Bool {
        func normal(_ headers: [Header]) -> [String] {
            headers.map { $0.name.lowercasedASCII + "=" + String(decoding: Self.canonical($0.value) ?? [], as: UTF8.self) }.sorted()
        }
        return normal(headers) == normal(other.headers)
    }
}
