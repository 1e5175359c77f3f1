import SIP
import SIPAuthentication
import SIPDialogs
import Testing
import Timing

@Suite struct DigestServerAttackTests {
    @Test func aUsedCountIsRefusedAndOneThatWasOvertakenIsNot() throws {
        var gatehouse = Gatehouse()
        let challenge = try gatehouse.challenges()[0]
        for (count, wanted) in [
            (1, "pass bob"), (1, "401 stale"), (5, "pass bob"), (3, "pass bob"), (3, "401 stale"), (5, "401 stale"), (100, "pass bob"),
            (37, "pass bob"), (36, "401 stale"), (37, "401 stale"), (0xFFFF_FFFF, "pass bob"), (0xFFFF_FFFF, "401 stale"),
        ] as [(UInt32, String)] {
            #expect(try summary(gatehouse.show(Gatehouse.credentials(challenge, count: count))) == wanted, "count \(count)")
        }
    }

    /// A replay from elsewhere fails by its address, and one after the nonce's time by its age.
    @Test func theTableOfNoncesEmptiesAndStillNothingIsReplayed() throws {
        var gatehouse = Gatehouse()
        let credentials = Gatehouse.credentials(try gatehouse.challenges()[0])
        #expect(try summary(gatehouse.show(credentials)) == "pass bob")
        gatehouse.now = gatehouse.now + .seconds(301)
        #expect(try summary(gatehouse.show(credentials)) == "401 stale")
        #expect(gatehouse.server.tableCount == 0)
    }

    /// A nonce whose counts are forgotten does not become good again by a new configuration.
    @Test func aLongerLifetimeLetsNothingInAgain() throws {
        var gatehouse = Gatehouse { $0.nonceLifetime = .seconds(60) }
        let credentials = Gatehouse.credentials(try gatehouse.challenges()[0])
        #expect(try summary(gatehouse.show(credentials)) == "pass bob")
        gatehouse.now = gatehouse.now + .seconds(61)
        gatehouse.server.expire(at: gatehouse.now)
        gatehouse.server.configuration.nonceLifetime = .seconds(3_600)
        #expect(try summary(gatehouse.show(credentials)) == "401 stale")
        #expect(try summary(gatehouse.show(Gatehouse.credentials(try gatehouse.challenges()[0]))) == "pass bob")
    }

    /// When the table overflows, what was forgotten is refused, not let in again.
    @Test func anOverflowForgetsSafely() throws {
        var gatehouse = Gatehouse { $0.maximumNonces = 4 }
        var shown: [DigestCredentials] = []
        for _ in 0..<10 {
            gatehouse.now = gatehouse.now + .seconds(1)
            let credentials = Gatehouse.credentials(try gatehouse.challenges()[0])
            #expect(try summary(gatehouse.show(credentials)) == "pass bob")
            #expect(gatehouse.server.tableCount <= 4)
            shown.append(credentials)
        }
        for credentials in shown { #expect(try summary(gatehouse.show(credentials)) == "401 stale") }
        // The youngest are still in use.
        var next = shown[9]
        next.protection?.count = 2
        next.response = next.expectedResponse(Gatehouse.secret, method: "INVITE") ?? ""
        #expect(try summary(gatehouse.show(next)) == "pass bob")
    }

    private func guess(_ gatehouse: inout Gatehouse, _ password: String, from flow: Flow = stranger) throws -> GateJudgement {
        let challenge = try #require(try gatehouse.challenges(from: flow).first)
        let secret = DigestSecret(username: "bob", realm: Gatehouse.realm, password: password)
        return try gatehouse.show(Gatehouse.credentials(challenge, secret: secret), from: flow)
    }

    @Test func whoGuessesIsShutOutForAWhile() throws {
        var gatehouse = Gatehouse { $0.maximumGuesses = 3 }
        for number in 0..<3 { #expect(try summary(guess(&gatehouse, "wrong\(number)")) == "401") }
        #expect(try summary(gatehouse.judge()) == "403")
        // Others are not.
        let other = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "198.51.100.8", port: 5060))
        #expect(try summary(guess(&gatehouse, "swordfish", from: other)) == "pass bob")
        gatehouse.now = gatehouse.now + .seconds(600)
        #expect(try summary(guess(&gatehouse, "swordfish")) == "pass bob")
    }

    /// Whether a user exists cannot be told: the same answers, and the same lock.
    @Test func unknownUsersAreMetAlike() throws {
        var gatehouse = Gatehouse { $0.maximumGuesses = 3 }
        for number in 0..<3 {
            let challenge = try gatehouse.challenges()[0]
            let judgement = try gatehouse.show(Gatehouse.credentials(challenge, username: "user\(number)"))
            #expect(try Gatehouse.challenges(judgement).map(\.algorithm.token) == ["SHA-256", "MD5"])
            #expect(try summary(judgement) == "401")
        }
        #expect(try summary(gatehouse.judge()) == "403")
    }

