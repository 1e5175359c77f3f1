import Findings
import Scenarios
import Timing

struct Missing: Error { var what: String }

func required<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw Missing(what: what) }
    return value
}

typealias Rehearsal = ScenarioRehearsal

extension ScenarioRehearsal {
    init(_ set: ScenarioSet, _ name: String, inputs: [String: ScenarioValue] = [:], caller: String = "alice") throws {
        let call = CallFacts(caller: caller, called: "100", callID: "x")
        self.init(scenario: try required(set[name], name), in: set, inputs: inputs, call: call)
    }
}

/// Checks texts; prompts are taken as present.
func check(_ texts: String...) -> (set: ScenarioSet?, findings: [Finding]) {
    ScenarioSet.load(files: texts.enumerated().map { ("file\($0.offset).yaml", $0.element) }, prompts: AnyPrompts())
}

/// A clean set, or a failure that names the findings.
func clean(_ texts: String...) throws -> ScenarioSet {
    let (set, findings) = ScenarioSet.load(files: texts.enumerated().map { ("file\($0.offset).yaml", $0.element) }, prompts: AnyPrompts())
    return try required(set, findings.map(\.description).joined(separator: "\n"))
}
