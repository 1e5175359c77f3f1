import SIP
import SIPAuthentication
import SIPDialogs
import Timing

/// A server that asks for passwords, under requests, replays and jumps of time that the input spells out, eight bytes each: nothing
/// passes without the password, out of its time or place, or twice; the tables are bounded and empty themselves.
struct DigestFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard let first = bytes.first else { return }
        let rest = bytes.dropFirst()
        switch first >> 6 {
        case 2: try DigestTextFuzzing.checkCredentials(Array(rest))
        case 3: try DigestTextFuzzing.checkChallenge(Array(rest))
        default:
            var walk = DigestFuzzing(Int(first))
            var rest = rest.prefix(96 * FuzzRecord.size)
            while !rest.isEmpty {
                try walk.step(FuzzRecord(rest.prefix(FuzzRecord.size)))
                rest = rest.dropFirst(FuzzRecord.size)
            }
            try walk.finish()
        }
    }

    private static let realm = "voice.example"
    private static let users = ["bob": "swordfish", "old": "tuna", "a\"b\\": ""]
    /// `old` has one hash only: the MD5 of `old:voice.example:tuna`.
    private static let secrets = [
        "bob": DigestSecret(username: "bob", realm: realm, password: "swordfish"),
        "old": DigestSecret(codes: [.md5: "772e185275d51b4cf5c716f1fa8e7acc"]),
        "a\"b\\": DigestSecret(username: "a\"b\\", realm: realm, password: ""),
    ].compactMapValues { $0 }
    private static let hosts = [
        "198.51.100.7", "198.51.100.8", "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1", "::ffff:198.51.100.7", "fe80::1%eth0", "",
    ]
    private static let targets = [
        "sip:3001@voice.example", "sip:3001@192.0.2.10;transport=tcp", "sip:3002@voice.example", "sip:voice.example", "tel:+123",
        "SIP:%33001@voice.example", "sips:3001@voice.example", "sip:3001:x@voice.example",
    ]
    private static let durations = [1, 10, 999, 1_000, 5_000, 59_999, 60_000, 299_999, 300_000, 300_001, 600_000, 3_600_000]

    /// What was signed, and for which method.
    private struct Proof: Hashable {
        var credentials: DigestCredentials
        var method: String
    }

    private struct Nonce {
        let host: String
        let issued: MonotonicTime
    }

    private var server: DigestServer
    private var client: DigestClient
    private var now = seconds(1_000)
    private let bound: Int
    private var challenges: [(challenge: DigestChallenge, flow: Flow)] = []
    private var shown: [(text: String, method: String, target: String, flow: Flow)] = []
    private var nonces: [String: Nonce] = [:]
    private var signed: Set<Proof> = []
    private var passed: Set<String> = []

    private init(_ choice: Int) {
        var configuration = DigestServerConfiguration(realm: Self.realm, users: Self.secrets(7)) { flow in
            [.challenged, .trusted, .refused, .dropped][flow.listener & 3]
        }
        configuration.maximumNonces = [1, 3, 16, 20_000][choice & 3]
        configuration.maximumSources = [1, 2, 5, 20_000][choice >> 2 & 3]
        configuration.maximumGuesses = [1, 2, 5, 10][choice >> 4 & 3]
        server = DigestServer(configuration: configuration, random: Counter(7).next)
        client = DigestClient(
            logins: [DigestLogin(username: "bob", password: DigestPassword("swordfish"))], capacity: 2, random: Counter(8).next)
        bound = configuration.maximumNonces + configuration.maximumSources
    }

    /// The users of some bits.
    private static func secrets(_ bits: Int) -> [String: DigestSecret] {
        secrets.filter { name, _ in bits >> (["bob": 0, "old": 1][name] ?? 2) & 1 != 0 }
    }

    private static func flow(_ choice: Int) -> Flow {
        Flow(
            listener: [0, 0, 0, 1, 2, 3, 0, 0][choice >> 3 & 7], transport: .udp,
            remote: SocketEndpoint(host: hosts[choice & 7], port: 5060))
    }

    // MARK: What happens

    private mutating func step(_ record: FuzzRecord) throws(Surprise) {
        let target = record.pick(4, Self.targets)
        switch record[0] & 7 {
        case 0: try show("", "INVITE", target, Self.flow(record[1]))
        case 1, 2: try sign(record, target)
        case 3:
            guard !shown.isEmpty else { return }
            let old = shown[shown.count - 1 - record[1] % shown.count]
            let text = String(decoding: record.spoil(Array(old.text.utf8)), as: UTF8.self)
            try show(
                text, record[2] & 3 == 3 ? "REGISTER" : old.method, record[2] & 4 == 0 ? old.target : target,
                record[3] & 1 == 0 ? old.flow : Self.flow(record[3] >> 1))
        case 4: now = now + .milliseconds(record.pick(1, Self.durations) + record[2] * 4)
        case 5:
            guard !shown.isEmpty else { return }
            let texts = [1, 2, 3].map { shown[shown.count - 1 - record[$0] % shown.count] }
            let foreign = record[4] & 8 == 0 ? "" : "Digest realm=\"h\", username=\"bob\", nonce=\"x\", uri=\"sip:h\", response=\"0\", "
            let separator = record[4] & 16 == 0 ? ", " : "\r\nAuthorization: "
            try show(foreign + texts.map(\.text).joined(separator: separator), texts[0].method, texts[0].target, texts[0].flow)
        case 6:
            server.configuration.users = Self.secrets(record[1] & 7)
            server.configuration.algorithms = [[.sha256, .md5], [.md5], [.sha512Slash256, .sha256], []][record[2] & 3]
            server.configuration.nonceLifetime = [.seconds(300), .seconds(1), .zero, .seconds(100_000)][record[3] & 3]
            let isForwarded = record[4] & 1 != 0
            server.configuration.acceptsForwarded = { isForwarded && $0.user == "3002" }
            if record[5] & 1 == 0 { server.expire(at: now) }
        default: try answer(record, target)
        }
        try Surprise.unless(server.tableCount <= bound, "\(server.tableCount) entries")
    }

    /// Credentials of any kind under a challenge that was given.
    private mutating func sign(_ record: FuzzRecord, _ target: String) throws(Surprise) {
        guard !challenges.isEmpty else { return }
        let (challenge, flow) = challenges[challenges.count - 1 - record[1] % challenges.count]
        let name = ["bob", "bob", "old", "a\"b\\", "eve", "bob", "bob", "bob"][record[2] & 7]
        let isRight = record[2] & 8 == 0 && Self.users[name] != nil
        let method = ["INVITE", "INVITE", "INVITE", "REGISTER", "ACK", "CANCEL", "OPTIONS", "FOO"][record[4] >> 4 & 7]
        var algorithm = challenge.algorithm
        if record[5] & 0x10 != 0 { algorithm.isSession = true }
        if record[5] & 0x20 != 0 { algorithm.hash = DigestHash.allCases[record[5] >> 6 % 3] }
        let quality = [DigestQuality.auth, .auth, .authInt, nil][record[2] >> 4 & 3]
        let count = record[2] & 0x80 == 0 ? UInt32(record[3]) : .max - UInt32(record[3])
        var credentials = DigestCredentials(
            username: name, realm: record[5] & 15 == 15 ? "other" : challenge.realm, nonce: challenge.nonce,
            uri: record[4] & 8 == 0 ? target : Self.targets[(record[4] + 2) % Self.targets.count], algorithm: algorithm,
            protection: quality.map { .init(quality: $0, cnonce: "c\(record[1])", count: count) })
        let password = isRight ? Self.users[name] ?? "" : "guess\(record[3])"
        let secret = DigestSecret(username: name, realm: credentials.realm, password: password)
        credentials.response = credentials.expectedResponse(secret, method: method) ?? ""
        if isRight { signed.insert(Proof(credentials: credentials, method: method)) }
        let text = String(decoding: record.spoil(Array(credentials.text.utf8)), as: UTF8.self)
        try show(text, method, target, record[5] & 8 == 0 ? flow : Self.flow(record[5]))
    }

    /// Our own client, which knows the password, meets one of the challenges.
    private mutating func answer(_ record: FuzzRecord, _ target: String) throws(Surprise) {
        guard !challenges.isEmpty else { return }
        let (challenge, flow) = challenges[challenges.count - 1 - record[1] % challenges.count]
        let text = String(decoding: record.spoil(Array(challenge.text.utf8)), as: UTF8.self)
        let refusal = try? response(
            callID: "c\(record[2] & 3)", sequence: 1 + record[2] >> 2 & 3, headers: ["WWW-Authenticate: \(text)"])
        guard let refusal else { return }
        let answers = client.authorization(for: refusal, method: .invite, uri: target, body: [], attempt: 1 + record[3] & 3) ?? []
        for (_, answer) in answers {
            for value in (try? AuthenticationValue.list(answer)) ?? [] {
                guard let credentials = try? DigestCredentials(value) else { continue }
                signed.insert(Proof(credentials: Self.bare(credentials), method: "INVITE"))
            }
            try show(answer, "INVITE", target, flow)
        }
        try Surprise.unless(client.tableCount <= 2, "\(client.tableCount) conversations")
    }

    private mutating func show(_ text: String, _ method: String, _ target: String, _ flow: Flow) throws(Surprise) {
        let clean = text.isEmpty ? [] : ["Authorization: \(text)"]
        guard let (message, envelope) = try? request(method, uri: target, headers: clean) else { return }
        if !text.isEmpty { shown = shown.suffix(15) + [(text, method, target, flow)] }
        // A spoilt value may hold the end of its line.
        let method = envelope.cseq.method
        let policy = server.configuration.policy(flow)
        switch server.judge(message, envelope, from: flow, at: now) {
        case .drop: try Surprise.unless(policy == .dropped, "dropped")
        case .pass(nil): try Surprise.unless(policy == .trusted || method == .ack || method == .cancel, "passed unasked")
        case .pass(let identity?):
            try Surprise.unless(policy == .challenged, "\(identity) was not asked")
            try passed(identity, message, flow)
        case .refuse(.unauthorized, let headers):
            try Surprise.unless(headers.count == server.configuration.algorithms.count, "\(headers.count) challenges")
            for (_, value) in headers { try note(value, flow) }
        case .refuse(let status, let headers):
            try Surprise.unless(headers.isEmpty && (status == .forbidden || status == .badRequest), "refused by \(status.code)")
        }
    }

    // MARK: What comes out

    private mutating func passed(_ identity: String, _ message: SIPMessage, _ flow: Flow) throws(Surprise) {
        let values = (try? message.authenticationValues(of: .authorization)) ?? []
        let method = message.method?.name ?? ""
        let proof = values.compactMap { try? DigestCredentials($0) }.first { credentials in
            credentials.username == identity && signed.contains(Proof(credentials: Self.bare(credentials), method: method))
        }
        guard let proof, let protection = proof.protection else { throw Surprise(description: "\(identity) passes without a password") }
        try Surprise.unless(protection.quality == .auth && protection.count > 0 && !proof.algorithm.isSession, "\(proof.text) passes")
        try Surprise.unless(passed.insert("\(proof.nonce) \(protection.count)").inserted, "\(proof.text) passes twice")
        try Surprise.unless(server.configuration.users[identity] != nil, "\(identity) is a user no more")
        try Surprise.unless(server.configuration.algorithms.contains(proof.algorithm.hash), "\(proof.algorithm) is not offered")
        guard let nonce = nonces[proof.nonce] else { throw Surprise(description: "a nonce of nobody's") }
        try Surprise.unless(nonce.host == flow.remote.host, "a nonce of \(nonce.host) passes for \(flow.remote.host)")
        try Surprise.unless(now - nonce.issued < server.configuration.nonceLifetime, "a nonce passes after its time")
    }

    private mutating func note(_ value: String, _ flow: Flow) throws(Surprise) {
        guard let values = try? AuthenticationValue.list(value), values.count == 1, let challenge = DigestChallenge(values[0]) else {
            throw Surprise(description: "we ask \(value)")
        }
        try Surprise.unless(challenge.realm == Self.realm && challenge.qualities == [.auth], "we ask \(value)")
        nonces[challenge.nonce] = Nonce(host: flow.remote.host, issued: now)
        challenges = challenges.suffix(15) + [(challenge, flow)]
    }

    /// `opaque` is not signed, and of no use to us.
    private static func bare(_ credentials: DigestCredentials) -> DigestCredentials {
        var credentials = credentials
        credentials.opaque = nil
        return credentials
    }

    /// Whatever went before, somebody else who knows his password is let in, once; and all is forgotten.
    private mutating func finish() throws(Surprise) {
        server.configuration.users = Self.secrets(7)
        server.configuration.algorithms = [.sha256]
        server.configuration.nonceLifetime = .seconds(300)
        now = now + .milliseconds(1)
        let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "203.0.113.99", port: 5060))
        try show("", "INVITE", Self.targets[0], flow)
        let before = passed.count
        for round in 0..<2 {
            try sign(FuzzRecord([1, 0, 0, 1, 0, 0, 0, 0]), Self.targets[0])
            try Surprise.unless(passed.count == before + 1, round == 0 ? "the right password does not pass" : "it passes twice")
        }
        server.expire(at: now + .seconds(1_000_000))
        try Surprise.unless(server.tableCount == 0, "\(server.tableCount) entries are left")
    }
}
