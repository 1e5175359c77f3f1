import SIP

/// What has been asked and answered under one Call-ID: the credentials of a dialog or of a registration are used on for its next
/// requests (RFC 3261 §22.3).
struct DigestConversation: Sendable {
    /// Who asks: a user agent or a proxy, in the name of a realm.
    struct Challenger: Hashable, Sendable {
        var isProxy: Bool
        var realm: String

        var credentialsHeader: HeaderID { isProxy ? .proxyAuthorization : .authorization }
    }

    struct Answer: Sendable {
        let challenger: Challenger
        var challenge: DigestChallenge
        let login: DigestLogin
        /// One for each nonce: the `-sess` algorithms hash the first cnonce of a session (RFC 7616 §3.4.2).
        var cnonce: String
        /// How many requests went out under the nonce.
        var count: UInt32
    }

    /// In the order they were met. A request passes few servers that ask.
    private(set) var answers: [Answer] = []
    /// The number that a request with these answers goes out under, and who got one with it.
    var sequence: UInt32 = 0
    var answered: Set<Challenger> = []
    /// The credentials of that request were shown before anybody asked for them.
    var isAnticipated = false
    /// Grows with each use.
    var lastUse: UInt64 = 0

    static let maximumAnswers = 8

    /// Takes up a challenge. A nonce that is known goes on counting.
    mutating func take(_ challenge: DigestChallenge, of challenger: Challenger, login: DigestLogin, cnonce: String) {
        if let index = answers.firstIndex(where: { $0.challenger == challenger }) {
            if answers[index].challenge.nonce == challenge.nonce, answers[index].challenge.algorithm == challenge.algorithm {
                answers[index].challenge = challenge
                return
            }
            answers.remove(at: index)
        } else if answers.count >= Self.maximumAnswers {
            answers.removeFirst()
        }
        answers.append(Answer(challenger: challenger, challenge: challenge, login: login, cnonce: cnonce, count: 0))
    }

    func nonce(of challenger: Challenger) -> String? { answers.first { $0.challenger == challenger }?.challenge.nonce }

    /// The server names the nonce of the next request (RFC 7616 §3.5). It says no realm, so there must be one user agent only. A
    /// `-sess` session stays with the nonce it was hashed with.
    mutating func change(nonceTo next: String, cnonce: String) {
        let indices = answers.indices.filter { !answers[$0].challenger.isProxy }
        guard indices.count == 1, let index = indices.first, !answers[index].challenge.algorithm.isSession else { return }
        guard answers[index].challenge.nonce != next else { return }
        answers[index].challenge.nonce = next
        answers[index].cnonce = cnonce
        answers[index].count = 0
    }

    /// The headers for one more request, for all who have asked.
    mutating func headers(method: String, uri: String, body: [UInt8]) -> [(HeaderID, String)] {
        answers.indices.compactMap { index in
            // A count must not begin anew: whoever sends four thousand million requests under one nonce is asked again.
            guard answers[index].count < .max else { return nil }
            answers[index].count += 1
            let answer = answers[index]
            return (answer.challenger.credentialsHeader, Self.credentials(answer, method: method, uri: uri, body: body).text)
        }
    }

    private static func credentials(_ answer: Answer, method: String, uri: String, body: [UInt8]) -> DigestCredentials {
        let challenge = answer.challenge
        // auth-int only where nothing else is offered: a proxy that changes a body on the way breaks it.
        let quality = challenge.qualities.contains(.auth) ? DigestQuality.auth : challenge.qualities.first
        var credentials = DigestCredentials(
            username: answer.login.username, realm: challenge.realm, nonce: challenge.nonce, uri: uri, algorithm: challenge.algorithm,
            opaque: challenge.opaque,
            protection: quality.map { .init(quality: $0, cnonce: answer.cnonce, count: answer.count) })
        let secret = DigestSecret(username: answer.login.username, realm: challenge.realm, password: answer.login.password.text)
        credentials.response = credentials.expectedResponse(secret, method: method, body: body) ?? ""
        return credentials
    }
}
