import Findings

extension ScenarioTestCase {
    private enum Sweep: String, CaseIterable {
        case hangup = "hangup_everywhere"
        case silence = "silence_everywhere"
        case key = "every_key_everywhere"
        case failure = "every_failure"
    }

    /// Checks the shape of one test: its fields, its keys and the states that it names.
    static func read(_ node: YAMLNode, _ scenario: Scenario, into findings: inout [Finding]) -> ScenarioTestCase? {
        var fields = YAMLFields(node, what: "a test", at: node.location, into: &findings)
        let name = fields.text("name", into: &findings)
        if name == nil { findings.append(.error("missing-field", at: node.location, "a test needs a name")) }
        _ = fields.text("clock", into: &findings)
        let caller = fields.text("caller", into: &findings) ?? "caller"
        let called = fields.text("called", into: &findings) ?? "called"
        for mapping in ["headers", "mock"] {
            guard let node = fields.take(mapping), node.pairs == nil else { continue }
            findings.append(.error("wrong-type", at: node.location, "`\(mapping)` must be a mapping, not \(node.kindName)"))
        }
        let isSweep = fields.remaining.contains("sweep")
        _ = fields.word("sweep", of: Sweep.self, into: &findings)
        let keys = (fields.take("keys")?.itemsOrSelf ?? []).compactMap { node -> String? in
            // A duration among the keys waits.
            if let text = node.scalar, Duration(written: text) != nil { return text }
            return node.digits("keys", into: &findings)
        }
        let expectNode = fields.take("expect")
        if expectNode == nil, !isSweep { findings.append(.error("missing-field", at: node.location, "a test needs `expect` or `sweep`")) }
        var expect = YAMLFields(expectNode, what: "`expect`", at: node.location, into: &findings)
        let path = expect.take("path").map { $0.itemsOrSelf.compactMap { Self.state($0, scenario, into: &findings) } }
        let state = expect.take("state").flatMap { Self.state($0, scenario, into: &findings) }
        if let locale = expect.take("locale"), let name = locale.text("locale", into: &findings), !scenario.locales.contains(name) {
            findings.append(.error("unknown-locale", at: locale.location, "the scenario has no locale `\(name)`"))
        }
        for later in ["heard", "variables", "mailbox", "room", "ended_by"] { _ = expect.take(later) }
        _ = expect.int("steps_at_most", in: 1...1_000_000, into: &findings)
        expect.finish(into: &findings)
        fields.finish(into: &findings)
        return name.map {
            ScenarioTestCase(name: $0, caller: caller, called: called, keys: keys, path: path, state: state, location: node.location)
        }
    }

    private static func state(_ node: YAMLNode, _ scenario: Scenario, into findings: inout [Finding]) -> String? {
        guard let name = node.text("state", into: &findings) else { return nil }
        if scenario.states[name] == nil {
            let nearest = NearestName.of(name, among: scenario.stateOrder)
            findings.append(
                .error("unknown-state", at: node.location, "there is no state `\(name)`", mend: nearest.map { "did you mean \($0)?" }))
        }
        return name
    }
}
