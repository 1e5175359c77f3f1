import Findings

/// States and handlers.
extension StepReader {
    mutating func state(_ pair: YAMLPair) -> ScenarioState {
        var state = ScenarioState(name: pair.key, steps: [], handlers: ScenarioHandlers(), location: pair.keyLocation)
        // A state is a list of steps, or {steps, handlers} when it needs handlers of its own.
        if let pairs = pair.value.pairs, pairs.contains(where: { $0.key == "steps" || $0.key == "handlers" }) {
            var fields = YAMLFields(pair.value, what: "the state `\(pair.key)`", at: pair.keyLocation, into: &findings)
            state.steps = fields.take("steps").map { steps($0) } ?? []
            state.handlers = handlers(fields.take("handlers"))
            fields.finish(into: &findings)
        } else {
            state.steps = steps(pair.value)
        }
        return state
    }

    mutating func handlers(_ node: YAMLNode?) -> ScenarioHandlers {
        guard let node else { return ScenarioHandlers() }
        var fields = YAMLFields(node, what: "`handlers`", at: node.location, into: &findings)
        var handlers = ScenarioHandlers()
        isLeaving = true
        handlers.hangUp = outcome(&fields, "hangup")
        isLeaving = false
        handlers.error = outcome(&fields, "error")
        handlers.limit = outcome(&fields, "limit")
        fields.finish(into: &findings)
        return handlers
    }
}
