import SIP
import Timing

/// Finding somebody among several targets: who is called when, who is given up, and what to tell when nobody comes.
///
/// ```
///  all:      every target is called at once                     ┐ first to answer (and confirm) ─► connected, the others cancelled
///  in turn:  one after the other, each for `timeout`            ┘ none left ─► the outcome that says most
/// ```
/// Pure: legs are numbers, what is to be done are actions, the clock is passed in.
package struct DialAttempt: Sendable {
    package enum Action: Equatable, Sendable {
        case call(leg: Int, target: String)
        case cancel(leg: Int)
        /// The leg answered and is to say by a key that a person is there.
        case confirm(leg: Int)
        case connect(leg: Int)
        case end(DialFailure)
    }

    private enum LegState: Sendable {
        case calling
        case confirming
    }

    /// Redirections followed in one attempt, and targets called in all: a circle of 3xx ends.
    static let redirections = 5
    static let targetLimit = 32

    private let isInTurn: Bool
    private let timeout: Duration
    private let needsConfirmation: Bool
    /// Not called yet.
    private var waiting: [String]
    private var seen: Set<String>
    private var legs: [Int: (target: String, state: LegState)] = [:]
    private var lastLeg = 0
    private var redirected = 0
    private var failures: [DialFailure] = []
    private var isOver = false
    package private(set) var deadline: MonotonicTime?

    package init(targets: [String], inTurn: Bool, timeout: Duration, confirmation: Bool = false) {
        waiting = Array(targets.prefix(Self.targetLimit))
        seen = Set(waiting)
        isInTurn = inTurn
        self.timeout = timeout
        needsConfirmation = confirmation
    }

    package mutating func start(at now: MonotonicTime) -> [Action] {
        callNext(at: now)
    }

    private mutating func callNext(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while !waiting.isEmpty, legs.isEmpty || !isInTurn {
            lastLeg += 1
            let target = waiting.removeFirst()
            legs[lastLeg] = (target, .calling)
            actions.append(.call(leg: lastLeg, target: target))
            if isInTurn || deadline == nil { deadline = now + timeout }
        }
        guard legs.isEmpty else { return actions }
        isOver = true
        deadline = nil
        return actions + [.end(failures.max { $0.rank < $1.rank } ?? .unreachable(nil))]
    }

    /// A 2xx. The leg is connected, asked to confirm, or too late.
    package mutating func answered(_ leg: Int, at now: MonotonicTime) -> [Action] {
        guard !isOver, legs[leg] != nil else { return [.cancel(leg: leg)] }
        guard needsConfirmation else { return connect(leg) }
        legs[leg]?.state = .confirming
        return [.confirm(leg: leg)]
    }

    package mutating func confirmed(_ leg: Int) -> [Action] {
        guard !isOver, legs[leg]?.state == .confirming else { return [] }
        return connect(leg)
    }

    private mutating func connect(_ leg: Int) -> [Action] {
        let others = legs.keys.filter { $0 != leg }.sorted()
        isOver = true
        deadline = nil
        legs = [:]
        return [.connect(leg: leg)] + others.map { .cancel(leg: $0) }
    }

    /// The leg is gone: with a refusal, a redirection, or by hanging up instead of confirming (`nil`). Contacts of a 3xx go to the front,
    /// best first (RFC 3261 §8.1.3.4).
    package mutating func failed(_ leg: Int, _ failure: DialFailure, contacts: [String] = [], at now: MonotonicTime) -> [Action] {
        guard !isOver, legs.removeValue(forKey: leg) != nil else { return [] }
        let fresh = contacts.filter { !seen.contains($0) }
        if !fresh.isEmpty, redirected < Self.redirections, seen.count + fresh.count <= Self.targetLimit {
            redirected += 1
            seen.formUnion(fresh)
            waiting = fresh + waiting
        } else {
            failures.append(failure)
        }
        return callNext(at: now)
    }

    /// Time is up: for the target that is called now, or for all of them.
    package mutating func fire(at now: MonotonicTime) -> [Action] {
        guard !isOver, let deadline, deadline <= now else { return [] }
        let given = legs.keys.sorted()
        for _ in given { failures.append(.noAnswer(nil)) }
        legs = [:]
        self.deadline = nil
        if !isInTurn { waiting = [] }
        return given.map { .cancel(leg: $0) } + callNext(at: now)
    }

    /// The caller is gone.
    package mutating func abandon() -> [Action] {
        guard !isOver else { return [] }
        isOver = true
        deadline = nil
        let given = legs.keys.sorted()
        legs = [:]
        return given.map { .cancel(leg: $0) }
    }
}

/// Why a target was not reached, with the status that said so (nil: no answer, not allowed, no way).
package enum DialFailure: Equatable, Sendable {
    case busy(StatusCode?)
    case noAnswer(StatusCode?)
    case rejected(StatusCode?)
    case unreachable(StatusCode?)

    /// What a final answer to an INVITE means (RFC 3261 §21).
    package init(status: StatusCode) {
        switch status.code {
        case 486, 600: self = .busy(status)
        // 487 follows our own CANCEL.
        case 408, 480, 487: self = .noAnswer(status)
        // Nobody of that name, or no way to him: the address is to blame, not the person.
        case 404, 410, 484, 485, 500...599, 604: self = .unreachable(status)
        default: self = .rejected(status)
        }
    }

    package var status: StatusCode? {
        switch self {
        case .busy(let status), .noAnswer(let status), .rejected(let status), .unreachable(let status): status
        }
    }

    /// Of several failures the one that says most of the people called: somebody is there and busy, was rung, declined, was not found.
    var rank: Int {
        switch self {
        case .busy: 3
        case .noAnswer: 2
        case .rejected: 1
        case .unreachable: 0
        }
    }
}
