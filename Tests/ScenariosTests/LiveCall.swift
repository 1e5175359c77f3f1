import Scenarios
import Timing

/// A run whose events a test tells itself.
struct LiveCall {
    var run: ScenarioRun
    var now = MonotonicTime.zero
    /// What the last event brought.
    var commands: [ScenarioCommand] = []
    var all: [ScenarioCommand] = []

    init(_ set: ScenarioSet, _ name: String = "s", call: CallFacts = CallFacts(caller: "412", called: "100", callID: "x")) throws {
        run = ScenarioRun(scenario: try required(set[name], name), in: set, inputs: [:], call: call)
        run.start(at: now, into: &commands)
        all = commands
        if commands.contains(where: { if case .answer = $0 { true } else { false } }) { tell(.answered) }
    }

    /// Checks and starts a scenario of one state; any address may be dialled.
    init(_ steps: String, more: String = "", call: CallFacts = CallFacts(caller: "412", called: "100", callID: "x")) throws {
        try self.init(try Self.set(steps, more: more), call: call)
    }

    static func set(_ steps: String, more: String = "") throws -> ScenarioSet {
        let (set, findings) = ScenarioSet.load(
            files: [("f.yaml", "scenario: s\n\(more)\nstates:\n  a:\n\(steps)\n")], prompts: AnyPrompts(),
            dialTargets: try ["sip:*@b", "sip:*@c"].map { try DialTarget($0) })
        return try required(set, findings.filter { $0.severity == .error }.map(\.description).joined(separator: "\n"))
    }

    mutating func tell(_ event: ScenarioEvent) {
        commands = []
        run.handle(event, at: now, into: &commands)
        all += commands
    }

    mutating func press(_ keys: String) {
        for key in keys { tell(.digit(key)) }
    }

    mutating func pass(_ duration: Duration) {
        now = now + duration
        commands = []
        run.fire(at: now, into: &commands)
        all += commands
    }

    var logs: [String] { all.compactMap { if case .log(let text) = $0 { text } else { nil } } }

    /// The last dial that was ordered.
    func dial() throws -> (id: OrderID, order: DialOrder) {
        for case .dial(let id, let order) in all.reversed() { return (id, order) }
        throw Missing(what: "dial in \(all)")
    }

    func transfer() throws -> (id: OrderID, order: TransferOrder) {
        for case .transfer(let id, let order) in all.reversed() { return (id, order) }
        throw Missing(what: "transfer in \(all)")
    }

    func playing() throws -> Playback {
        for case .play(let playback) in all.reversed() { return playback }
        throw Missing(what: "play in \(all)")
    }
}
