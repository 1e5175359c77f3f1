import SIP
import SIPAuthentication
import SIPDialogs
import Testing
import Timing

/// Two user agents and the wire between them: a caller with a login and a callee with a gate.
private struct Wire {
    var caller: UserAgent
    var callee: UserAgent
    var now = seconds(500)
    /// What went over the wire, such as `INVITE`, `INVITE+` with credentials, `401`.
    var seen: [String] = []
    var callerEvents: [UserAgentEvent] = []
    var calleeEvents: [UserAgentEvent] = []

    static let callerEnd = SocketEndpoint(host: "198.51.100.7", port: 5060)
    static let calleeEnd = SocketEndpoint(host: "192.0.2.10", port: 5060)
    static let flow = Flow(listener: 0, transport: .udp, remote: calleeEnd)

    init(password: String, configure: (inout DigestServerConfiguration) -> Void = { _ in }) {
        func agent(_ end: SocketEndpoint, _ seed: UInt64) -> UserAgent {
            let listener = UserAgentConfiguration.Listener(transport: .udp, advertisedHost: end.host, advertisedPort: end.port)
            return UserAgent(configuration: UserAgentConfiguration(listeners: [listener]), random: Counter(seed).next)
        }
        caller = agent(Self.callerEnd, 1)
        callee = agent(Self.calleeEnd, 2)
        let login = DigestLogin(realm: Gatehouse.realm, username: "bob", password: DigestPassword(password))
        caller.credentials = DigestClient(logins: [login], random: Counter(3).next)
        var configuration = DigestServerConfiguration(realm: Gatehouse.realm, users: ["bob": Gatehouse.secret]) { _ in .challenged }
        configure(&configuration)
        callee.gate = DigestServer(configuration: configuration, random: Counter(4).next)
    }

    mutating func callerDoes<Result>(_ step: (inout UserAgent, MonotonicTime, inout [UserAgentOutput]) -> Result) -> Result {
        var outputs: [UserAgentOutput] = []
        let result = step(&caller, now, &outputs)
        carry(outputs, fromCaller: true)
        return result
    }

    mutating func calleeDoes(_ step: (inout UserAgent, MonotonicTime, inout [UserAgentOutput]) -> Void) {
        var outputs: [UserAgentOutput] = []
        step(&callee, now, &outputs)
        carry(outputs, fromCaller: false)
    }

    private mutating func carry(_ outputs: [UserAgentOutput], fromCaller: Bool) {
        for output in outputs {
            switch output {
            case .event(let event): if fromCaller { callerEvents.append(event) } else { calleeEvents.append(event) }
            case .send(let bytes, _):
                note(bytes)
                var replies: [UserAgentOutput] = []
                let source = Flow(listener: 0, transport: .udp, remote: fromCaller ? Self.callerEnd : Self.calleeEnd)
                if fromCaller {
                    callee.receive(bytes, from: source, at: now, into: &replies)
                } else {
                    caller.receive(bytes, from: source, at: now, into: &replies)
                }
                carry(replies, fromCaller: !fromCaller)
            }
        }
    }

    private mutating func note(_ bytes: [UInt8]) {
        guard let message = try? SIPMessage.parse(bytes) else { return }
        let name = message.status.map { String($0.code) } ?? message.method?.name ?? ""
        seen.append(name + (message.has(.authorization) ? "+" : ""))
    }

    mutating func takeSeen() -> String {
        defer { seen = [] }
        return seen.filter { $0 != "100" }.joined(separator: " ")
    }

    mutating func invite() throws -> CallHandle {
        let (uri, from) = (try SIPURI.parse("sip:3001@192.0.2.10"), try NameAddress.parse("<sip:bob@voice.example>"))
        let offer = Body(contentType: "application/sdp", bytes: Array("offer".utf8))
        return callerDoes { agent, now, outputs in agent.invite(uri, from: from, body: offer, via: Self.flow, at: now, into: &outputs) }
    }

    /// Runs all timers down.
    mutating func settle() {
        for _ in 0..<100 {
            guard let next = [caller.nextDeadline(), callee.nextDeadline()].compactMap(\.self).min() else { return }
            now = max(now, next)
            callerDoes { agent, now, outputs in agent.fire(at: now, into: &outputs) }
            calleeDoes { agent, now, outputs in agent.fire(at: now, into: &outputs) }
        }
    }
}

@Suite struct UserAgentAuthenticationTests {
    @Test func aCallIsChallengedAndPasses() throws {
        var wire = Wire(password: "swordfish")
        let call = try wire.invite()
        #expect(wire.takeSeen() == "INVITE 401 ACK INVITE+")
        var invited: (CallHandle, IncomingInvite)?
        for case .invited(let call, let invite) in wire.calleeEvents { invited = (call, invite) }
        let (incoming, invite) = try #require(invited)
        #expect(invite.authenticated == "bob")
        let answer = Body(contentType: "application/sdp", bytes: Array("answer".utf8))
        wire.calleeDoes { agent, now, outputs in agent.accept(incoming, body: answer, at: now, into: &outputs) }
        wire.callerDoes { agent, now, outputs in agent.acknowledge(call, at: now, into: &outputs) }
        // RFC 3261 §22.1: the ACK goes with the credentials of its INVITE.
        #expect(wire.takeSeen() == "200 ACK+")
        // What was asked for once in a dialog is shown unasked from then on (RFC 3261 §22.2).
        wire.callerDoes { agent, now, outputs in agent.hangUp(call, at: now, into: &outputs) }
        #expect(wire.takeSeen() == "BYE+ 200")
        wire.settle()
        #expect(wire.caller.tableCounts.isEmpty && wire.callee.tableCounts.isEmpty)
    }

    @Test func aWrongPasswordIsShownOnce() throws {
        var wire = Wire(password: "herring")
        _ = try wire.invite()
        #expect(wire.takeSeen() == "INVITE 401 ACK INVITE+ 401 ACK")
        let failed = wire.callerEvents.contains { if case .failed(_, let status, _, _) = $0 { status == .unauthorized } else { false } }
        #expect(failed && wire.calleeEvents.isEmpty)
        wire.settle()
        #expect(wire.caller.tableCounts.isEmpty && wire.callee.tableCounts.isEmpty)
    }

    /// Each nonce is too old when it comes back: the client tries three times and no more.
    @Test func aServerThatIsNeverContentIsLeft() throws {
        var wire = Wire(password: "swordfish") { $0.nonceLifetime = .zero }
        _ = try wire.invite()
        #expect(wire.takeSeen() == "INVITE 401 ACK INVITE+ 401 ACK INVITE+ 401 ACK")
        wire.settle()
        #expect(wire.caller.tableCounts.isEmpty && wire.callee.tableCounts.isEmpty)
    }

    @Test(arguments: [(SourcePolicy.refused, "INVITE 403 ACK"), (.dropped, "INVITE"), (.trusted, "INVITE")])
    func otherPolicies(_ policy: SourcePolicy, _ wanted: String) throws {
        var wire = Wire(password: "swordfish") { $0.policy = { _ in policy } }
        _ = try wire.invite()
        #expect(wire.takeSeen() == wanted)
        #expect(wire.callee.tableCounts.isEmpty == (policy != .trusted))
    }
}
