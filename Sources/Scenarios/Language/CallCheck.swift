import Findings

/// The `call` steps between scenarios: that the callee is there, gets its inputs, gives what is stored and never comes
/// back to its caller.
struct CallCheck {
    let scenarios: [String: Scenario]
    let order: [String]

    /// The names that some scenario calls.
    var called: Set<String> {
        Set(scenarios.values.flatMap { Self.calls(in: $0).map(\.call.scenario) })
    }

    func findings() -> [Finding] {
        var findings: [Finding] = []
        var graph: [String: Set<String>] = [:]
        for name in order {
            guard let scenario = scenarios[name] else { continue }
            for (call, location) in Self.calls(in: scenario) {
                guard let callee = scenarios[call.scenario] else {
                    let nearest = NearestName.of(call.scenario, among: order)
                    findings.append(
                        .error(
                            "unknown-scenario", at: location, "there is no scenario `\(call.scenario)`",
                            mend: nearest.map { "did you mean \($0)?" }))
                    continue
                }
                graph[name, default: []].insert(callee.name)
                check(call, location, from: scenario, to: callee, into: &findings)
            }
        }
        for cycle in Cycles.find(in: graph, order: order) {
            let place = scenarios[cycle[0]].flatMap { Self.calls(in: $0).first { cycle.contains($0.call.scenario) }?.location }
            guard let place else { continue }
            findings.append(
                .error(
                    "recursive-call", at: place, "\(cycle.map { "`\($0)`" }.joined(separator: ", ")) calls itself again",
                    mend: "use goto within one scenario"))
        }
        return findings
    }

    private func check(
        _ call: CallStep, _ location: SourceLocation, from caller: Scenario, to callee: Scenario, into findings: inout [Finding]
    ) {
        for argument in call.with {
            guard let input = callee.inputs[argument.name] else {
                let nearest = NearestName.of(argument.name, among: callee.inputs.keys)
                findings.append(
                    .error(
                        "unknown-input", at: argument.location, "`\(callee.name)` has no input `\(argument.name)`",
                        mend: nearest.map { "did you mean \($0)?" }))
                continue
            }
            let fits =
                switch argument.value {
                case .written(let text): input.type.value(written: text) != nil
                case .expression(_, let type): type == input.type
                }
            if !fits {
                findings.append(
                    .error(
                        "type-mismatch", at: argument.location, "the input `\(input.name)` of `\(callee.name)` must be \(input.type.name)"))
            }
        }
        for input in callee.inputs.values.sorted(by: { $0.name < $1.name })
        where input.initial == nil && !call.with.contains(where: { $0.name == input.name }) {
            findings.append(
                .error("missing-input", at: location, "`\(callee.name)` needs its input `\(input.name)`", mend: "with: {\(input.name): …}"))
        }
        guard let name = call.into, let type = caller.types[name] else { return }
        let given = callee.result
        let fits = if case .record(let fields) = type { fields.allSatisfy { given[$0.key] == $0.value } } else { false }
        if !fits {
            let fields = given.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.name)" }.joined(separator: ", ")
            findings.append(
                .error(
                    "type-mismatch", at: location, "`\(name)` cannot hold the result of `\(callee.name)`",
                    mend: given.isEmpty ? "it gives no result" : "declare it as {type: record, fields: {\(fields)}}"))
        }
    }

    private static func calls(in scenario: Scenario) -> [(call: CallStep, location: SourceLocation)] {
        let handlers = [scenario.handlers] + scenario.stateOrder.compactMap { scenario.states[$0]?.handlers }
        let lists = scenario.stateOrder.compactMap { scenario.states[$0]?.steps } + handlers.flatMap { [$0.error ?? [], $0.limit ?? []] }
        return lists.flatMap { calls(in: $0) }
    }

    private static func calls(in steps: [Step]) -> [(call: CallStep, location: SourceLocation)] {
        steps.flatMap { step -> [(call: CallStep, location: SourceLocation)] in
            if case .call(let call) = step.action { return [(call, step.location)] }
            return step.action.branches.flatMap { calls(in: $0) }
        }
    }
}

extension StepAction {
    /// All lists of steps that stand inside this step.
    var branches: [[Step]] {
        switch self {
        case .play(let play): [play.done, play.key]
        case .collect(let collect):
            switch collect.kind {
            case .menu(let entries): entries.map(\.steps) + [collect.noInput ?? [], collect.invalid ?? [], collect.exhausted]
            case .gather(_, _, _, _, _, let ok): [ok, collect.noInput ?? [], collect.invalid ?? [], collect.exhausted]
            }
        case .record(let record): [record.ok, record.short, record.silent, record.full]
        case .echo(let hold), .music(_, let hold): [hold.done]
        case .service(let service): [service.done] + service.failures.values
        case .mailboxPlay(let play): [play.play.done, play.play.key, play.absent]
        case .conference(let conference): conference.branches
        case .room(.toggleMute(let muted, let unmuted)): [muted, unmuted]
        case .if(_, let then, let otherwise): [then, otherwise]
        case .switch(_, let cases, let otherwise): cases.map(\.steps) + [otherwise]
        case .during(_, let then, let otherwise): [then, otherwise]
        case .lookup(let lookup): [lookup.found, lookup.missing]
        case .dial(let dial): dial.branches
        case .transfer(let transfer): [transfer.done, transfer.failed]
        default: []
        }
    }
}
