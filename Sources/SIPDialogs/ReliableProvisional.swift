import SIP
import SIPTransactions
import Timing

/// The reliable provisional responses to one INVITE, as its server sends them (RFC 3262 §3).
///
/// ```
///           submit: sent under the next number
///   +------+ --------------------------------> +---------+  timer (T1, doubled each time): sent again
///   | free |                                   | waiting |  submit: queued
///   +------+ <-------------------------------- +---------+
///       PRACK with nothing queued                |  |  | PRACK with more queued: the next is sent
///                                                |  |  +---> waiting
///                   final response of ours       |  | 64*T1
///   +--------+ <---------------------------------+  +------> given up: the INVITE gets 504
///   | closed |  PRACK: still matched, once
///   +--------+
/// ```
/// A PRACK that names no waiting response is the peer's error, or a copy that outlived its transaction: 481 in either case.
struct ReliableProvisional: Sendable {
    struct Response: Sendable {
        var status: StatusCode
        var headers: [(String, String)] = []
        var body: Body?
    }

    /// A response that is to be sent now, with the RSeq it goes under.
    struct Numbered: Sendable {
        let number: UInt32
        let response: Response
    }

    enum Due: Hashable, Sendable {
        case sendAgain
        /// No PRACK came in 64*T1.
        case giveUp
    }

    private struct Waiting: Sendable {
        let number: UInt32
        let carriesDescription: Bool
        var clock = TransactionClock()
    }

    private let invite: CSeq
    private let timers: Timers
    private var nextNumber: UInt32
    private var waiting: Waiting?
    private var queue: [Response] = []
    private var isClosed = false

    /// More than these wait for no application: the newest replaces the last.
    static let longestQueue = 8

    /// `random` chooses the first number evenly from 1...2**31 - 1 (RFC 3262 §3).
    init(invite: CSeq, timers: Timers, random: UInt64) {
        self.invite = invite
        self.timers = timers
        nextNumber = UInt32(truncatingIfNeeded: random % 0x7FFF_FFFF) + 1
    }

    /// A 2xx has to wait for the PRACK of a response that carried a session description (RFC 3262 §3).
    var holdsAnswer: Bool { waiting?.carriesDescription == true && !isClosed }
    var isWaiting: Bool { waiting != nil && !isClosed }
    var nextDeadline: MonotonicTime? { isClosed ? nil : waiting?.clock.nextDeadline }

    /// Takes a response; what comes back is to be sent now, else its turn comes after a PRACK.
    mutating func submit(_ response: Response, at now: MonotonicTime) -> Numbered? {
        // §3: no new reliable provisional after a final response.
        guard !isClosed else { return nil }
        guard waiting == nil else {
            if queue.count >= Self.longestQueue { queue.removeLast() }
            queue.append(response)
            return nil
        }
        return begin(response, at: now)
    }

    /// Takes a PRACK: nil when it matches nothing, else what is to be sent now, if anything.
    mutating func acknowledge(_ acknowledgement: ProvisionalAcknowledgement, at now: MonotonicTime) -> Numbered?? {
        guard let waiting, waiting.number == acknowledgement.responseNumber, acknowledgement.request == invite else { return nil }
        self.waiting = nil
        guard !queue.isEmpty, !isClosed else { return .some(nil) }
        return .some(begin(queue.removeFirst(), at: now))
    }

    /// The final response is decided on: what is still queued is not sent any more.
    mutating func dropQueue() { queue = [] }

    /// The final response was sent: nothing is repeated, but a PRACK under way is still matched (RFC 3262 §3).
    mutating func close() {
        isClosed = true
        queue = []
    }

    mutating func fire(at now: MonotonicTime) -> Due? {
        guard !isClosed, let due = waiting?.clock.due(at: now) else { return nil }
        guard due == .retransmission else {
            waiting = nil
            close()
            return .giveUp
        }
        // §3: doubled without the limit of T2.
        waiting?.clock.backOff(limit: nil, at: now)
        return .sendAgain
    }

    private mutating func begin(_ response: Response, at now: MonotonicTime) -> Numbered {
        let number = nextNumber
        // It begins below 2**31, so it does not come round within any call's life (§7.1).
        nextNumber &+= 1
        var clock = TransactionClock()
        clock.repeatAfter(timers.t1, at: now)
        clock.expireAfter(timers.timeout, at: now)
        waiting = Waiting(number: number, carriesDescription: response.body != nil, clock: clock)
        return Numbered(number: number, response: response)
    }
}
