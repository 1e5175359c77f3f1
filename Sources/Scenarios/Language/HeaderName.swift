/// Which headers of SIP messages a scenario may read and set, by their names.
enum HeaderName {
    static let lengthLimit = 64
    /// Of a value that is set, in bytes.
    static let valueLimit = 1_000
    /// In one message.
    static let countLimit = 32

    /// What the dialog, the routing, the session and the transaction hang on; a scenario that set one of these would break the call.
    private static let ofProtocol: Set<String> = [
        "via", "from", "to", "call-id", "cseq", "contact", "route", "record-route", "max-forwards", "path", "service-route", "require",
        "proxy-require", "supported", "unsupported", "allow", "allow-events", "accept", "accept-encoding", "accept-language",
        "mime-version", "rack", "rseq", "session-expires", "min-se", "expires", "min-expires", "event", "subscription-state", "refer-to",
        "refer-sub", "referred-by", "replaces", "join", "target-dialog", "in-reply-to", "sip-etag", "sip-if-match", "timestamp",
        "server", "user-agent",
    ]

    /// Proofs of who somebody is; they are the server's to give.
    private static let ofIdentity: Set<String> = [
        "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info",
        "proxy-authentication-info", "identity", "identity-info", "p-asserted-identity", "p-preferred-identity", "remote-party-id",
        "privacy",
    ]

    private static let credentials: Set<String> = ["authorization", "proxy-authorization"]

    /// RFC 3261 §25.1, token.
    static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= lengthLimit
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.!%*_+`'~".contains($0)) }
    }

    /// Why a scenario may not set the header; nil when it may.
    static func refusal(setting name: String) -> (message: String, mend: String?)? {
        guard isToken(name) else { return ("`\(name.prefix(64))` cannot be the name of a header", "letters, digits and - as in X-Name") }
        let lower = name.lowercased()
        // RFC 3261 §7.3.3: one letter is the short form of a name.
        guard lower.utf8.count > 1 else { return ("`\(name)` is the short form of a header", "write its full name") }
        if ofProtocol.contains(lower) || lower.hasPrefix("content-") {
            let mend = lower == "from" ? "caller_id of dial says who calls" : lower == "contact" ? "redirect has contacts" : nil
            return ("`\(name)` is set by the server", mend)
        }
        if ofIdentity.contains(lower) { return ("`\(name)` says who somebody is, which only the server may", nil) }
        return nil
    }

    /// Why a scenario may not read the header; nil when it may.
    static func refusal(reading name: String) -> String? {
        if !isToken(name) { return "`\(name.prefix(64))` cannot be the name of a header" }
        if name.utf8.count == 1 { return "`\(name)` is the short form of a header: write its full name" }
        return credentials.contains(name.lowercased()) ? "`\(name)` holds a password's proof and cannot be read" : nil
    }
}
