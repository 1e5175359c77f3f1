import SIP

/// How a request outside of any dialog is met, by where it comes from.
package enum SourcePolicy: Hashable, Sendable {
    /// A listed peer, or loopback: no questions.
    case trusted
    /// Whoever knows a password may pass.
    case challenged
    /// 403.
    case refused
    /// No answer: a closed door does not tell a scanner that it is one.
    case dropped
}

/// What a `DigestServer` knows and where its limits lie.
package struct DigestServerConfiguration: Sendable {
    package var realm: String
    /// By user name.
    package var users: [String: DigestSecret]
    /// Asked with the flow of each request: the listener and the peer's address decide.
    package var policy: @Sendable (Flow) -> SourcePolicy
    /// Offered in this order, one challenge each, the preferred one on top (RFC 8760 §2.3). Never in their `-sess` forms, for which a
    /// server would have to remember the first cnonce of each client.
    package var algorithms: [DigestHash] = [.sha256, .md5]
    /// How long a nonce is good for.
    package var nonceLifetime: Duration = .seconds(300)
    /// Nonces in use at one time: each takes about 200 octets.
    package var maximumNonces = 20_000
    /// Wrong passwords of one source within `guessWindow` after which it is shut out for as long again.
    package var maximumGuesses = 10
    package var guessWindow: Duration = .seconds(600)
    /// Sources whose wrong passwords are counted at one time.
    package var maximumSources = 20_000
    /// Whether a request whose Request-URI has another user than its credentials name may pass (RFC 3261 §22.4): asked with
    /// the user that the credentials name. By default none may.
    package var acceptsForwarded: @Sendable (SIPURI) -> Bool = { _ in false }

    package init(realm: String, users: [String: DigestSecret], policy: @escaping @Sendable (Flow) -> SourcePolicy) {
        self.realm = realm
        self.users = users
        self.policy = policy
    }
}
