import SIP
import SIPDialogs
import Timing

/// A user agent under messages, commands and jumps of time that the input spells out, eight bytes each: nothing traps, nothing is
/// told of a call that is over, all that was begun ends, and in the end nothing is left.
struct UserAgentFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard let first = bytes.first else { return }
        var walk = UserAgentFuzzing(Int(first))
        var rest = bytes.dropFirst().prefix(96 * FuzzRecord.size)
        while !rest.isEmpty {
            try walk.step(FuzzRecord(rest.prefix(FuzzRecord.size)))
            rest = rest.dropFirst(FuzzRecord.size)
        }
        try walk.finish()
    }

    private let bench: Bench
    private var peers = (0..<4).map { FuzzPeer(number: $0) }
    private var calls: [CallHandle] = []
    private var placed: Set<CallHandle> = []
    private var invited: Set<CallHandle> = []
    private var over: Set<CallHandle> = []
    private var branches: [(call: CallHandle, tag: String)] = []
    private var waiting: [RequestHandle] = []
    private var asked: Set<RequestHandle> = []
    private var answered: Set<RequestHandle> = []
    private var requests: [SIPMessage] = []
    private var history: [([UInt8], Flow)] = []

    private init(_ choice: Int) {
        bench = Bench {
            $0.reliableProvisionals = [.whenDescribed, .always, .never][choice % 3]
            $0.sessionTimer = [SessionTimerPolicy(), SessionTimerPolicy(interval: 90), nil][choice / 3 % 3]
            $0.handedOver = choice & 0x40 == 0 ? [.info, .refer, .subscribe, .notify] : []
            $0.maximumCalls = 6
        }
    }

    // MARK: What happens

    private mutating func step(_ record: FuzzRecord) throws(Surprise) {
        switch record[0] % 8 {
        case 0, 1:
            let peer = record[1] % peers.count
            receive(peers[peer].request(record), peers[peer].flow(record))
        case 2: respond(record)
        case 3, 4: command(record)
        case 5: bench.pass(.milliseconds(FuzzPeer.durations[record[1] % FuzzPeer.durations.count] + record[2] * 8))
        case 6:
            guard !history.isEmpty else { return }
            let (bytes, flow) = history[history.count - 1 - record[1] % history.count]
            receive(record.spoil(bytes), record[2] & 1 == 0 ? flow : FuzzPeer.flows[record[2] >> 1 & 3])
        default:
            let connection = UInt64(7 + record[1] % 2)
            bench.run { agent, now, outputs in
                if record[2] & 1 == 0 {
                    agent.connectionClosed(connection, at: now, into: &outputs)
                } else {
                    agent.unreachable(FuzzPeer.flows[record[2] >> 1 & 3], at: now, into: &outputs)
                }
            }
        }
        let isJump = record[0] % 8 == 5
        try Surprise.unless(bench.sent.count + bench.events.count <= (isJump ? 5_000 : 100), "\(bench.sent.count) messages at once")
        try look()
    }

    private mutating func receive(_ bytes: [UInt8], _ flow: Flow) {
        history = history.suffix(15) + [(bytes, flow)]
        bench.receive(bytes, from: flow)
    }

    private mutating func respond(_ record: FuzzRecord) {
        guard !requests.isEmpty else { return }
        let request = requests[requests.count - 1 - record[1] % requests.count]
        receive(FuzzPeer.response(to: request, record), record[0] & 0x80 == 0 ? Bench.peer : Bench.stream)
    }

    private mutating func command(_ record: FuzzRecord) {
        let status = StatusCode(record.pick(3, FuzzPeer.statuses)) ?? .ok
        let headers = record[5] & 1 == 0 ? [] : [("Reason", "SIP;cause=200"), ("Subject", "x\r\ny")]
        let body = record[4] & 1 == 0 ? Bench.answer : nil
        if record[2] % 24 < 3 { return place(record, body, headers) }
        if record[2] % 24 == 3 {
            guard !waiting.isEmpty else { return }
            let request = waiting[record[1] % waiting.count]
            if status.isFinal { waiting.removeAll { $0 == request } }
            return bench.run { $0.respond(to: request, status, headers: headers, body: body, at: $1, into: &$2) }
        }
        guard !calls.isEmpty else { return }
        let call = calls[calls.count - 1 - record[1] % calls.count]
        if record[2] % 24 == 4 {
            var handle: RequestHandle?
            let method = SIPMethod(record.pick(4, FuzzPeer.methods))
            guard ![.invite, .ack, .cancel].contains(method) else { return }
            bench.run { handle = $0.send(method, in: call, headers: headers, body: body, at: $1, into: &$2) }
            if let handle { asked.insert(handle) }
            return
        }
        let tag = branches.isEmpty ? "" : branches[record[4] % branches.count].tag
        bench.run { agent, now, outputs in
            switch record[2] % 24 {
            case 5, 6: agent.provisional(call, status: .ringing, body: record[4] & 2 == 0 ? nil : body, at: now, into: &outputs)
            case 7: agent.provisional(call, status: .sessionProgress, body: body, headers: headers, at: now, into: &outputs)
            case 8, 9, 10: agent.accept(call, body: body, headers: headers, at: now, into: &outputs)
            case 11: agent.reject(call, status: status.isFinal && !status.isSuccess ? status : .busyHere, at: now, into: &outputs)
            case 12: agent.hangUp(call, headers: headers, at: now, into: &outputs)
            case 13: agent.answerReinvite(call, status: status.isFinal ? status : .ok, body: body, at: now, into: &outputs)
            case 14: agent.answerReinvite(call, status: .ok, body: body, at: now, into: &outputs)
            case 15: _ = agent.reinvite(call, body: body, headers: headers, at: now, into: &outputs)
            case 16: _ = agent.update(call, body: body, at: now, into: &outputs)
            case 17: _ = agent.update(call, branch: tag, body: body, at: now, into: &outputs)
            case 18: agent.answerUpdate(call, status: record[4] & 2 == 0 ? .ok : .notAcceptableHere, body: body, at: now, into: &outputs)
            case 19, 20: agent.acknowledge(call, body: body, at: now, into: &outputs)
            case 21: agent.answerProvisional(call, branch: tag, body: Bench.answer, at: now, into: &outputs)
            case 22: agent.hangUp(call, branch: tag, at: now, into: &outputs)
            default: agent.probe(call, at: now, into: &outputs)
            }
        }
    }

    /// Requests of ours outside of a dialog.
    private mutating func place(_ record: FuzzRecord, _ body: Body?, _ headers: [(String, String)]) {
        let target = (try? SIPURI.parse(record.pick(4, FuzzPeer.targets))) ?? SIPURI(user: nil, host: "192.0.2.1")
        let from = NameAddress(uri: SIPURI(user: "me", host: "192.0.2.10"))
        let flow = record.pick(1, FuzzPeer.flows)
        let routes = record[5] & 2 == 0 ? [] : ["<sip:192.0.2.7;lr>", "<sip:192.0.2.8>"]
        if record[2] % 24 == 2 {
            let request = OutgoingRequest(
                SIPMethod(record.pick(3, ["OPTIONS", "REGISTER", "SUBSCRIBE", "MESSAGE"])), target: target, from: from,
                to: NameAddress(uri: target), routes: routes, flow: flow, headers: headers, body: body)
            bench.run { asked.insert($0.send(request, at: $1, into: &$2)) }
        } else {
            guard placed.subtracting(over).count < 8 else { return }
            bench.run {
                let call = $0.invite(target, from: from, body: body, via: flow, routes: routes, headers: headers, at: $1, into: &$2)
                placed.insert(call)
                calls = calls.suffix(7) + [call]
            }
        }
    }

    // MARK: What comes out

    private mutating func look() throws(Surprise) {
        for event in bench.events { try note(event) }
        bench.events = []
        for bytes in bench.unreadable {
            // A refusal gives back what was wrong; what we ask by ourselves is right.
            try Surprise.unless(bytes.starts(with: Array("SIP/2.0".utf8)), "we wrote \(String(decoding: bytes, as: UTF8.self))")
        }
        bench.unreadable = []
        for (message, _) in bench.sent {
            try Surprise.unless(message.bytes.count <= SIPMessage.maximumSize, "\(message.bytes.count) bytes at once")
            for index in peers.indices { peers[index].learn(message) }
            guard message.method != nil else { continue }
            _ = try Surprise.ifThrown("our request has no envelope") { () throws(SIPParseError) in try message.envelope() }
            _ = try Surprise.ifThrown("our request has no target") { () throws(SIPParseError) in try message.requestURI() }
            if message.method != .ack { requests = requests.suffix(15) + [message] }
        }
        bench.sent = []
    }

    private mutating func note(_ event: UserAgentEvent) throws(Surprise) {
        switch event {
        case .invited(let call, _):
            try Surprise.unless(!calls.contains(call) && !over.contains(call), "a call comes twice")
            calls = calls.suffix(7) + [call]
            invited.insert(call)
        case .ended(let call, _), .cancelled(let call), .failed(let call, _, _, _):
            try Surprise.unless(over.insert(call).inserted, "a call ends twice: \(Bench.name(event))")
            calls.removeAll { $0 == call }
        case .acknowledged(let call, _), .reinvited(let call, _), .probed(let call, _), .answered(let call, _, _),
            .reinviteAnswered(let call, _, _), .updated(let call, _), .updateAnswered(let call, _, _), .refreshed(let call, _),
            .provisionalAcknowledged(let call, _):
            try Surprise.unless(!over.contains(call), "\(Bench.name(event)) after the end")
        case .progressed(let call, let progress):
            try Surprise.unless(!over.contains(call), "progress after the end")
            branches = branches.suffix(7) + [(call, progress.branch ?? "")]
        case .requested(let request, _): waiting.append(request)
        case .responded(let request, let outcome):
            guard outcome.status.isFinal else { break }
            try Surprise.unless(asked.contains(request) && answered.insert(request).inserted, "an answer twice, or unasked")
        case .malformed: break
        }
    }

    /// Everybody hangs up, nobody answers any more.
    private mutating func finish() throws(Surprise) {
        for request in waiting { bench.run { $0.respond(to: request, .ok, at: $1, into: &$2) } }
        waiting = []
        for call in invited.union(placed).subtracting(over) {
            bench.run { $0.hangUp(call, at: $1, into: &$2) }
        }
        try look()
        // An ACK is waited for, then the answer to the BYE, then copies: 64*T1 each.
        for _ in 0..<16 {
            bench.pass(.seconds(10))
            try look()
        }
        try Surprise.unless(bench.agent.tableCounts.isEmpty, "left over: \(bench.agent.tableCounts)")
        try Surprise.unless(placed.isSubset(of: over), "\(placed.subtracting(over).count) calls of ours never ended")
        try Surprise.unless(asked == answered, "\(asked.subtracting(answered).count) requests of ours never got an outcome")
    }
}
