import SIP

/// A challenge of the Digest scheme (RFC 7616 §3.3, RFC 3261 §22.4).
package struct DigestChallenge: Hashable, Sendable {
    package var realm: String
    package var nonce: String
    package var opaque: String?
    /// The nonce of the last try was too old; the password may have been right.
    package var isStale = false
    package var algorithm: DigestAlgorithm
    /// Empty for a server of RFC 2069, which knows none.
    package var qualities: [DigestQuality] = []

    package init(realm: String, nonce: String, algorithm: DigestAlgorithm, qualities: [DigestQuality] = [.auth], isStale: Bool = false) {
        self.realm = realm
        self.nonce = nonce
        self.algorithm = algorithm
        self.qualities = qualities
        self.isStale = isStale
    }

    /// nil for another scheme, an algorithm or only qualities of protection that are unknown here, or a challenge without realm
    /// or nonce: whoever cannot answer a challenge passes over it (RFC 7616 §3.3, RFC 8760 §2.5).
    package init?(_ value: AuthenticationValue) {
        guard value.isDigest, let realm = value["realm"], let nonce = value["nonce"],
            let algorithm = DigestAlgorithm(token: value["algorithm"] ?? "MD5")
        else { return nil }
        self.init(realm: realm, nonce: nonce, algorithm: algorithm, qualities: [])
        opaque = value["opaque"]
        isStale = value["stale"]?.equalsIgnoringCase("true") ?? false
        if let options = value["qop"] {
            let names = options.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" })
            qualities = names.compactMap { DigestQuality(rawValue: String($0).lowercasedASCII) }
            if qualities.isEmpty, !names.isEmpty { return nil }
        }
    }

    /// As a header value. `stale` and `algorithm` are tokens, the others quoted strings (RFC 7616 §3.3).
    package var text: String {
        var value = AuthenticationValue(scheme: "Digest")
        value.add("realm", realm, isQuoted: true)
        value.add("nonce", nonce, isQuoted: true)
        if let opaque { value.add("opaque", opaque, isQuoted: true) }
        if isStale { value.add("stale", "true", isQuoted: false) }
        value.add("algorithm", algorithm.token, isQuoted: false)
        if !qualities.isEmpty { value.add("qop", qualities.map(\.rawValue).joined(separator: ","), isQuoted: true) }
        return value.text
    }
}

/// What the response covers: the request line, or the body too (RFC 7616 §3.3: `qop`).
package enum DigestQuality: String, Hashable, Sendable {
    case auth
    case authInt = "auth-int"
}
