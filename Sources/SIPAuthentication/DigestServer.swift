import SIP
import SIPDialogs
import Timing

/// Lets listed peers in and asks everybody else for a password (RFC 3261 §22.2, RFC 7616, RFC 8760).
///
/// ```
///  trusted -------------------------------------------------> pass
///  refused, too many wrong passwords -----------------------> 403        dropped -> silence
///  no credentials for our realm ----------------------------> 401
///  credentials that cannot be read, without qop ------------> 400
///  nonce too old, of another source or process, count used -> 401 stale
///  wrong password, unknown user ----------------------------> 401, counted
///  right ---------------------------------------------------> pass with the user's name
/// ```
/// Only a right password makes an entry in the table of nonces, and only a wrong one under a nonce that was sent to this very
/// address an entry in the table of guesses; both are bounded.
package struct DigestServer: RequestGate {
    /// May be changed at any time, but for the bounds of the tables, which are those of the beginning. Nonces stay good.
    package var configuration: DigestServerConfiguration
    private let random: @Sendable () -> UInt64
    private let seal: NonceSeal
    /// Stands in for users that do not exist, so that they take as long as those that do.
    private let nobody: DigestSecret
    private var counts: NonceCounts
    private var guesses: GuessedPasswords

    /// `random` must be a cryptographic source: the key of the nonces comes from it.
    package init(configuration: DigestServerConfiguration, random: @escaping @Sendable () -> UInt64) {
        self.configuration = configuration
        self.random = random
        var key: [UInt8] = []
        for _ in 0..<4 { withUnsafeBytes(of: random()) { key += $0 } }
        seal = NonceSeal(key: key)
        nobody = DigestSecret(username: "", realm: configuration.realm, password: DigestHash.digits(key.reversed()))
        counts = NonceCounts(capacity: configuration.maximumNonces)
        guesses = GuessedPasswords(
            limit: configuration.maximumGuesses, window: configuration.guessWindow, capacity: configuration.maximumSources)
    }

    /// Nonces in use and sources that guessed: both return to zero when their time is over.
    package var tableCount: Int { counts.size + guesses.size }

    /// Drops what has run out. `judge` does the same; this is for a server that nobody calls.
    package mutating func expire(at now: MonotonicTime) {
        counts.expire(at: now)
        guesses.expire(at: now)
    }

    package mutating func judge(_ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime) -> GateJudgement {
        // §22.1: an ACK has no answer, and a CANCEL cannot be sent again, so neither is challenged.
        if envelope.cseq.method == .ack || envelope.cseq.method == .cancel { return .pass(identity: nil) }
        switch configuration.policy(flow) {
        case .trusted: return .pass(identity: nil)
        case .refused: return .refuse(.forbidden, [])
        case .dropped: return .drop
        case .challenged: break
        }
        expire(at: now)
        let source = GuessedPasswords.source(of: flow.remote.host)
        if guesses.isLocked(source, at: now) { return .refuse(.forbidden, []) }
        do throws(DigestCredentials.Defect) {
            guard let credentials = try credentials(message) else { return challenge(flow, at: now) }
            return check(credentials, message, from: flow, source: source, at: now)
        } catch {
            return .refuse(.badRequest, [])
        }
    }

    /// The first credentials for our realm with an algorithm that is offered; nil when there are none. Those for other realms are
    /// for other servers, and a Proxy-Authorization is for a proxy (§22.3): neither is looked at.
    private func credentials(_ message: SIPMessage) throws(DigestCredentials.Defect) -> DigestCredentials? {
        guard message.has(.authorization) else { return nil }
        let values: [AuthenticationValue]
        do throws(SIPParseError) {
            values = try message.authenticationValues(of: .authorization)
        } catch {
            throw .malformed("Authorization")
        }
        for value in values where value.isDigest && value["realm"] == configuration.realm {
            do throws(DigestCredentials.Defect) {
                let credentials = try DigestCredentials(value)
                // What is not offered is not checked either: nobody may choose a weaker way than the ones shown.
                if configuration.algorithms.map({ DigestAlgorithm($0) }).contains(credentials.algorithm) { return credentials }
            } catch {
                if error != .unknownAlgorithm { throw error }
            }
        }
        return nil
    }

    private mutating func check(
        _ credentials: DigestCredentials, _ message: SIPMessage, from flow: Flow, source: String, at now: MonotonicTime
    ) -> GateJudgement {
        // Only qop=auth is offered, and RFC 3261 §22.4 makes every client of ours send what is offered.
        guard let protection = credentials.protection, protection.quality == .auth, protection.count > 0,
            names(credentials.uri, message)
        else { return .refuse(.badRequest, []) }
        // A nonce that is not good says nothing of the password, so none is checked under it: an old nonce is no way to guess uncounted.
        guard
            case .valid(let issued) = seal.read(
                credentials.nonce, from: flow.remote.host, at: now, lifetime: configuration.nonceLifetime),
            counts.remembers(credentials.nonce, issued: issued)
        else { return challenge(flow, isStale: true, at: now) }
        let user = configuration.users[credentials.username]
        let method = message.method?.name ?? ""
        let expected = (user ?? nobody).expectedOr(nobody, credentials, method)
        guard credentials.matches(expected), user?.code(credentials.algorithm.hash) != nil else {
            guesses.note(source, guess: credentials.hashValue, at: now)
            return challenge(flow, at: now)
        }
        // A used count is a replay, or a copy that came by another way: the client that knows the password takes a new nonce.
        guard counts.use(protection.count, of: credentials.nonce, issued: issued, lifetime: configuration.nonceLifetime) == .fresh else {
            return challenge(flow, isStale: true, at: now)
        }
        return .pass(identity: credentials.username)
    }

    /// Whether the `uri` that was signed speaks of this request. RFC 7616 §3.4.6 wants the very Request-URI; RFC 3261 §22.4
    /// does not, as a proxy on the way may have rewritten it to reach us. So host, port and parameters are free, and the user,
    /// which says what is being called, must be the same, unless the configuration takes calls forwarded from that one.
    private func names(_ text: String, _ message: SIPMessage) -> Bool {
        if text == message.requestURIText { return true }
        guard let signed = try? SIPURI.parse(text), let asked = try? message.requestURI() else { return false }
        if signed.isEquivalent(to: asked) { return true }
        guard signed.isSIP, asked.isSIP else { return false }
        return signed.user == asked.user || configuration.acceptsForwarded(signed)
    }

    private func challenge(_ flow: Flow, isStale: Bool = false, at now: MonotonicTime) -> GateJudgement {
        let nonce = seal.nonce(for: flow.remote.host, at: now, random: random())
        let values = configuration.algorithms.map { algorithm in
            DigestChallenge(realm: configuration.realm, nonce: nonce, algorithm: DigestAlgorithm(algorithm), isStale: isStale).text
        }
        return .refuse(.unauthorized, values.map { (HeaderID.wwwAuthenticate.name, $0) })
    }
}

extension DigestSecret {
    /// The response expected of this secret, or of `nobody` when it has no hash of this kind: in either case one is computed.
    fileprivate func expectedOr(_ nobody: DigestSecret, _ credentials: DigestCredentials, _ method: String) -> String {
        credentials.expectedResponse(self, method: method) ?? credentials.expectedResponse(nobody, method: method) ?? ""
    }
}
