import SIP
import SIPDialogs
import SIPTransactions
import Timing

/// A user agent on a bench: texts go in, texts and events come out, and time is moved by hand.
final class Bench {
    var agent: UserAgent
    var now = MonotonicTime.zero
    /// What was sent and not yet looked at.
    var sent: [(message: SIPMessage, flow: Flow)] = []
    var events: [UserAgentEvent] = []
    /// What was sent and cannot be read, as the answer to a request without From or To.
    var unreadable: [[UInt8]] = []

    static let peer = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.1", port: 5061))
    static let stream = Flow(listener: 1, transport: .tcp, remote: SocketEndpoint(host: "192.0.2.1", port: 40_000), connection: 7)
    static let answer = Body(contentType: "application/sdp", bytes: Array("answer".utf8))

    init(seed: UInt64 = 1, configure: (inout UserAgentConfiguration) -> Void = { _ in }) {
        var configuration = UserAgentConfiguration(listeners: [
            .init(transport: .udp, advertisedHost: "192.0.2.10", advertisedPort: 5060),
            .init(transport: .tcp, advertisedHost: "192.0.2.10", advertisedPort: 5060),
        ])
        configure(&configuration)
        agent = UserAgent(configuration: configuration, random: Counter(seed).next)
    }

    /// Numbers that differ, the same in each run.
    private final class Counter: @unchecked Sendable {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }

        @Sendable func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return (state ^ (state >> 31)) &* 0xBF58_476D_1CE4_E5B9
        }
    }

    func run(_ step: (inout UserAgent, MonotonicTime, inout [UserAgentOutput]) -> Void) {
        var outputs: [UserAgentOutput] = []
        step(&agent, now, &outputs)
        for output in outputs {
            switch output {
            case .send(let bytes, let flow):
                if let message = try? SIPMessage.parse(bytes) { sent.append((message, flow)) } else { unreadable.append(bytes) }
            case .event(let event): events.append(event)
            }
        }
    }

    /// A step that tells whether it was taken.
    func ask(_ step: (inout UserAgent, MonotonicTime, inout [UserAgentOutput]) -> Bool) -> Bool {
        var isTaken = false
        run { isTaken = step(&$0, $1, &$2) }
        return isTaken
    }

    func receive(_ text: String, from flow: Flow = Bench.peer) { receive(Array(text.utf8), from: flow) }
    func receive(_ bytes: [UInt8], from flow: Flow = Bench.peer) {
        run { agent, now, outputs in agent.receive(bytes, from: flow, at: now, into: &outputs) }
    }

    /// Moves the clock, timer by timer.
    func pass(_ duration: Duration) {
        let end = now + duration
        while let next = agent.nextDeadline(), next <= end {
            now = max(now, next)
            run { agent, now, outputs in agent.fire(at: now, into: &outputs) }
        }
        now = end
    }

    /// The statuses and methods sent since the last look, for example `100 180 BYE`.
    func takeSent() -> String {
        defer { sent = [] }
        return sent.map { $0.message.status.map { String($0.code) } ?? $0.message.method?.name ?? "" }.joined(separator: " ")
    }

    /// The events since the last look.
    func takeEvents() -> String {
        defer { events = [] }
        return events.map(Self.name).joined(separator: " ")
    }

    static func name(_ event: UserAgentEvent) -> String {
        switch event {
        case .invited: "invited"
        case .acknowledged(_, let body): body == nil ? "acknowledged" : "acknowledged+body"
        case .reinvited(_, let body): body == nil ? "reinvited" : "reinvited+body"
        case .cancelled: "cancelled"
        case .ended(_, let cause): "ended(\(cause))"
        case .probed(_, let alive): "probed(\(alive))"
        case .progressed(_, let progress): "progressed(\(progress.status.code))" + (progress.body == nil ? "" : "+body")
        case .answered: "answered"
        case .failed(_, let status, _, _): "failed(\(status.code))"
        case .reinviteAnswered(_, let status, _): "reinviteAnswered(\(status.code))"
        case .updated: "updated"
        case .updateAnswered(_, let status, let body): "updateAnswered(\(status.code))" + (body == nil ? "" : "+body")
        case .refreshed: "refreshed"
        case .provisionalAcknowledged(_, let body): body == nil ? "pracked" : "pracked+body"
        case .requested(_, let request): "requested(\(request.method))"
        case .responded(_, let outcome): "responded(\(outcome.status.code))"
        case .malformed: "malformed"
        }
    }

    var lastCall: CallHandle? {
        for case .invited(let call, _) in events.reversed() { return call }
        return nil
    }
}

/// The texts of one caller.
struct Caller {
    var callID = "c1"
    var fromTag = "a1"
    var toTag: String?
    var uri = "sip:601@192.0.2.10"
    var via = "SIP/2.0/UDP 192.0.2.1:5061;rport"
    var contact: String? = "<sip:alice@192.0.2.1:5061>"
    var extra = ""

    func request(
        _ method: String, _ sequence: Int = 1, branch: String? = nil, uri: String? = nil, body: String? = nil, headers: String = ""
    ) -> String {
        var text = "\(method) \(uri ?? self.uri) SIP/2.0\r\nVia: \(via);branch=z9hG4bK\(branch ?? "\(callID)\(method)\(sequence)")\r\n"
        text +=
            "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=\(fromTag)\r\n"
        text += "To: <sip:601@192.0.2.10>\(toTag.map { ";tag=\($0)" } ?? "")\r\n"
        text += "Call-ID: \(callID)\r\nCSeq: \(sequence) \(method)\r\n"
        if let contact { text += "Contact: \(contact)\r\n" }
        text += extra + headers
        if let body {
            text += "Content-Type: application/sdp\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        } else {
            text += "Content-Length: 0\r\n\r\n"
        }
        return text
    }
}

/// A call that was answered and acknowledged.
struct StandingCall {
    let bench: Bench
    var caller: Caller
    let call: CallHandle

    init?(
        _ bench: Bench = Bench(), _ start: Caller = Caller(), from flow: Flow = Bench.peer, acknowledged: Bool = true,
        body: String? = "offer"
    ) {
        self.bench = bench
        caller = start
        bench.receive(caller.request("INVITE", body: body), from: flow)
        guard let call = bench.lastCall else { return nil }
        self.call = call
        bench.run { agent, now, outputs in agent.accept(call, body: Bench.answer, at: now, into: &outputs) }
        caller.toTag = (try? bench.sent.last?.message.envelope())?.toTag
        if acknowledged { bench.receive(caller.request("ACK"), from: flow) }
        _ = bench.takeSent()
        _ = bench.takeEvents()
    }
}
