import SIP
import SIPAuthentication
import SIPDialogs
import Timing

/// Any text as an Authorization or WWW-Authenticate value. `%` in it stands for a nonce that is good.
enum DigestTextFuzzing {
    private static let realm = "voice.example"
    private static let uri = "sip:3001@voice.example"
    private static let secret = DigestSecret(username: "bob", realm: realm, password: "swordfish")

    /// Nothing passes that was not made with the password; what it says with the password passes once, if it is right.
    static func checkCredentials(_ bytes: [UInt8]) throws(Surprise) {
        let configuration = DigestServerConfiguration(realm: realm, users: ["bob": secret]) { _ in .challenged }
        var server = DigestServer(configuration: configuration, random: Counter(7).next)
        guard let nonce = nonce(of: &server) else { throw Surprise(description: "no challenge") }
        let text = line(bytes).replacing("%", with: nonce)
        try Surprise.unless(!passes(text, &server), "\(text) passes")
        guard let values = try? AuthenticationValue.list(text) else { return }
        for value in values {
            guard var credentials = try? DigestCredentials(value) else { continue }
            credentials.response = credentials.expectedResponse(secret, method: "INVITE") ?? ""
            let again = try? AuthenticationValue.list(credentials.text).map { try DigestCredentials($0) }
            try Surprise.unless(again == [credentials], "\(credentials.text) is read as another")
            let isRight =
                credentials.username == "bob" && credentials.realm == realm && credentials.nonce == nonce
                && [.md5, .sha256].contains(credentials.algorithm) && credentials.protection?.quality == .auth
                && credentials.protection?.count != 0
            let isPassed = passes(credentials.text, &server)
            try Surprise.unless(isRight || !isPassed, "\(credentials.text) passes")
            // Another wrong one before it may have used the count, or been the last guess but one.
            if credentials.uri == uri, values.count == 1 {
                try Surprise.unless(isPassed == isRight, "\(credentials.text) does not pass")
            }
            try Surprise.unless(!passes(credentials.text, &server), "\(credentials.text) passes twice")
        }
        try Surprise.unless(server.tableCount <= 33, "\(server.tableCount) entries of one request")
        server.expire(at: seconds(10_000))
        try Surprise.unless(server.tableCount == 0, "\(server.tableCount) entries are left")
    }

    /// An answer to any challenge can be read, and a request is not tried for ever.
    static func checkChallenge(_ bytes: [UInt8]) throws(Surprise) {
        var client = DigestClient(
            logins: [DigestLogin(username: "b\"o\\b", password: DigestPassword("swordfish"))], capacity: 4, random: Counter(7).next)
        let text = line(bytes)
        for attempt in 1...4 {
            // The first is for a proxy too, the next name new nonces.
            let headers = ["WWW-Authenticate: \(text)"] + (attempt == 1 ? ["Proxy-Authenticate: \(text)"] : [])
            let fresh = headers.map { $0.replacing("%", with: "n\(attempt)") } + ["Authentication-Info: \(text)"]
            guard let refusal = try? response(sequence: attempt, headers: fresh) else { return }
            client.accepted(refusal)
            let answers = client.authorization(for: refusal, method: .invite, uri: uri, body: [], attempt: attempt) ?? []
            try Surprise.unless(attempt < 3 || answers.isEmpty, "a try too many")
            let more = client.anticipated(callID: "c1", sequence: 9, method: .invite, uri: uri, body: [])
            try Surprise.unless(answers.count + more.count <= 32, "\(answers.count) answers")
            for (_, answer) in answers + more {
                let value = try Surprise.ifThrown(answer) { () throws(SIPParseError) in try AuthenticationValue.list(answer) }
                let isOne = value.count == 1 && value[0].isDigest && line(Array(answer.utf8)) == answer
                try Surprise.unless(isOne, "we answer \(answer)")
            }
        }
        client.forget(callID: "c1")
        try Surprise.unless(client.tableCount == 0, "\(client.tableCount) entries are left")
    }

    private static func passes(_ text: String, _ server: inout DigestServer) -> Bool {
        guard let (message, envelope) = try? request(uri: uri, headers: ["Authorization: \(text)"]),
            case .pass = server.judge(message, envelope, from: stranger, at: seconds(1_001))
        else { return false }
        return true
    }

    private static func nonce(of server: inout DigestServer) -> String? {
        guard let (message, envelope) = try? request(uri: uri),
            case .refuse(.unauthorized, let headers) = server.judge(message, envelope, from: stranger, at: seconds(1_000)),
            let value = try? AuthenticationValue.list(headers.first?.1 ?? "").first
        else { return nil }
        return value["nonce"]
    }

    private static func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
    }
}
