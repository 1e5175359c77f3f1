import SIP
import SIPDialogs

/// Answers the challenges that our own requests meet (RFC 3261 §22.2, §22.3, RFC 7616 §3.4, RFC 8760 §2.4).
package struct DigestClient: RequestCredentials {
    private typealias Challenger = DigestConversation.Challenger

    private let logins: [DigestLogin]
    private let algorithms: Set<DigestAlgorithm>
    private let random: @Sendable () -> UInt64
    private let capacity: Int
    /// By Call-ID.
    private var conversations: [String: DigestConversation] = [:]
    private var uses: UInt64 = 0

    /// Tries of one request, the first without credentials.
    private static let maximumAttempts = 3

    /// `logins` in the order they are looked through. `algorithms`: the ones that are answered, of which the server's order chooses; a
    /// trunk that knows SHA-256 is kept from falling back by leaving MD5 out. `capacity`: Call-IDs remembered at one time.
    package init(
        logins: [DigestLogin],
        algorithms: Set<DigestAlgorithm> = Set(
            DigestHash.allCases.flatMap { [DigestAlgorithm($0), DigestAlgorithm($0, isSession: true)] }),
        capacity: Int = 10_000, random: @escaping @Sendable () -> UInt64
    ) {
        self.logins = logins
        self.algorithms = algorithms
        self.capacity = max(1, capacity)
        self.random = random
    }

    /// Call-IDs remembered.
    package var tableCount: Int { conversations.count }

    /// A dialog or a registration is over.
    package mutating func forget(callID: String) { conversations[callID] = nil }

    /// The credentials for the next try, under the number of the refused one plus one. nil when there is no login for who asks, when
    /// what was shown was not accepted (RFC 3261 §22.2 forbids showing it again), or after three tries.
    package mutating func authorization(
        for response: SIPMessage, method: SIPMethod, uri: String, body: [UInt8], attempt: Int
    ) -> [(HeaderID, String)]? {
        guard attempt < Self.maximumAttempts, let envelope = try? response.envelope() else { return nil }
        var conversation = conversations[envelope.callID] ?? DigestConversation()
        if conversation.sequence != envelope.cseq.number { conversation.answered = [] }
        let host = (try? SIPURI.parse(uri)).map(\.host)
        var asked = false
        // A proxy that forked collects the challenges of 401 and 407 in one response (RFC 3261 §16.7 step 7), so both are looked at.
        for isProxy in [true, false] {
            let values = (try? response.authenticationValues(of: isProxy ? .proxyAuthenticate : .wwwAuthenticate)) ?? []
            for (challenge, login) in choices(values, host: host) {
                let challenger = Challenger(isProxy: isProxy, realm: challenge.realm)
                if conversation.answered.contains(challenger) {
                    // Refused, unless the nonce was merely too old, and then there must be another one. A server that keeps no old nonces
                    // does not always say stale of the one that was shown to it unasked.
                    guard challenge.isStale || conversation.isAnticipated, conversation.nonce(of: challenger) != challenge.nonce else {
                        return nil
                    }
                }
                conversation.take(challenge, of: challenger, login: login, cnonce: makeNonce())
                conversation.answered.insert(challenger)
                asked = true
            }
        }
        guard asked else { return nil }
        conversation.sequence = envelope.cseq.number &+ 1
        conversation.isAnticipated = false
        let headers = conversation.headers(method: method.name, uri: uri, body: body)
        keep(conversation, of: envelope.callID)
        return headers.isEmpty ? nil : headers
    }

    /// Credentials for a new request under a Call-ID that was asked for some before, which saves being asked again; empty when none
    /// are known. `sequence` is the number it goes out under.
    package mutating func anticipated(
        callID: String, sequence: UInt32, method: SIPMethod, uri: String, body: [UInt8]
    ) -> [(HeaderID, String)] {
        guard var conversation = conversations[callID] else { return [] }
        conversation.sequence = sequence
        conversation.isAnticipated = true
        conversation.answered = Set(conversation.answers.map(\.challenger))
        let headers = conversation.headers(method: method.name, uri: uri, body: body)
        keep(conversation, of: callID)
        return headers
    }

    /// Reads the nextnonce of an Authentication-Info, with which a server changes nonces without a refusal (RFC 7616 §3.5).
    package mutating func accepted(_ response: SIPMessage) {
        guard response.has(.authenticationInfo), let callID = try? response.callID(), var conversation = conversations[callID],
            let text = response.value(of: .authenticationInfo),
            // The header holds the parameters alone.
            let values = try? AuthenticationValue.list("Digest \(text)"), let next = values.first?["nextnonce"], !next.isEmpty
        else { return }
        conversation.change(nonceTo: next, cnonce: makeNonce())
        keep(conversation, of: callID)
    }

    /// For each realm the topmost challenge that can be answered: the server's order is that of its wishes (RFC 8760 §2.4). One that
    /// offers auth-int alone comes last.
    private func choices(_ values: [AuthenticationValue], host: String?) -> [(DigestChallenge, DigestLogin)] {
        let challenges = values.compactMap { DigestChallenge($0) }.filter { algorithms.contains($0.algorithm) }
        let isPlain = { (challenge: DigestChallenge) in challenge.qualities.isEmpty || challenge.qualities.contains(.auth) }
        var choices: [(DigestChallenge, DigestLogin)] = []
        for challenge in challenges.filter(isPlain) + challenges.filter({ !isPlain($0) }) {
            guard !choices.contains(where: { $0.0.realm == challenge.realm }), choices.count < DigestConversation.maximumAnswers,
                let login = logins.first(where: { $0.isFor(realm: challenge.realm, host: host) })
            else { continue }
            choices.append((challenge, login))
        }
        return choices
    }

    private func makeNonce() -> String { String(random(), radix: 36) + String(random(), radix: 36) }

    /// When the table is full, the eighth that has rested longest goes: at worst its next request is asked once more.
    private mutating func keep(_ conversation: DigestConversation, of callID: String) {
        uses &+= 1
        if conversations[callID] == nil, conversations.count >= capacity {
            let byAge = conversations.map { (callID: $0.key, lastUse: $0.value.lastUse) }.sorted { $0.lastUse < $1.lastUse }
            for (callID, _) in byAge.prefix(max(1, capacity / 8)) { conversations[callID] = nil }
        }
        conversations[callID] = conversation
        conversations[callID]?.lastUse = uses
    }
}
