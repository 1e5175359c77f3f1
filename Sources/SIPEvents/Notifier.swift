import SIP
import SIPDialogs
import Timing

/// All subscriptions to mailboxes and rooms (RFC 6665 §4.2), without clock or randomness of its own.
///
/// ```
///  SUBSCRIBE ─► receive ─► UserAgent: 200, NOTIFY        update, close ◄─ MessageStore, ConferenceFocus
///  answers   ─► responded                                takeNotices   ─► which resources are watched
/// ```
/// It writes through the user agent that is handed in, which must be the one that the requests came from.
package struct Notifier: Sendable {
    package struct Settings: Sendable {
        /// Seconds, where a SUBSCRIBE names none (RFC 3842 §3.4, RFC 4575 §3.4).
        package var usualDuration: UInt32 = 3_600
        package var longestDuration: UInt32 = 86_400
        /// Below this 423 (RFC 6665 §4.2.1.1: not for an hour or more).
        package var briefestDuration: UInt32 = 60
        package var limit = 50_000
        package var limitPerResource = 1_000

        package init() {}
    }

    struct Entry: Sendable {
        var machine: NotifierSubscription
        var dialog: Dialog
        let resource: EventResource
        let eventID: String?
        /// What the subscriber knows; nil: nothing for certain.
        var shown: EventState?
        /// The number of the next document (RFC 4575 §4.1: they count within one subscription).
        var version: UInt32 = 0
    }

    struct Topic: Sendable {
        /// nil as long as nobody has told it.
        var state: EventState?
        /// In the order in which they came.
        var subscribers: [DialogIdentifier] = []
    }

    let settings: Settings
    let random: @Sendable () -> UInt64
    var entries: [DialogIdentifier: Entry] = [:]
    var topics: [EventResource: Topic] = [:]
    var sent: [RequestHandle: DialogIdentifier] = [:]
    var deadlines = DeadlineQueue<DialogIdentifier>()
    var notices: [NotifierNotice] = []
    /// Another number whenever `records` would give something else that matters: time to save them.
    package internal(set) var revision: UInt64 = 0

    package init(settings: Settings = Settings(), random: @escaping @Sendable () -> UInt64) {
        self.settings = settings
        self.random = random
    }

    package var subscriptionCount: Int { entries.count }
    package var watchedResources: [EventResource] { Array(topics.keys) }
    /// Whether anybody is to be told when `resource` changes: making its state may be dear.
    package func watches(_ resource: EventResource) -> Bool { topics[resource] != nil }

    /// All that is remembered; zero once all subscriptions have ended.
    package var tableCount: Int { entries.count + topics.count + sent.count + deadlines.count }

    package mutating func nextDeadline() -> MonotonicTime? { deadlines.next() }

    /// What has happened since the last call.
    package mutating func takeNotices() -> [NotifierNotice] {
        defer { notices = [] }
        return notices
    }

    /// Sends what is due and ends what has expired.
    package mutating func fire(at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]) {
        while let id = deadlines.popDue(at: now) { advance(id, .time, at: now, through: &agent, into: &outputs) }
    }

    /// Tells a resource's state; for one that nobody watches it is forgotten at once.
    package mutating func update(
        _ resource: EventResource, to state: EventState, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) {
        guard var topic = topics[resource], topic.state != state else { return }
        let isNew = topic.state == nil
        topic.state = state
        topics[resource] = topic
        for id in topic.subscribers { advance(id, isNew ? .learned : .changed, at: now, through: &agent, into: &outputs) }
    }

    /// Ends all subscriptions to a resource: it is gone (`noresource`), or nobody may watch it any more (`rejected`).
    package mutating func close(
        _ resource: EventResource, _ reason: SubscriptionState.Reason, retryAfter: UInt32? = nil, at now: MonotonicTime,
        through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) {
        for id in topics[resource]?.subscribers ?? [] {
            advance(id, .close(reason, retryAfter: retryAfter), at: now, through: &agent, into: &outputs)
            revision &+= 1
        }
    }

    /// The answer to a NOTIFY; false when it was none of these.
    package mutating func responded(
        _ request: RequestHandle, _ outcome: RequestOutcome, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let id = sent[request] else { return false }
        guard outcome.status.isFinal else { return true }
        sent[request] = nil
        let verdict = NotifyVerdict(outcome)
        entries[id]?.dialog.absorb(outcome)
        if verdict != .accepted { entries[id]?.shown = nil }
        advance(id, .answered(verdict), at: now, through: &agent, into: &outputs)
        return true
    }
}

/// What the owner of mailboxes and rooms should know.
package enum NotifierNotice: Hashable, Sendable {
    /// The first subscriber came: `update` is due, now and at each change.
    case watched(EventResource)
    /// The last one went.
    case unwatched(EventResource)
}
