import SIP
import SIPAuthentication
import SIPDialogs
import Testing
import Timing

/// A server with the user bob, and a client that does what the test says.
struct Gatehouse {
    var server: DigestServer
    var now = seconds(1_000)
    static let realm = "voice.example"
    static let secret = DigestSecret(username: "bob", realm: realm, password: "swordfish")

    init(policy: SourcePolicy = .challenged, configure: (inout DigestServerConfiguration) -> Void = { _ in }) {
        var configuration = DigestServerConfiguration(realm: Self.realm, users: ["bob": Self.secret]) { _ in policy }
        configure(&configuration)
        server = DigestServer(configuration: configuration, random: Counter(7).next)
    }

    mutating func judge(
        _ method: String = "INVITE", uri: String = "sip:3001@voice.example", from flow: Flow = stranger, headers: [String] = []
    ) throws -> GateJudgement {
        let (message, envelope) = try request(method, uri: uri, headers: headers)
        return server.judge(message, envelope, from: flow, at: now)
    }

    /// Asks without credentials and gives the challenges.
    mutating func challenges(from flow: Flow = stranger) throws -> [DigestChallenge] {
        try Self.challenges(try judge(from: flow))
    }

    static func challenges(_ judgement: GateJudgement) throws -> [DigestChallenge] {
        guard case .refuse(.unauthorized, let headers) = judgement else { return [] }
        return try headers.flatMap { name, value in
            #expect(name == "WWW-Authenticate")
            return try AuthenticationValue.list(value).compactMap { DigestChallenge($0) }
        }
    }

    static func credentials(
        _ challenge: DigestChallenge, username: String = "bob", secret: DigestSecret = secret, method: String = "INVITE",
        uri: String = "sip:3001@voice.example", count: UInt32 = 1, quality: DigestQuality? = .auth
    ) -> DigestCredentials {
        var credentials = DigestCredentials(
            username: username, realm: challenge.realm, nonce: challenge.nonce, uri: uri, algorithm: challenge.algorithm,
            protection: quality.map { .init(quality: $0, cnonce: "c", count: count) })
        credentials.response = credentials.expectedResponse(secret, method: method) ?? ""
        return credentials
    }

    mutating func show(_ credentials: DigestCredentials, header: String = "Authorization", from flow: Flow = stranger) throws
        -> GateJudgement
    {
        try judge(from: flow, headers: ["\(header): \(credentials.text)"])
    }
}

/// `pass`, `pass bob`, `drop`, `401`, `401 stale`, `403`...
func summary(_ judgement: GateJudgement) throws -> String {
    switch judgement {
    case .pass(let identity): return identity.map { "pass \($0)" } ?? "pass"
    case .drop: return "drop"
    case .refuse(let status, _):
        let isStale = try Gatehouse.challenges(judgement).contains(where: \.isStale)
        return "\(status.code)" + (isStale ? " stale" : "")
    }
}

@Suite struct DigestServerTests {
    @Test(arguments: [(SourcePolicy.trusted, "pass"), (.challenged, "401"), (.refused, "403"), (.dropped, "drop")])
    func eachSourceByItsPolicy(_ policy: SourcePolicy, _ wanted: String) throws {
        var gatehouse = Gatehouse(policy: policy)
        #expect(try summary(gatehouse.judge()) == wanted)
    }

