import SIP
import SIPAuthentication
import SIPDialogs
import SIPRegistration
import Testing
import Timing

/// A registration over a real user agent, against a registrar that asks for a password.
@Suite struct RegisteringUserAgentTests {
    private static let registrarEnd = SocketEndpoint(host: "192.0.2.20", port: 5060)
    private static let ourEnd = SocketEndpoint(host: "192.0.2.10", port: 5060)

    private static func agent(_ end: SocketEndpoint, _ seed: UInt64) -> UserAgent {
        let listener = UserAgentConfiguration.Listener(transport: .udp, advertisedHost: end.host, advertisedPort: end.port)
        var configuration = UserAgentConfiguration(listeners: [listener])
        configuration.handedOver = [.register]
        return UserAgent(configuration: configuration, random: Counter(seed).next)
    }

    private static func flow(to end: SocketEndpoint) -> Flow { Flow(listener: 0, transport: .udp, remote: end) }

    private struct World {
        var trunk: Trunk
        var ours = RegisteringUserAgentTests.agent(ourEnd, 1)
        var registrar = RegisteringUserAgentTests.agent(registrarEnd, 2)
        /// Requests by what they show, such as `1`, `2+` with credentials.
        var asked: [String] = []
        private var outcomes: [RequestOutcome] = []

        init(password: String) throws {
            trunk = try Trunk()
            trunk.now = .zero + .seconds(100)
            let login = DigestLogin(realm: "r", host: "registrar.example", username: "us", password: DigestPassword(password))
            ours.credentials = DigestClient(logins: [login], random: Counter(3).next)
            let users = ["us": DigestSecret(username: "us", realm: "r", password: "pw")]
            registrar.gate = DigestServer(
                configuration: DigestServerConfiguration(realm: "r", users: users) { _ in .challenged }, random: Counter(4).next)
        }

        /// Sends what the registration wants sent, and gives it the outcomes.
        mutating func turn() {
            while let request = trunk.sent.popFirst() {
                var outputs: [UserAgentOutput] = []
                _ = ours.send(request.outgoing(over: flow(to: registrarEnd)), at: trunk.now, into: &outputs)
                carry(outputs, fromUs: true)
                for outcome in outcomes { trunk.run { $0.receive(outcome, at: $1, into: &$2) } }
                outcomes = []
            }
        }

        private mutating func carry(_ outputs: [UserAgentOutput], fromUs: Bool) {
            for output in outputs {
                var replies: [UserAgentOutput] = []
                switch output {
                case .send(let bytes, _):
                    note(bytes)
                    if fromUs {
                        registrar.receive(bytes, from: flow(to: ourEnd), at: trunk.now, into: &replies)
                    } else {
                        ours.receive(bytes, from: flow(to: registrarEnd), at: trunk.now, into: &replies)
                    }
                    carry(replies, fromUs: !fromUs)
                case .event(.requested(let handle, let request)):
                    let contacts = request.message.values(of: .contact).map { ("Contact", $0) }
                    registrar.respond(to: handle, .ok, headers: contacts, at: trunk.now, into: &replies)
                    carry(replies, fromUs: false)
                case .event(.responded(_, let outcome)): outcomes.append(outcome)
                case .event: break
                }
            }
        }

        private mutating func note(_ bytes: [UInt8]) {
            guard let message = try? SIPMessage.parse(bytes), message.method != nil, let cseq = try? message.cseq() else { return }
            asked.append("\(cseq.number)" + (message.has(.authorization) ? "+" : ""))
        }
    }

    @Test func registersRefreshesAndEnds() throws {
        var world = try World(password: "pw")
        world.trunk.start()
        world.turn()
        #expect(world.asked == ["1", "2+"])
        #expect(world.trunk.registration.state == .registered(until: world.trunk.now + .seconds(3_600)))
        _ = world.trunk.passToNextDeadline()
        world.turn()
        // An hour later the nonce that is shown unasked is too old for the registrar.
        #expect(world.asked == ["1", "2+", "3+", "4+"])
        world.trunk.stop()
        world.turn()
        #expect(world.asked.suffix(2) == ["4+", "5+"])
        #expect(world.trunk.registration.state == .stopped && world.trunk.registration.nextDeadline == nil)
    }

    @Test func aWrongPasswordIsNotTriedForLong() throws {
        var world = try World(password: "wrong")
        world.trunk.start()
        world.turn()
        #expect(world.asked == ["1", "2+"])
        #expect(world.trunk.registration.report.lastFailure?.status == .unauthorized)
        #expect(world.trunk.passToNextDeadline().isWithin(900, 1_800))
    }
}

extension Array {
    fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
