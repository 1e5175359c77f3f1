import SIP
import SIPDialogs
import Scenarios
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Alice, who calls 700, and Bob, with whom a `dial` step joins her.
struct BridgeBench {
    let bench: SwitchboardBench
    var alice: CallerDouble
    /// Bob, by the INVITE that he got.
    var bob: CalleeDouble
    /// The INVITEs to all that the step calls at once.
    let invites: [SIPMessage]
    private var bobsSequence = 1

    static let target = "sip:bob@192.0.2.2"
    /// Where the answers to requests in Alice's dialog say that she is.
    static let aliceContact = "sip:192.0.2.1:5060"

    /// A scenario whose first steps are these; afterwards, unless the last of them leaves, it says good-bye.
    static func scenarios(_ steps: String, leaves: Bool = false) throws -> ScenarioSet {
        let text = """
            scenario: connect
            states:
              start:
            \(steps.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
            \(leaves ? "" : "    - goto: after")
              nobody: [{play: [vm-cannot-store]}, hangup]
              after: [{play: [goodbye]}, hangup]
            """
        let (set, findings) = ScenarioSet.load(
            files: [("connect.yaml", text)], prompts: AnyPrompts(), dialTargets: [try DialTarget("sip:*@192.0.2.2")])
        return try #require(set, "\(findings)")
    }

    static func bench(_ steps: String, leaves: Bool = false, trustsPeers: Bool = false) throws -> SwitchboardBench {
        try SwitchboardBench(
            routes: [Route(pattern: try DialPattern("700"), scenario: "connect", inputs: [:])], trustsPeers: trustsPeers,
            dialTargets: ["sip:*@192.0.2.2"], scenarios: scenarios(steps, leaves: leaves))
    }

    static let plain = "- answer\n- dial: {to: [\"\(target)\"], else: {goto: nobody}}"

    /// As far as Bob's telephone rings; nothing has been looked at since.
    init(ringing steps: String = plain, leaves: Bool = false, trustsPeers: Bool = false) throws {
        bench = try Self.bench(steps, leaves: leaves, trustsPeers: trustsPeers)
        alice = CallerDouble(number: "700")
        bench.receive(alice.request("INVITE", body: CallerDouble.offer))
        var sent = bench.takeSent()
        if let answer = sent.last(where: { $0.status == .ok }) {
            alice.toTag = try answer.envelope().toTag
            bench.receive(alice.request("ACK", branch: "ack"))
            sent += bench.takeSent()
        }
        alice.sequence += 1
        invites = sent.filter { $0.method == .invite }
        bob = CalleeDouble(invite: try #require(invites.first))
    }

    /// As far as they talk.
    init(joined steps: String = plain, leaves: Bool = false, trustsPeers: Bool = false) throws {
        try self.init(ringing: steps, leaves: leaves, trustsPeers: trustsPeers)
        bench.receive(bob.response(200, body: CalleeDouble.answer), from: SwitchboardBench.callee)
        let outputs = bench.takeOutputs()
        #expect(outputs.contains { if case .ordered("bridge 20000 to 20002") = $0.output { true } else { false } })
    }

    // MARK: What they do

    mutating func alice(_ method: String, headers: [String] = [], body: String = "", type: String = "application/sdp") {
        bench.receive(alice.request(method, headers: headers, body: body, type: type))
        if method == "INVITE" { bench.receive(alice.request("ACK", branch: "ack-\(alice.sequence)")) }
        alice.sequence += 1
    }

    mutating func bob(_ method: String, headers: [String] = [], body: String = "", type: String = "application/sdp") {
        bench.receive(
            bob.request(method, sequence: bobsSequence, headers: headers, body: body, type: type), from: SwitchboardBench.callee)
        if method == "INVITE" { bench.receive(bob.request("ACK", sequence: bobsSequence), from: SwitchboardBench.callee) }
        bobsSequence += 1
    }

    /// Answers a request that came to Bob, or to Alice.
    func bobAnswers(_ request: SIPMessage, _ status: Int = 200, direction: String? = nil) {
        let body = direction.map { Self.described($0, of: CalleeDouble.answer) } ?? ""
        bench.receive(bob.response(status, to: request, body: body), from: SwitchboardBench.callee)
    }

    func aliceAnswers(_ request: SIPMessage, _ status: Int = 200, direction: String? = nil) {
        let body = direction.map { Self.described($0, of: CallerDouble.offer) } ?? ""
        bench.receive(CalleeDouble(invite: request, contact: Self.aliceContact).response(status, body: body))
    }

    /// A description with a direction, or on hold by an address of zeros.
    static func described(_ direction: String, of description: String = CallerDouble.offer) -> String {
        if direction == "0.0.0.0" {
            return description.replacing("c=IN IP4 192.0.2.1", with: "c=IN IP4 0.0.0.0").replacing(
                "c=IN IP4 192.0.2.2", with: "c=IN IP4 0.0.0.0")
        }
        return description + "a=\(direction)\r\n"
    }

    var aliceSession: SessionDouble { bench.media.sessions[0] }
    var bobSession: SessionDouble { bench.media.sessions[1] }

    /// Alice hangs up, and nothing is left.
    mutating func end() throws {
        _ = bench.takeSent()
        alice("BYE")
        let bye = try #require(bench.takeSent().first { $0.method == .bye })
        bobAnswers(bye)
        bench.expectNothingLeft()
    }
}

extension SIPMessage {
    /// The direction that its SDP names.
    var direction: String? {
        let text = (body?.bytes).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return ["sendrecv", "sendonly", "recvonly", "inactive"].first { text.contains("\r\na=\($0)\r\n") }
    }
}