    /// A user whose password is stored for one algorithm only is no user under the other.
    @Test func aMissingHashLetsNobodyIn() throws {
        let md5 = try #require(DigestSecret(codes: [.md5: String(repeating: "a", count: 32)]))
        var gatehouse = Gatehouse { $0.users = ["bob": md5] }
        let challenges = try gatehouse.challenges()
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenges[0]))) == "401")
        #expect(try summary(gatehouse.show(Gatehouse.credentials(challenges[1], secret: md5))) == "pass bob")
    }

    /// UDP repeats a request whose answer was lost: one guess.
    @Test func copiesCountOnce() throws {
        var gatehouse = Gatehouse { $0.maximumGuesses = 3 }
        let wrong = Gatehouse.credentials(
            try gatehouse.challenges()[0], secret: DigestSecret(username: "bob", realm: Gatehouse.realm, password: "x"))
        for _ in 0..<11 { #expect(try summary(gatehouse.show(wrong)) == "401") }
    }

    /// With an address that is not his nobody gets a nonce, so nobody can have others shut out; nor does such a flood fill a table.
    @Test func forgedSourcesDoNothing() throws {
        var gatehouse = Gatehouse { $0.maximumGuesses = 1 }
        let own = try gatehouse.challenges()[0]
        let victim = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "203.0.113.50", port: 5060))
        for number in 0..<50 {
            let wrong = Gatehouse.credentials(own, username: "user\(number)")
            #expect(try summary(gatehouse.show(wrong, from: victim)) == "401 stale")
        }
        #expect(gatehouse.server.tableCount == 0)
        #expect(try summary(guess(&gatehouse, "swordfish", from: victim)) == "pass bob")
    }

    /// An IPv6 customer has 2^64 addresses; they are one source.
    @Test func addressesOfOneNetworkAreOneSource() throws {
        var gatehouse = Gatehouse { $0.maximumGuesses = 4 }
        let hosts = ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:DB8:1:2::", "2001:0db8:0001:0002::9"]
        for host in hosts {
            let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: host, port: 5060))
            #expect(try summary(guess(&gatehouse, "wrong", from: flow)) == "401")
        }
        let same = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "2001:db8:1:2::77", port: 5060))
        let other = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "2001:db8:1:3::1", port: 5060))
        #expect(try summary(gatehouse.judge(from: same)) == "403")
        #expect(try summary(gatehouse.judge(from: other)) == "401")
    }

    @Test func theTableOfGuessesIsBounded() throws {
        var gatehouse = Gatehouse { $0.maximumSources = 16 }
        for number in 0..<200 {
            let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "10.0.0.\(number)", port: 5060))
            _ = try guess(&gatehouse, "wrong", from: flow)
            #expect(gatehouse.server.tableCount <= 16)
        }
        gatehouse.server.expire(at: gatehouse.now + .seconds(1_200))
        #expect(gatehouse.server.tableCount == 0)
    }

    /// Mangled credentials: nothing traps, and what passes says the same as what was signed.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func mutations(_ seed: UInt64) throws {
        print("digest server mutation seed \(seed)")
        let random = Counter(seed)
        var passed = 0
        for _ in 0..<4_000 {
            var gatehouse = Gatehouse()
            let original = Gatehouse.credentials(try gatehouse.challenges()[Int(random.next() % 2)])
            var text = Array(original.text.utf8)
            for _ in 0..<(1 + random.next() % 3) {
                let index = Int(random.next() % UInt64(text.count))
                let marks = Array("\",=\\ ;a0B".utf8)
                let mark = marks[Int(random.next() % UInt64(marks.count))]
                if random.next() % 2 == 0 { text[index] = mark } else { text.insert(mark, at: index) }
            }
            let changed = String(decoding: text, as: UTF8.self)
            guard case .pass = try gatehouse.judge(headers: ["Authorization: \(changed)"]) else { continue }
            passed += 1
            let value = try #require(try AuthenticationValue.list(changed).first)
            #expect(try DigestCredentials(value) == original, "\(changed)")
        }
        #expect(passed > 50, "some changes are of no account")
    }

    /// Every path of a random client; in the end both tables are empty.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func randomWalk(_ seed: UInt64) throws {
        print("digest server walk seed \(seed)")
        let random = Counter(seed)
        func draw(_ limit: UInt64) -> Int { Int(random.next() % limit) }
        var gatehouse = Gatehouse {
            $0.maximumNonces = 8
            $0.maximumSources = 8
            $0.maximumGuesses = 5
        }
        var known: [(DigestCredentials, Flow)] = []
        var passed: Set<String> = []
        for _ in 0..<1_500 {
            gatehouse.now = gatehouse.now + .milliseconds(Int64(draw(20_000)))
            let flow = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "10.0.0.\(draw(12))", port: 5060))
            if draw(3) == 0, !known.isEmpty {
                let (old, oldFlow) = known[draw(UInt64(known.count))]
                var credentials = old
                if draw(2) == 0 {
                    credentials.protection?.count = UInt32(draw(70))
                    credentials.response = credentials.expectedResponse(Gatehouse.secret, method: "INVITE") ?? ""
                }
                let judgement = try gatehouse.show(credentials, from: draw(4) == 0 ? flow : oldFlow)
                guard case .pass = judgement else { continue }
                let proof = "\(credentials.nonce) \(credentials.protection?.count ?? 0)"
                #expect(passed.insert(proof).inserted, "nothing passes twice")
                continue
            }
            guard let challenge = try gatehouse.challenges(from: flow).first else { continue }
            let isRight = draw(3) > 0
            let secret = isRight ? Gatehouse.secret : DigestSecret(username: "bob", realm: Gatehouse.realm, password: "\(draw(100))")
            let credentials = Gatehouse.credentials(challenge, secret: secret)
            if case .pass = try gatehouse.show(credentials, from: flow) {
                #expect(isRight)
                #expect(passed.insert("\(credentials.nonce) 1").inserted)
            }
            known.append((credentials, flow))
            if known.count > 40 { known.removeFirst() }
            #expect(gatehouse.server.tableCount <= 16)
        }
        gatehouse.server.expire(at: gatehouse.now + .seconds(3_600))
        #expect(gatehouse.server.tableCount == 0)
        #expect(passed.count > 200)
    }
}
