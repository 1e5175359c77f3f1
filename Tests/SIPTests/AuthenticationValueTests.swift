import SIP
import Testing

@Suite struct AuthenticationValueTests {
    private func message(_ headers: [String]) throws -> SIPMessage { try SIPMessage.parse(retargeted(headers)) }

    /// RFC 3261 §20.44, and the same folded, with other spacing and case.
    @Test(
        arguments: [
            #"Digest realm="atlanta.com", domain="sip:boxesbybob.com", qop="auth", nonce="f84f1cec41e6cbe5aea9c8e88d359", opaque="", stale=FALSE, algorithm=MD5"#,
            "digest realm = \"atlanta.com\" ,domain=\"sip:boxesbybob.com\",qop=\"auth\",\r\n nonce=\"f84f1cec41e6cbe5aea9c8e88d359\",OPAQUE=\"\",stale=FALSE,algorithm=MD5",
        ])
    func readsAChallenge(_ text: String) throws {
        let value = try #require(try AuthenticationValue.list(text).first)
        #expect(value.isDigest)
        #expect(value["REALM"] == "atlanta.com")
        #expect(value["nonce"] == "f84f1cec41e6cbe5aea9c8e88d359")
        #expect(value["opaque"] == "")
        #expect(value["stale"] == "FALSE")
        #expect(value["algorithm"] == "MD5")
        #expect(value["cnonce"] == nil)
    }

    /// One line may hold several challenges (RFC 9110 §11.6.1), of schemes with and without parameters.
    @Test func tellsParametersFromTheNextChallenge() throws {
        let text = #"Newauth realm="apps", type=1, title="Login to \"apps\", here", Basic realm="simple",, Bearer, Negotiate YII+/=="#
        let values = try AuthenticationValue.list(text + #", Digest nonce=abc , realm="x""#)
        #expect(values.map(\.scheme) == ["Newauth", "Basic", "Bearer", "Negotiate", "Digest"])
        #expect(values[0]["title"] == #"Login to "apps", here"#)
        #expect(values[0]["type"] == "1")
        #expect(values[1]["realm"] == "simple")
        #expect(values[3].parts == .opaque("YII+/=="))
        #expect(values[4]["nonce"] == "abc")
        #expect(values[4]["realm"] == "x")
    }

    @Test func readsAllHeadersOfOneName() throws {
        let message = try message([
            #"WWW-Authenticate: Digest realm="a", nonce="1", algorithm=SHA-256"#, #"Proxy-Authenticate: Digest realm="p", nonce="2""#,
            #"www-authenticate: Digest realm="a", nonce="3", Basic realm="b""#,
        ])
        #expect(try message.authenticationValues(of: .wwwAuthenticate).map { $0["nonce"] } == ["1", "3", nil])
        #expect(try message.authenticationValues(of: .proxyAuthenticate).map { $0["realm"] } == ["p"])
        #expect(try message.authenticationValues(of: .authorization).isEmpty)
    }

    @Test(
        arguments: [
            "", "Digest", "Digest realm=\"a", "Digest realm=", "realm=\"a\"", "Digest realm=\"a\" nonce=\"b\"",
            "Digest realm=\"a\", realm=\"b\"",
            "Digest realm=\"a\", Realm=b", "Digest realm=,", "Digest a=b c", "Basic abc==, realm=\"a\"", "\"Digest\" realm=\"a\"",
            "Digest;realm=a",
        ])
    func brokenOnesAreErrorsOrHaveNoRealm(_ text: String) {
        let values = (try? AuthenticationValue.list(text)) ?? []
        #expect(values.allSatisfy { $0["realm"] == nil })
    }

    @Test func amountsAreBounded() throws {
        let parameters = (0..<33).map { "p\($0)=1" }.joined(separator: ", ")
        #expect(throws: SIPParseError.self) { try AuthenticationValue.list("Digest \(parameters)") }
        let values = (0..<33).map { "Digest realm=\"\($0)\"" }
        #expect(throws: SIPParseError.self) { try AuthenticationValue.list(values.joined(separator: ",")) }
        let message = try message(values.map { "Authorization: \($0)" })
        #expect(throws: SIPParseError.self) { try message.authenticationValues(of: .authorization) }
    }

    @Test func writesWhatItReads() throws {
        var value = AuthenticationValue(scheme: "Digest")
        value.add("realm", #"a "quoted\" realm"#, isQuoted: true)
        value.add("stale", "true", isQuoted: false)
        value.add("odd", "a,b\r\nEvil: 1", isQuoted: false)
        value.add("not a token", "x", isQuoted: true)
        #expect(value.text == #"Digest realm="a \"quoted\\\" realm", stale=true, odd="a,b  Evil: 1""#)
        #expect(try AuthenticationValue.list(value.text) == [value])
    }

    /// Nothing traps, and what was read and is written reads the same.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func mutations(_ seed: UInt64) {
        print("authentication mutation seed \(seed)")
        var random = SeededRandom(seed: seed)
        let corpus = [
            #"Digest username="bob", realm="biloxi.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:bob@biloxi.com", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc""#,
            #"Digest realm="a \"b\" c", nonce="x", algorithm=SHA-256, qop="auth,auth-int", Basic realm="s", Bearer, Negotiate a=="#,
        ]
        var understood = 0
        for _ in 0..<20_000 {
            let original = Array((corpus.randomElement(using: &random) ?? "").utf8)
            let text = String(decoding: mutated(original, using: &random), as: UTF8.self)
            guard let values = try? AuthenticationValue.list(text) else { continue }
            understood += values.count
            let again = try? AuthenticationValue.list(values.map(\.text).joined(separator: ", "))
            #expect(again == values, "\(text)")
        }
        #expect(understood > 5_000, "the mutations leave enough to be read")
    }
}