    @Test func thePolicySeesTheFlow() throws {
        var gatehouse = Gatehouse { configuration in
            configuration.policy = { $0.listener == 1 || $0.remote.host == "127.0.0.1" ? .trusted : .challenged }
        }
        #expect(try summary(gatehouse.judge()) == "401")
        let loopback = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "127.0.0.1", port: 9))
        #expect(try summary(gatehouse.judge(from: loopback)) == "pass")
        let inside = Flow(listener: 1, transport: .tcp, remote: stranger.remote, connection: 3)
        #expect(try summary(gatehouse.judge(from: inside)) == "pass")
    }

    /// RFC 3261 §22.1: neither can be sent again.
    @Test(arguments: ["ACK", "CANCEL"])
    func neverChallenged(_ method: String) throws {
        var gatehouse = Gatehouse(policy: .dropped)
        #expect(try summary(gatehouse.judge(method)) == "pass")
    }

    /// RFC 8760 §2.3: one challenge for each algorithm, the better on top; RFC 3261 §22.4: qop always.
    @Test func offersSHA256BeforeMD5() throws {
        var gatehouse = Gatehouse()
        let challenges = try gatehouse.challenges()
        #expect(challenges.map(\.algorithm.token) == ["SHA-256", "MD5"])
        #expect(challenges.allSatisfy { $0.qualities == [.auth] && $0.realm == "voice.example" && !$0.isStale })
        #expect(try gatehouse.challenges().first?.nonce != challenges.first?.nonce, "each nonce is new")
        #expect(gatehouse.server.tableCount == 0, "challenges leave nothing behind")
    }

    @Test(arguments: [0, 1])
    func aRightPasswordPasses(_ index: Int) throws {
        var gatehouse = Gatehouse()
        let challenge = try gatehouse.challenges()[index]
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenge))) == "pass bob")
        // The nonce goes on being good, with the next count.
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenge, count: 2))) == "pass bob")
        #expect(gatehouse.server.tableCount == 1)
    }

    @Test(
        arguments: [
            ("wrong password", "401"), ("unknown user", "401"), ("other method", "401"), ("other user called", "400"),
            ("other host", "pass bob"),
            ("no qop", "400"), ("auth-int", "400"), ("count of zero", "400"), ("foreign realm", "401"), ("proxy's header", "401"),
            ("session algorithm", "401"), ("algorithm not offered", "401"), ("nonce of another", "401 stale"),
            ("made-up nonce", "401 stale"),
            ("old nonce", "401 stale"), ("nonce of the future", "401 stale"),
        ])
    func eachFault(_ fault: String, _ wanted: String) throws {
        var gatehouse = Gatehouse()
        var challenge = try gatehouse.challenges()[0]
        var credentials = Gatehouse.credentials(challenge)
        var (header, flow) = ("Authorization", stranger)
        switch fault {
        case "wrong password":
            credentials = Gatehouse.credentials(challenge, secret: DigestSecret(username: "bob", realm: Gatehouse.realm, password: "x"))
        case "unknown user": credentials = Gatehouse.credentials(challenge, username: "eve")
        case "other method": credentials = Gatehouse.credentials(challenge, method: "OPTIONS")
        case "other user called": credentials = Gatehouse.credentials(challenge, uri: "sip:3002@voice.example")
        case "other host": credentials = Gatehouse.credentials(challenge, uri: "sip:3001@proxy.example:5070;transport=tcp")
        case "no qop": credentials = Gatehouse.credentials(challenge, quality: nil)
        case "auth-int": credentials = Gatehouse.credentials(challenge, quality: .authInt)
        case "count of zero": credentials = Gatehouse.credentials(challenge, count: 0)
        case "foreign realm": credentials.realm = "other.example"
        case "proxy's header": header = "Proxy-Authorization"
        case "session algorithm", "algorithm not offered":
            challenge.algorithm =
                fault == "session algorithm" ? DigestAlgorithm(.sha256, isSession: true) : DigestAlgorithm(.sha512Slash256)
            credentials = Gatehouse.credentials(challenge)
        case "nonce of another": flow.remote.host = "203.0.113.9"
        case "made-up nonce":
            challenge.nonce = String(challenge.nonce.dropLast()) + (challenge.nonce.hasSuffix("0") ? "1" : "0")
            credentials = Gatehouse.credentials(challenge)
        case "old nonce": gatehouse.now = gatehouse.now + .seconds(300)
        case "nonce of the future": gatehouse.now = seconds(999)
        default: Issue.record("unknown fault")
        }
        #expect(try summary(gatehouse.show(credentials, header: header, from: flow)) == wanted)
    }

    /// RFC 7616 §3.4: missing or improper parameters are a client's fault, 400.
    @Test(
        arguments: [
            "cnonce=\"c\"": "cnonce=\"\"", "nc=00000001": "nc=1", "response=\"": "response=\"0", "username=\"bob\"": "username=\"\"",
            "qop=auth": "qop=other", ", nonce=": ", nonce=\"\", x=", "uri=\"sip:3001@voice.example\"": "uri=\"\"",
            "realm=\"voice.example\"": "realm=\"voice.example\", realm=\"voice.example\"",
        ])
    func improperParameters(_ change: (key: String, value: String)) throws {
        var gatehouse = Gatehouse()
        let text = Gatehouse.credentials(try gatehouse.challenges()[0]).text
        let pieces = text.split(separator: change.key, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(pieces.count == 2)
        let judgement = try gatehouse.judge(headers: ["Authorization: \(pieces[0])\(change.value)\(pieces[1])"])
        #expect(try summary(judgement) == "400")
    }

    @Test func ofSeveralCredentialsOursAreTaken() throws {
        var gatehouse = Gatehouse()
        let challenge = try gatehouse.challenges()[0]
        let judgement = try gatehouse.judge(headers: [
            "Authorization: Basic Zm9vOmJhcg==", "Authorization: Digest realm=\"elsewhere\", username=\"x\"",
            "Authorization: \(Gatehouse.credentials(challenge).text)",
        ])
        #expect(try summary(judgement) == "pass bob")
    }

    @Test func aForwardedRequestPassesWhereAllowed() throws {
        var gatehouse = Gatehouse { $0.acceptsForwarded = { $0.user == "1001" } }
        let challenge = try gatehouse.challenges()[0]
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenge, uri: "sip:1001@voice.example"))) == "pass bob")
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenge, uri: "sip:1002@voice.example", count: 2))) == "400")
    }
}
