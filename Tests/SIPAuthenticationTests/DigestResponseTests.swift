import SIP
import SIPAuthentication
import Testing

/// The computation against the vectors of the RFCs.
@Suite struct DigestResponseTests {
    /// RFC 2617 §3.5.
    @Test func rfc2617() throws {
        let text =
            #"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", "#
            + #"qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", "#
            + #"opaque="5ccc069c403ebaf9f0171e9517f40e41""#
        try expectItsOwnResponse(text, username: "Mufasa", password: "Circle Of Life")
    }

    /// RFC 7616 §3.9.1.
    @Test(
        arguments: [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ])
    func rfc7616(_ algorithm: String, _ response: String) throws {
        let text =
            #"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=\#(algorithm), "#
            + #"nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, "#
            + #"cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="\#(response)", "#
            + #"opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
        try expectItsOwnResponse(text, username: "Mufasa", password: "Circle of Life")
    }

    /// RFC 7616 §3.9.2 as erratum 4897 corrects it: the printed values were made by another function than SHA-512/256.
    @Test func rfc7616WithSHA512256() throws {
        let text =
            #"Digest username="Jäsøn Doe", realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, "#
            + #"nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, "#
            + #"cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, "#
            + #"response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS""#
        try expectItsOwnResponse(text, username: "Jäsøn Doe", password: "Secret, or not?")
    }

    private func expectItsOwnResponse(_ text: String, username: String, password: String) throws {
        let value = try #require(try AuthenticationValue.list(text).first)
        let credentials = try DigestCredentials(value)
        let secret = DigestSecret(username: username, realm: credentials.realm, password: password)
        #expect(credentials.username == username)
        #expect(credentials.expectedResponse(secret, method: "GET") == credentials.response)
        #expect(credentials.expectedResponse(secret, method: "POST") != credentials.response)
        let wrong = DigestSecret(username: username, realm: credentials.realm, password: password + " ")
        #expect(credentials.expectedResponse(wrong, method: "GET") != credentials.response)
        // Written and read again, nothing is lost.
        let again = try #require(try AuthenticationValue.list(credentials.text).first)
        #expect(try DigestCredentials(again) == credentials)
    }

    /// The forms without a published vector, against values computed with another tool (Python's hashlib).
    @Test(
        arguments: [
            ("MD5", DigestQuality?.none, "INVITE", "", "528852980010cd5e5c5f06a2c29e8e5d"),
            ("MD5-sess", .auth, "INVITE", "", "b788e7679c1cfde04df0d05ee825b6cc"),
            ("SHA-256-sess", .auth, "REGISTER", "", "5e4f6d7483387268fac6e27e886836faf112da5fe9b1b249ee65270166d8683d"),
            ("MD5", .authInt, "INVITE", "v=0", "e5d56531f505f6ae4245a3641ca734d1"),
        ])
    func otherForms(_ algorithm: String, _ quality: DigestQuality?, _ method: String, _ body: String, _ wanted: String) throws {
        let credentials = DigestCredentials(
            username: "alice", realm: "atlanta.com", nonce: "84a4cc6f3082121f32b42a2187831a9e", uri: "sip:bob@biloxi.com",
            algorithm: try #require(DigestAlgorithm(token: algorithm)),
            protection: quality.map { .init(quality: $0, cnonce: "0a4f113b", count: 0x1F) })
        let secret = DigestSecret(username: "alice", realm: "atlanta.com", password: "pass:word")
        #expect(credentials.expectedResponse(secret, method: method, body: Array(body.utf8)) == wanted)
    }

    @Test(
        arguments: [
            ("md5", "MD5"), ("SHA-256", "SHA-256"), ("sha-256-SESS", "SHA-256-sess"), ("SHA-512-256", "SHA-512-256"),
            ("AKAv1-MD5", nil), ("SHA-1", nil), ("", nil),
        ] as [(String, String?)])
    func algorithmTokens(_ token: String, _ known: String?) {
        #expect(DigestAlgorithm(token: token)?.token == known)
    }

    @Test func storedHashesAreTakenAndNeverShown() throws {
        let clear = DigestSecret(username: "alice", realm: "r", password: "secret")
        let stored = try #require(DigestSecret(codes: [.md5: "C17D12FFD1D73474F2C02A7A1B8A7DE4".lowercased()]))
        for text in [
            "\(clear)", "\(stored)", String(reflecting: clear), "\(DigestPassword("secret"))", String(reflecting: DigestPassword("secret")),
        ] {
            #expect(!text.contains("secret\"") && !text.contains("c17d") && text.hasPrefix("(a "))
        }
        var dumped = ""
        dump(clear, to: &dumped)
        dump(DigestPassword("hunter2"), to: &dumped)
        dump(DigestLogin(username: "u", password: DigestPassword("hunter2")), to: &dumped)
        #expect(!dumped.contains("hunter2") && !dumped.contains("codes"))
        #expect(DigestSecret(codes: [:]) == nil)
        #expect(DigestSecret(codes: [.md5: "c17d"]) == nil)
        #expect(DigestSecret(codes: [.sha256: String(repeating: "g", count: 64)]) == nil)
    }
}
