import SIP
import SIPAuthentication
import Testing

@Suite struct DigestClientTests {
    private let target = "sip:+15551234@trunk.example"

    private func client(_ logins: [DigestLogin]? = nil, capacity: Int = 100) -> DigestClient {
        let login = DigestLogin(realm: "trunk.example", username: "us", password: DigestPassword("pw"))
        return DigestClient(logins: logins ?? [login], capacity: capacity, random: Counter(3).next)
    }

    private func challenge(
        _ realm: String = "trunk.example", nonce: String = "n1", algorithm: String = "MD5", qop: String? = "auth", stale: Bool = false
    ) -> String {
        "Digest realm=\"\(realm)\", nonce=\"\(nonce)\", algorithm=\(algorithm)" + (qop.map { ", qop=\"\($0)\"" } ?? "")
            + (stale ? ", stale=true" : "")
    }

    /// The credentials among what the client adds.
    private func read(_ headers: [(HeaderID, String)]?) throws -> [DigestCredentials] {
        try (headers ?? []).map { id, text in
            #expect(id == .authorization || id == .proxyAuthorization)
            return try DigestCredentials(try #require(try AuthenticationValue.list(text).first))
        }
    }

    private func answer(
        _ client: inout DigestClient, _ response: SIPMessage, attempt: Int = 1, body: String = ""
    ) throws -> [DigestCredentials] {
        try read(client.authorization(for: response, method: .invite, uri: target, body: Array(body.utf8), attempt: attempt))
    }

    private func isRight(_ credentials: DigestCredentials, password: String = "pw", body: String = "") -> Bool {
        let secret = DigestSecret(username: credentials.username, realm: credentials.realm, password: password)
        return credentials.expectedResponse(secret, method: "INVITE", body: Array(body.utf8)) == credentials.response
    }

    @Test func answersAChallenge() throws {
        var client = client()
        let refused = try response(headers: [
            "WWW-Authenticate: Digest realm=\"trunk.example\", nonce=\"n\\\"1\", opaque=\"o\", qop=\"auth-int,auth\""
        ])
        let credentials = try #require(try answer(&client, refused).first)
        #expect(credentials.username == "us" && credentials.nonce == "n\"1" && credentials.opaque == "o" && credentials.uri == target)
        #expect(credentials.algorithm == .md5 && credentials.protection?.quality == .auth && credentials.protection?.count == 1)
        #expect(credentials.protection?.cnonce.isEmpty == false)
        #expect(isRight(credentials))
    }

    /// RFC 8760 §2.4: the topmost that is understood; unknown algorithms and schemes are passed over.
    @Test(
        arguments: [
            (["SHA-256", "MD5"], "SHA-256"), (["MD5", "SHA-256"], "MD5"), (["AKAv1-MD5", "SHA-512-256", "MD5"], "SHA-512-256"),
            (["SHA-256-sess", "MD5"], "SHA-256-sess"), (["SHA3-512"], nil),
        ] as [([String], String?)])
    func takesTheTopmostItKnows(_ offered: [String], _ taken: String?) throws {
        var client = client()
        let headers = ["WWW-Authenticate: Basic realm=\"trunk.example\""] + offered.map { "WWW-Authenticate: \(challenge(algorithm: $0))" }
        let credentials = try answer(&client, try response(headers: headers))
        #expect(credentials.map(\.algorithm.token) == (taken.map { [$0] } ?? []))
        #expect(credentials.allSatisfy { isRight($0) })
    }

    @Test func md5MayBeForbidden() throws {
        let login = DigestLogin(username: "us", password: DigestPassword("pw"))
        var client = DigestClient(logins: [login], algorithms: [.sha256], random: Counter(1).next)
        let both = try response(headers: ["WWW-Authenticate: \(challenge())", "WWW-Authenticate: \(challenge(algorithm: "SHA-256"))"])
        #expect(try answer(&client, both).map(\.algorithm) == [.sha256])
        #expect(try answer(&client, try response(callID: "c2", headers: ["WWW-Authenticate: \(challenge())"])).isEmpty)
    }

    @Test(
        arguments: [
            (["auth-int"], "authInt"), (["auth-int", "auth"], "auth"), (["token"], nil), (["auth-int, other"], "authInt"), ([""], "none"),
        ] as [([String], String?)])
    func qualities(_ offered: [String], _ taken: String?) throws {
        var client = client()
        let headers = offered.map { "WWW-Authenticate: \(challenge(qop: $0.isEmpty ? nil : $0))" }
        let credentials = try answer(&client, try response(headers: headers), body: "v=0").first
        #expect(credentials.map { $0.protection.map { "\($0.quality)" } ?? "none" } == taken)
        if let credentials { #expect(isRight(credentials, body: "v=0")) }
    }

    @Test func countsForEachNonce() throws {
        var client = client()
        let first = try response(headers: ["WWW-Authenticate: \(challenge())"])
        #expect(try answer(&client, first).first?.protection?.count == 1)
        // Another request of this Call-ID is refused under the same nonce, as by a server that changes it seldom.
        let second = try response(sequence: 9, headers: ["WWW-Authenticate: \(challenge())"])
        let again = try #require(try answer(&client, second).first)
        #expect(again.protection?.count == 2 && isRight(again))
        let third = try response(sequence: 20, headers: ["WWW-Authenticate: \(challenge(nonce: "n2"))"])
        #expect(try answer(&client, third).first?.protection?.count == 1)
        // Under another Call-ID nothing is known of it.
        let other = try response(callID: "c9", headers: ["WWW-Authenticate: \(challenge())"])
        #expect(try answer(&client, other).first?.protection?.count == 1)
    }

    /// RFC 3261 §22.2: what was refused is not shown again, unless the nonce was too old.
    @Test func givesUp() throws {
        var client = client()
        let first = try response(headers: ["WWW-Authenticate: \(challenge())"])
        #expect(try answer(&client, first).count == 1)
        let same = try response(sequence: 2, headers: ["WWW-Authenticate: \(challenge())"])
        #expect(try answer(&client, same, attempt: 2).isEmpty)
        let fresh = try response(sequence: 2, headers: ["WWW-Authenticate: \(challenge(nonce: "n2"))"])
        #expect(try answer(&client, fresh, attempt: 2).isEmpty)
    }

    @Test func triesAgainAfterStale() throws {
        var client = client()
        #expect(try answer(&client, try response(headers: ["WWW-Authenticate: \(challenge())"])).count == 1)
        let stale = try response(sequence: 2, headers: ["WWW-Authenticate: \(challenge(nonce: "n2", stale: true))"])
        #expect(try answer(&client, stale, attempt: 2).first?.nonce == "n2")
        let third = try response(sequence: 3, headers: ["WWW-Authenticate: \(challenge(nonce: "n3", stale: true))"])
        #expect(try answer(&client, third, attempt: 3).isEmpty, "three tries are enough")

        var other = self.client()
        #expect(try answer(&other, try response(headers: ["WWW-Authenticate: \(challenge())"])).count == 1)
        let foolish = try response(sequence: 2, headers: ["WWW-Authenticate: \(challenge(stale: true))"])
        #expect(try answer(&other, foolish, attempt: 2).isEmpty, "stale and yet the same nonce")
    }

    /// RFC 3261 §22.3: a proxy and the user agent behind it ask one after the other, and both are answered from then on.
    @Test func proxyThenUserAgent() throws {
        var client = client([DigestLogin(username: "us", password: DigestPassword("pw"))])
        let proxy = try response(407, headers: ["Proxy-Authenticate: \(challenge("proxy"))"])
        let first = client.authorization(for: proxy, method: .invite, uri: target, body: [], attempt: 1)
        #expect(first?.map(\.0) == [.proxyAuthorization])
        let agent = try response(401, sequence: 2, headers: ["WWW-Authenticate: \(challenge("agent"))"])
        let second = client.authorization(for: agent, method: .invite, uri: target, body: [], attempt: 2)
        #expect(second?.map(\.0) == [.proxyAuthorization, .authorization])
        #expect(try read(second).map { $0.protection?.count } == [2, 1])
        // A fork's 401 holds the challenges of both.
        let both = try response(callID: "c2", headers: ["WWW-Authenticate: \(challenge("a"))", "Proxy-Authenticate: \(challenge("p"))"])
        #expect(try answer(&client, both).map(\.realm) == ["p", "a"])
    }

    @Test(
        arguments: [
            ("*", nil, true), ("trunk.example", nil, true), ("Trunk.example", nil, false), ("*", "trunk.example", true),
            ("*", "TRUNK.example", true), ("*", "evil.example", false), ("other", "trunk.example", false),
        ] as [(String, String?, Bool)])
    func aLoginIsShownOnlyWhereItBelongs(_ realm: String, _ host: String?, _ isShown: Bool) throws {
        var client = client([DigestLogin(realm: realm, host: host, username: "us", password: DigestPassword("pw"))])
        #expect(try answer(&client, try response(headers: ["WWW-Authenticate: \(challenge())"])).isEmpty != isShown)
    }

    @Test func theNextRequestNeedsNoRefusal() throws {
        var client = client()
        #expect(client.anticipated(callID: "c1", sequence: 1, method: .register, uri: target, body: []).isEmpty)
        #expect(try answer(&client, try response(headers: ["WWW-Authenticate: \(challenge())"])).count == 1)
        let ahead = try #require(try read(client.anticipated(callID: "c1", sequence: 3, method: .invite, uri: target, body: [])).first)
        #expect(ahead.protection?.count == 2 && isRight(ahead))
        // The server has forgotten the nonce and does not say stale.
        let fresh = try response(sequence: 3, headers: ["WWW-Authenticate: \(challenge(nonce: "n2"))"])
        #expect(try answer(&client, fresh).first?.nonce == "n2")
        let refused = try response(sequence: 4, headers: ["WWW-Authenticate: \(challenge(nonce: "n3"))"])
        #expect(try answer(&client, refused, attempt: 2).isEmpty)
        // What was shown ahead and is refused under the very same nonce was wrong.
        _ = client.anticipated(callID: "c1", sequence: 8, method: .invite, uri: target, body: [])
        #expect(try answer(&client, try response(sequence: 8, headers: ["WWW-Authenticate: \(challenge(nonce: "n2"))"])).isEmpty)
    }

    @Test func readsTheNextNonce() throws {
        var client = client()
        #expect(try answer(&client, try response(headers: ["WWW-Authenticate: \(challenge())"])).count == 1)
        client.accepted(try response(200, sequence: 2, headers: ["Authentication-Info: qop=auth, nextnonce=\"n7\", rspauth=\"00\""]))
        let next = try #require(try read(client.anticipated(callID: "c1", sequence: 3, method: .invite, uri: target, body: [])).first)
        #expect(next.nonce == "n7" && next.protection?.count == 1 && isRight(next))
        client.accepted(try response(200, sequence: 4, headers: ["Authentication-Info: nextnonce=\""]))
        #expect(try read(client.anticipated(callID: "c1", sequence: 5, method: .invite, uri: target, body: [])).first?.nonce == "n7")
    }

    @Test func memoryIsBounded() throws {
        var client = client(capacity: 16)
        for number in 0..<100 {
            #expect(try answer(&client, try response(callID: "call\(number)", headers: ["WWW-Authenticate: \(challenge())"])).count == 1)
            #expect(client.tableCount <= 16)
        }
        let realms = (0..<30).map { "WWW-Authenticate: \(challenge("r\($0)"))" }
        var open = self.client([DigestLogin(username: "us", password: DigestPassword("pw"))])
        #expect(try answer(&open, try response(headers: realms)).count == 8)
        open.forget(callID: "c1")
        #expect(open.tableCount == 0)
    }

    /// Mangled challenges: nothing traps, and whatever is shown can be read again.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func mutations(_ seed: UInt64) throws {
        print("digest client mutation seed \(seed)")
        let random = Counter(seed)
        var answered = 0
        for _ in 0..<4_000 {
            var header = Array("WWW-Authenticate: \(challenge(qop: "auth,auth-int")), Digest realm=\"x\", nonce=\"y\"".utf8)
            for _ in 0..<(1 + random.next() % 4) {
                let index = 18 + Int(random.next() % UInt64(header.count - 18))
                let marks = Array("\",=\\ ;\tx0".utf8)
                let mark = marks[Int(random.next() % UInt64(marks.count))]
                if random.next() % 2 == 0 { header[index] = mark } else { header.insert(mark, at: index) }
            }
            var client = client([DigestLogin(username: "us", password: DigestPassword("pw"))])
            guard let refused = try? response(headers: [String(decoding: header, as: UTF8.self)]) else { continue }
            let credentials = try answer(&client, refused)
            #expect(credentials.allSatisfy { isRight($0) })
            answered += credentials.count
        }
        #expect(answered > 500)
    }
}
