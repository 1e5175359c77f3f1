import SIP
import SIPDialogs
import SIPEvents
import Timing

/// Subscribers, changes and jumps of time that the input spells out, eight bytes each, around all that sends NOTIFY: nothing traps,
/// each subscription is told its end at most once and nothing after it, a restart loses none, and in the end nothing is left.
struct NotifierFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard let first = bytes.first else { return }
        var walk = NotifierFuzzing(Int(first))
        var rest = bytes.dropFirst().prefix(96 * FuzzRecord.size)
        while !rest.isEmpty {
            try walk.step(FuzzRecord(rest.prefix(FuzzRecord.size)))
            rest = rest.dropFirst(FuzzRecord.size)
        }
        try walk.finish()
    }

    /// What one subscription has been told.
    private struct Told {
        var sequence: UInt32 = 0
        var version: UInt64?
        var isOver = false
    }

    private struct Referral {
        let call: CallHandle?
        var subscription: ReferSubscription
    }

    private var agent: UserAgent
    private var notifier: Notifier
    private var lamps = UnsolicitedNotices(limit: 3)
    private var referrals: [Referral] = []
    private var referrers: Set<CallHandle> = []
    private var calls: Set<CallHandle> = []
    private var now = MonotonicTime.zero
    private var starts: UInt64 = 1
    private let settings: Notifier.Settings
    private var subscribers = (0..<4).map { FuzzSubscriber(number: $0) }
    /// Requests of ours that may be answered.
    private var requests: [SIPMessage] = []
    private var history: [([UInt8], Flow)] = []
    private var branches: Set<String> = []
    private var told: [String: Told] = [:]
    private var watched: Set<EventResource> = []
    private var admission = SubscriptionAdmission.refused(.notFound)

    private init(_ choice: Int) {
        var settings = Notifier.Settings()
        settings.limit = [2, 4, 8, 100][choice & 3]
        settings.limitPerResource = [1, 2, 3, 100][choice >> 2 & 3]
        settings.longestDuration = [60, 600, 86_400, .max][choice >> 4 & 3]
        settings.usualDuration = min(settings.longestDuration, 3_600)
        self.settings = settings
        (agent, notifier) = Self.start(settings, seed: 1)
    }

    private static func start(_ settings: Notifier.Settings, seed: UInt64) -> (UserAgent, Notifier) {
        let listeners = [TransportKind.udp, .tcp].map {
            UserAgentConfiguration.Listener(transport: $0, advertisedHost: "192.0.2.10", advertisedPort: 5060)
        }
        let configuration = UserAgentConfiguration(listeners: listeners, handedOver: [.subscribe, .notify, .refer])
        return (
            UserAgent(configuration: configuration, random: Counter(seed << 32).next),
            Notifier(settings: settings, random: Counter(seed << 32 | 1).next)
        )
    }

    // MARK: What happens

    private mutating func step(_ record: FuzzRecord) throws(Surprise) {
        let package = EventPackage.allCases[record[2] & 1]
        let resource = EventResource(package, FuzzSubscriber.resources[record[2] >> 1 & 3])
        let state = FuzzSubscriber.state(package, record[3])
        var outputs: [UserAgentOutput] = []
        switch record[0] & 15 {
        case 0...3: try ask(record)
        case 4:
            guard !requests.isEmpty else { return }
            let request = requests[requests.count - 1 - record[1] % requests.count]
            try receive(FuzzSubscriber.response(to: request, record), FuzzSubscriber.flow(record[4]))
        case 5:
            for request in requests { try receive(FuzzSubscriber.response(to: request, FuzzRecord([])), FuzzSubscriber.flows[0]) }
            requests = []
        case 6, 7: notifier.update(resource, to: state, at: now, through: &agent, into: &outputs)
        case 8:
            let reason = record.pick(4, [.noresource, .rejected, .deactivated, .probation, .giveup] as [SubscriptionState.Reason])
            notifier.close(
                resource, reason, retryAfter: record[3] == 0 ? nil : UInt32(record[3]), at: now, through: &agent, into: &outputs)
        case 9, 10, 11: try pass(.milliseconds(record.pick(1, FuzzSubscriber.durations) + record[2] * 8))
        case 12:
            for index in referrals.indices where record[1] & 1 == 0 || index == record[2] % referrals.count {
                let status = StatusCode(record.pick(3, [100, 180, 183, 200, 302, 486, 503, 699])) ?? .ok
                let fragment = StatusFragment(status, reason: [nil, "", "x\r\ny", "\u{E9}"][record[4] & 3])
                referrals[index].subscription.tell(fragment, at: now, through: &agent, into: &outputs)
            }
        case 13: try light(record, into: &outputs)
        case 14:
            guard !history.isEmpty, record[1] & 3 != 0 else {
                let flow = FuzzSubscriber.flows[record[2] & 3]
                if let connection = flow.connection { agent.connectionClosed(connection, at: now, into: &outputs) }
                agent.unreachable(flow, at: now, into: &outputs)
                break
            }
            let (bytes, flow) = history[history.count - 1 - record[1] >> 2 % history.count]
            try receive(record.spoil(bytes), record[2] & 1 == 0 ? flow : FuzzSubscriber.flows[record[2] >> 1 & 3])
        default: try restart(record)
        }
        try settle(outputs)
    }

    private mutating func receive(_ bytes: [UInt8], _ flow: Flow) throws(Surprise) {
        history = history.suffix(15) + [(bytes, flow)]
        var outputs: [UserAgentOutput] = []
        agent.receive(bytes, from: flow, at: now, into: &outputs)
        try settle(outputs)
    }

    private mutating func ask(_ record: FuzzRecord) throws(Surprise) {
        let package = EventPackage.allCases[record[5] >> 2 & 1]
        let state = record[5] & 8 == 0 ? FuzzSubscriber.state(package, record[5]) : nil
        admission = .granted(FuzzSubscriber.resources[record[5] & 3], state)
        if record[5] >> 4 == 15 { admission = .refused(record[5] & 1 == 0 ? .notFound : .forbidden) }
        let number = record[0] >> 4 & 3
        try receive(subscribers[number].request(record), FuzzSubscriber.flow(record[4] >> 5))
    }

    private mutating func light(_ record: FuzzRecord, into outputs: inout [UserAgentOutput]) throws(Surprise) {
        guard case .messageSummary(let summary) = FuzzSubscriber.state(.messageSummary, record[3]) else { return }
        let target = SIPURI(user: "100\(record[1] & 3)", host: record[4] & 1 == 0 ? "192.0.2.1" : "h.example")
        let notice = UnsolicitedNotice(
            summary, to: target, from: NameAddress(uri: SIPURI(user: "vm", host: "h")),
            routes: record[4] & 2 == 0 ? [] : ["<sip:192.0.2.7;lr>", "<sip:192.0.2.8>"], flow: FuzzSubscriber.flow(record[4] >> 5))
        let delay = Duration.milliseconds(record[2] * 16)
        let isTaken = lamps.tell("\(target.user ?? "")", notice, after: delay, at: now, through: &agent, into: &outputs)
        try Surprise.unless(isTaken || lamps.tableCount >= 3, "a lamp refused though there is room")
    }

    /// The process ends and another one takes the subscriptions up: what is written can be read.
    private mutating func restart(_ record: FuzzRecord) throws(Surprise) {
        var records = notifier.records(at: now, unixTime: 1_000).sorted { $0.dialog.localTag < $1.dialog.localTag }
        let isSpoilt = record[3] & 7 == 7 && !records.isEmpty
        if isSpoilt {
            records[0].expiry = [.min, .max, 0, 2_000][record[4] & 3]
            if record[4] & 4 != 0 { records[0].dialog.localSequence = .max - UInt32(record[5]) }
            if record[4] & 8 != 0 { records[0].dialog.remoteTarget = "tel:1" }
        }
        starts += 1
        (agent, notifier) = Self.start(settings, seed: starts)
        (lamps, referrals, referrers, calls, watched, requests) = (UnsolicitedNotices(limit: 3), [], [], [], [], [])
        now = .zero + .seconds(record[1])
        let unixTime = 1_000 + [0, 1, 59, 100_000][record[2] & 3] as Int64
        let count = notifier.restore(
            records, spreadOver: .seconds([0, 1, 30, 3_600][record[2] >> 2 & 3]), at: now, unixTime: unixTime, through: &agent)
        let due = records.filter { $0.expiry > unixTime }.count
        try Surprise.unless(isSpoilt || count == due, "\(count) of \(due) subscriptions taken up again")
    }

    private mutating func pass(_ duration: Duration) throws(Surprise) {
        let end = now + duration
        var rounds = 0
        while let next = nextDeadline(), next <= end {
            now = max(now, next)
            var outputs: [UserAgentOutput] = []
            agent.fire(at: now, into: &outputs)
            notifier.fire(at: now, through: &agent, into: &outputs)
            lamps.fire(at: now, through: &agent, into: &outputs)
            for index in referrals.indices { referrals[index].subscription.fire(at: now, through: &agent, into: &outputs) }
            try settle(outputs)
            rounds += 1
            try Surprise.unless(rounds < 20_000, "time does not pass")
        }
        now = end
    }

    private mutating func nextDeadline() -> MonotonicTime? {
        let deadlines = [agent.nextDeadline(), notifier.nextDeadline(), lamps.nextDeadline()]
        return (deadlines + referrals.map(\.subscription.nextDeadline)).compactMap { $0 }.min()
    }

    // MARK: What comes out

    private mutating func settle(_ outputs: [UserAgentOutput]) throws(Surprise) {
        var queue = outputs[...]
        while let output = queue.popFirst() {
            var more: [UserAgentOutput] = []
            switch output {
            case .send(let bytes, _): try note(bytes)
            case .event(.requested(let handle, let request)): answer(handle, request, into: &more)
            case .event(.responded(let handle, let outcome)): try take(handle, outcome, into: &more)
            case .event(.invited(let call, _)):
                calls.insert(call)
                agent.accept(call, body: Body(contentType: "application/sdp", bytes: [0x76]), at: now, into: &more)
            case .event(.ended(let call, _)), .event(.cancelled(let call)): calls.remove(call)
            case .event: break
            }
            queue = more + queue
        }
        referrals.removeAll { $0.subscription.isOver }
        for notice in notifier.takeNotices() {
            switch notice {
            case .watched(let resource): try Surprise.unless(watched.insert(resource).inserted, "\(resource) watched twice")
            case .unwatched(let resource): try Surprise.unless(watched.remove(resource) != nil, "\(resource) unwatched twice")
            }
        }
        try Surprise.unless(watched == Set(notifier.watchedResources), "not as told: \(watched)")
        try Surprise.unless(notifier.subscriptionCount <= settings.limit, "\(notifier.subscriptionCount) subscriptions")
    }

    /// As the switchboard does.
    private mutating func answer(_ handle: RequestHandle, _ request: IncomingRequest, into outputs: inout [UserAgentOutput]) {
        switch request.method {
        case .refer:
            let isBusy = request.call != nil && referrals.contains { $0.call == request.call }
            guard !isBusy, referrals.count < 8 else { return agent.respond(to: handle, .requestPending, at: now, into: &outputs) }
            do throws(SIPParseError) {
                let isFirst = request.call.map { !referrers.contains($0) } ?? true
                let subscription = try ReferSubscription(
                    accepting: handle, request, isFirst: isFirst, at: now, through: &agent, into: &outputs)
                referrals.append(Referral(call: request.call, subscription: subscription))
                if let call = request.call { referrers.insert(call) }
            } catch {
                agent.respond(to: handle, error.status, reason: error.reason, at: now, into: &outputs)
            }
        case .subscribe:
            let event = try? request.message.event()
            let own = referrals.firstIndex {
                $0.call == request.call
                    && (request.call != nil || request.usage != nil && $0.subscription.dialogIdentifier == request.usage)
            }
            guard let own, event?.package == ReferSubscription.package else {
                let admission = admission
                return notifier.receive(handle, request, at: now, through: &agent, into: &outputs) { _, _ in admission }
            }
            referrals[own].subscription.receive(handle, request, at: now, through: &agent, into: &outputs)
        default: agent.respond(to: handle, .ok, at: now, into: &outputs)
        }
    }

    private mutating func take(
        _ handle: RequestHandle, _ outcome: RequestOutcome, into outputs: inout [UserAgentOutput]
    ) throws(Surprise) {
        var owners = notifier.responded(handle, outcome, at: now, through: &agent, into: &outputs) ? 1 : 0
        if lamps.responded(handle, outcome, at: now, through: &agent, into: &outputs) { owners += 1 }
        for index in referrals.indices
        where referrals[index].subscription.responded(handle, outcome, at: now, through: &agent, into: &outputs) { owners += 1 }
        try Surprise.unless(owners == 1, "an answer to \(owners) requests")
    }

    private mutating func note(_ bytes: [UInt8]) throws(Surprise) {
        guard let message = try? SIPMessage.parse(bytes), let envelope = try? message.envelope() else {
            // A refusal gives back what was wrong; what we ask by ourselves is right.
            return try Surprise.unless(bytes.starts(with: Array("SIP/2.0".utf8)), "we wrote \(String(decoding: bytes, as: UTF8.self))")
        }
        try Surprise.unless(bytes.count <= SIPMessage.maximumSize, "\(bytes.count) bytes at once")
        for index in subscribers.indices { subscribers[index].learn(message) }
        guard let method = message.method, method != .ack, branches.insert(envelope.via.branch ?? "").inserted else { return }
        requests = requests.suffix(15) + [message]
        guard method == .notify else { return }
        let event = try Surprise.ifThrown("our Event") { () throws(SIPParseError) in try message.event() }
        let state = try Surprise.ifThrown("our Subscription-State") { () throws(SIPParseError) in try message.subscriptionState() }
        let name = "\(envelope.callID) \(envelope.fromTag) \(event?.text ?? "")"
        var known = told[name] ?? Told()
        try Surprise.unless(!known.isOver, "a NOTIFY after the last one of \(name)")
        try Surprise.unless(envelope.cseq.number > known.sequence, "CSeq \(envelope.cseq.number) after \(known.sequence)")
        if let body = message.body, body.contentType.hasPrefix("application/conference"), let version = Self.version(body.bytes) {
            try Surprise.unless(known.version.map { $0 < version } ?? true, "version \(version) after \(known.version ?? 0)")
            known.version = version
        }
        known.sequence = envelope.cseq.number
        known.isOver = state?.phase == .terminated
        told[name] = known
    }

    private static func version(_ bytes: [UInt8]) -> UInt64? {
        let text = String(decoding: bytes.prefix(400), as: UTF8.self)
        // That of XML itself is no whole number.
        return text.split(separator: " ").lazy.filter { $0.hasPrefix("version=\"") }.compactMap {
            UInt64($0.dropFirst(9).prefix { $0 != "\"" })
        }.first
    }

    /// Nobody answers any more, and the longest subscription runs out.
    private mutating func finish() throws(Surprise) {
        var outputs: [UserAgentOutput] = []
        for call in calls { agent.hangUp(call, at: now, into: &outputs) }
        try settle(outputs)
        try pass(.seconds(Int64(settings.longestDuration) + 10_000))
        try Surprise.unless(notifier.tableCount == 0, "\(notifier.tableCount) left in the notifier")
        try Surprise.unless(lamps.tableCount == 0, "\(lamps.tableCount) left of the lamps")
        try Surprise.unless(referrals.isEmpty, "\(referrals.count) referrals left")
        try Surprise.unless(agent.tableCounts.isEmpty, "left over: \(agent.tableCounts)")
        try Surprise.unless(nextDeadline() == nil, "a timer is left")
    }
}
