import SIP
import SIPDialogs
import SIPEvents
import Timing

/// Numbers that differ, the same in each run.
final class Counter: @unchecked Sendable {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    @Sendable func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return (state ^ (state >> 31)) &* 0xBF58_476D_1CE4_E5B9
    }
}

/// A small generator with a seed, so that a failure can be played again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A notifier behind a user agent: SUBSCRIBEs go in as texts, NOTIFYs come out as messages, and time is moved by hand.
final class EventBench {
    var agent: UserAgent
    var notifier: Notifier
    var now = MonotonicTime.zero
    var sent: [SIPMessage] = []
    /// Events that are not the notifier's.
    var events: [UserAgentEvent] = []
    var admission = SubscriptionAdmission.granted("1001@example.com", .messageSummary(MessageSummary(new: 2, old: 8)))
    /// When each NOTIFY left, copies apart, by Call-ID.
    private(set) var noticeTimes: [String: [MonotonicTime]] = [:]
    private var branches: Set<String> = []
    private var branch = 0

    static let peer = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.1", port: 5061))

    init(seed: UInt64 = 1, settings: Notifier.Settings = .init(), transports: [TransportKind] = [.udp]) {
        let configuration = UserAgentConfiguration(
            listeners: transports.map { .init(transport: $0, advertisedHost: "192.0.2.10", advertisedPort: 5060) },
            handedOver: [.subscribe, .notify, .refer])
        agent = UserAgent(configuration: configuration, random: Counter(seed).next)
        notifier = Notifier(settings: settings, random: Counter(seed &+ 1).next)
    }

    func run(_ step: (EventBench, inout UserAgent, inout Notifier, inout [UserAgentOutput]) -> Void) {
        var outputs: [UserAgentOutput] = []
        step(self, &agent, &notifier, &outputs)
        settle(outputs)
    }

    private func settle(_ outputs: [UserAgentOutput]) {
        for output in outputs {
            switch output {
            case .send(let bytes, _): if let message = try? SIPMessage.parse(bytes) { note(message) }
            case .event(.requested(let handle, let request)) where request.method == .subscribe:
                run { bench, agent, notifier, outputs in
                    notifier.receive(handle, request, at: bench.now, through: &agent, into: &outputs) { _, _ in bench.admission }
                }
            case .event(let event):
                guard case .responded(let handle, let outcome) = event else {
                    events.append(event)
                    continue
                }
                var isTaken = false
                run { bench, agent, notifier, outputs in
                    isTaken = notifier.responded(handle, outcome, at: bench.now, through: &agent, into: &outputs)
                }
                if !isTaken { events.append(event) }
            }
        }
    }

    private func note(_ message: SIPMessage) {
        sent.append(message)
        guard message.method == .notify, let envelope = try? message.envelope(), branches.insert(envelope.via.branch ?? "").inserted else {
            return
        }
        noticeTimes[envelope.callID, default: []].append(now)
    }

    func receive(_ bytes: [UInt8], from flow: Flow = EventBench.peer) {
        run { bench, agent, _, outputs in agent.receive(bytes, from: flow, at: bench.now, into: &outputs) }
    }

    /// Moves the clock, timer by timer.
    func pass(_ duration: Duration) {
        let end = now + duration
        while let next = [agent.nextDeadline(), notifier.nextDeadline()].compactMap({ $0 }).min(), next <= end {
            now = max(now, next)
            run { bench, agent, notifier, outputs in
                agent.fire(at: bench.now, into: &outputs)
                notifier.fire(at: bench.now, through: &agent, into: &outputs)
            }
        }
        now = end
    }

    func update(_ resource: EventResource, _ state: EventState) {
        run { bench, agent, notifier, outputs in
            notifier.update(resource, to: state, at: bench.now, through: &agent, into: &outputs)
        }
    }

    func close(_ resource: EventResource, _ reason: SubscriptionState.Reason, retryAfter: UInt32? = nil) {
        run { bench, agent, notifier, outputs in
            notifier.close(resource, reason, retryAfter: retryAfter, at: bench.now, through: &agent, into: &outputs)
        }
    }

    /// A request of the peer. `tag`: ours, for one within a dialog.
    func request(
        _ method: String, call: String = "a", sequence: Int = 1, tag: String? = nil, user: String = "1001", contact: Bool = true,
        _ headers: [String] = [], body: String = ""
    ) -> [UInt8] {
        branch += 1
        var lines = [
            "\(method) sip:\(user)@192.0.2.10:5060 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5061;rport;branch=z9hG4bK\(branch)",
            "Max-Forwards: 69", "From: <sip:\(user)@example.com>;tag=theirs",
            "To: <sip:\(user)@example.com>" + (tag.map { ";tag=\($0)" } ?? ""), "Call-ID: \(call)@example.com",
            "CSeq: \(sequence) \(method)",
        ]
        if contact { lines.append("Contact: <sip:\(user)@192.0.2.1:5061>") }
        lines += headers
        return Array((lines + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n").utf8)
    }

    /// Subscribes and returns our tag; the NOTIFY is left in `sent`.
    @discardableResult
    func subscribe(
        call: String = "a", sequence: Int = 1, tag: String? = nil, event: String = "message-summary", expires: Int? = 3600,
        _ headers: [String] = []
    ) -> String? {
        let lines = ["Event: \(event)"] + (expires.map { ["Expires: \($0)"] } ?? []) + headers
        receive(request("SUBSCRIBE", call: call, sequence: sequence, tag: tag, lines))
        guard let place = sent.lastIndex(where: { $0.status != nil }) else { return nil }
        return try? sent.remove(at: place).envelope().toTag
    }

    /// Answers each NOTIFY that waits in `sent`, and returns them.
    @discardableResult
    func answer(_ status: Int = 200, _ headers: [String] = []) -> [SIPMessage] {
        let notifies = sent.filter { $0.method == .notify }
        sent.removeAll { $0.method == .notify }
        for notify in notifies { receive(Self.response(to: notify, status, headers)) }
        return notifies
    }

    static func response(to request: SIPMessage, _ status: Int, _ headers: [String] = []) -> [UInt8] {
        func line(_ id: HeaderID) -> String { "\(id.name): \(request.value(of: id) ?? "")" }
        let lines = ["SIP/2.0 \(status) X", line(.via), line(.from), line(.to), line(.callID), line(.cseq)] + headers
        return Array((lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8)
    }

    /// What was sent since the last look, as `200 NOTIFY`.
    func takeSent() -> String {
        defer { sent = [] }
        return sent.map { $0.status.map { String($0.code) } ?? $0.method?.name ?? "" }.joined(separator: " ")
    }
}

extension SIPMessage {
    var state: String { value(of: .subscriptionState) ?? "" }
    var bodyText: String { body.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" }
}
