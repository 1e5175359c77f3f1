import Findings

/// Walks every path of a scenario once and says where a call could get stuck, fall out or go round for ever.
///
/// It follows facts along the steps: whether the call may be answered, whether the caller has given a key since the
/// state began, and which variables are surely set. Facts of paths that meet are merged, and states are walked again
/// until nothing changes; the findings are made in a last round.
struct FlowCheck {
    /// What is known where a path stands.
    struct Facts: Equatable {
        /// What the call may be by now.
        struct Signalling: OptionSet, Equatable {
            let rawValue: UInt8
            static let unanswered = Signalling(rawValue: 1)
            static let early = Signalling(rawValue: 2)
            static let answered = Signalling(rawValue: 4)
            static let unknown: Signalling = [.unanswered, .early, .answered]
        }

        var signalling: Signalling
        var hasInput = false
        var set: Set<String>

        func merged(_ other: Facts?) -> Facts {
            guard let other else { return self }
            return Facts(
                signalling: signalling.union(other.signalling), hasInput: hasInput && other.hasInput, set: set.intersection(other.set))
        }
    }

    struct Edge: Equatable {
        var from: String
        var to: String
        var hasInput: Bool
        var isExhausted: Bool
        var location: SourceLocation
    }

    let scenario: Scenario
    /// Another scenario calls this one, so it may start answered.
    let isCalled: Bool
    var findings: [Finding] = []
    var edges: [Edge] = []
    var entries: [String: Facts] = [:]
    var pending: [String] = []
    var state = ""
    var isReporting = false
    var isExhausted = false
    /// A step could not be read, so paths may be missing.
    var hasUnreadable = false

    init(scenario: Scenario, isCalled: Bool) {
        self.scenario = scenario
        self.isCalled = isCalled
    }

    private var alwaysSet: Set<String> {
        Scenario.fromOutside.union(scenario.inputs.keys).union(scenario.variables.values.filter { $0.initial != nil }.map(\.name))
    }

    /// For handlers, which may run at any point.
    private var anything: Facts { Facts(signalling: .unknown, set: Scenario.fromOutside.union(scenario.types.keys)) }

    mutating func check() -> [Finding] {
        enter(scenario.entry, Facts(signalling: isCalled ? .unknown : .unanswered, set: alwaysSet))
        walkHandlers(scenario.handlers)
        // Facts only ever weaken, so this ends; the bound guards against a mistake in this file.
        var rounds = 0
        while let next = pending.popLast(), rounds < 100_000 {
            rounds += 1
            guard let facts = entries[next], let found = scenario.states[next] else { continue }
            state = next
            walkHandlers(found.handlers)
            _ = walk(found.steps, facts)
        }
        isReporting = true
        edges = []
        state = ""
        walkHandlers(scenario.handlers)
        for name in scenario.stateOrder {
            guard let found = scenario.states[name] else { continue }
            state = name
            if entries[name] == nil, !hasUnreadable {
                report(
                    .warning(
                        "unreachable-state", at: found.location, "no path leads to the state `\(name)`",
                        mend: "lead to it with goto, or leave it out"))
            }
            walkHandlers(found.handlers)
            if walk(found.steps, entries[name] ?? anything) != nil {
                report(
                    .error(
                        "falls-off", at: found.steps.last?.location ?? found.location, "the state `\(name)` can fall off its end here",
                        mend: "end it with goto, hangup or return"))
            }
        }
        checkCycles()
        return findings
    }

    mutating func report(_ finding: Finding) {
        if isReporting { findings.append(finding) }
    }

    private mutating func walkHandlers(_ handlers: ScenarioHandlers) {
        for steps in [handlers.hangUp, handlers.error, handlers.limit] {
            guard let steps else { continue }
            let here = state
            // Edges out of handlers are no part of a loop: handlers run a bounded number of times.
            state = ""
            _ = walk(steps, anything)
            state = here
        }
    }

    mutating func enter(_ name: String, _ facts: Facts) {
        var facts = facts
        facts.hasInput = false
        let merged = facts.merged(entries[name])
        guard merged != entries[name] else { return }
        entries[name] = merged
        pending.append(name)
    }

    /// Loops in which no caller ever gives a key.
    private mutating func checkCycles() {
        for edge in edges where edge.isExhausted && !edge.hasInput && edge.from == edge.to {
            report(
                .error(
                    "exhausted-loop", at: edge.location,
                    "`exhausted` leads back to its own state, for a caller who does not answer for ever",
                    mend: "lead on to another state or hang up"))
        }
        guard !scenario.limits.revisitsAreWritten else { return }
        var graph: [String: Set<String>] = [:]
        for edge in edges where !edge.from.isEmpty && !edge.hasInput && !(edge.isExhausted && edge.from == edge.to) {
            graph[edge.from, default: []].insert(edge.to)
        }
        for cycle in Cycles.find(in: graph, order: scenario.stateOrder) {
            let place = edges.first { $0.from == cycle[0] && !$0.hasInput && cycle.contains($0.to) }?.location ?? scenario.location
            report(
                .error(
                    "endless-loop", at: place,
                    "\(cycle.map { "`\($0)`" }.joined(separator: ", ")) can go round without the caller doing anything",
                    mend: "wait for a key on the way, or allow it with limits: {revisits: 12}"))
        }
    }
}

/// Groups of nodes that can each reach all others of the group, and themselves.
enum Cycles {
    static func find(in graph: [String: Set<String>], order: [String]) -> [[String]] {
        var reach: [String: Set<String>] = [:]
        for node in order {
            var seen: Set<String> = []
            var open = Array(graph[node] ?? [])
            while let next = open.popLast() {
                if seen.insert(next).inserted { open += graph[next] ?? [] }
            }
            reach[node] = seen
        }
        var done: Set<String> = []
        var cycles: [[String]] = []
        for node in order where !done.contains(node) && reach[node]?.contains(node) == true {
            let group = order.filter { reach[node]?.contains($0) == true && reach[$0]?.contains(node) == true }
            done.formUnion(group)
            cycles.append(group)
        }
        return cycles
    }
}
