import Findings

/// set, return, emit, log, wait, send_dtmf; if, switch, goto, call
extension StepReader {
    mutating func simple(_ form: StepForm) -> StepAction? {
        let fields = fieldsBeside(form)
        defer { fields.finish(into: &findings) }
        switch form.name {
        case "set": return set(form)
        case "return": return .return(results(form))
        case "log":
            let text = text(form.value, "log")
            if let text { uses.printed.append((text.variables, form.value.location)) }
            return text.map { .log($0) }
        case "wait": return form.value.duration("wait", into: &findings).map { .wait($0) }
        case "send_dtmf": return text(form.value, "send_dtmf").map { .sendDigits($0) }
        default:
            var emitted = YAMLFields(form.value, what: "`emit`", at: form.location, into: &findings)
            let event = emitted.text("event", into: &findings)
            let data = emitted.take("data").map { assignments($0, what: "`data`", at: form.location) } ?? []
            emitted.finish(into: &findings)
            if event == nil {
                findings.append(.error("missing-field", at: form.location, "`emit` needs an event", mend: "emit: {event: name}"))
            }
            for field in data { uses.printed.append((field.value.variables, field.location)) }
            return event.map { .emit(event: $0, data) }
        }
    }

    private mutating func set(_ form: StepForm) -> StepAction? {
        var fields = YAMLFields(form.value, what: "`set`", at: form.location, into: &findings)
        var assignments: [Assignment] = []
        for pair in fields.takeRest() {
            let type = target(pair.key, at: pair.keyLocation)
            guard var (value, found) = expression(pair.value, pair.key), let type else { continue }
            if type == .digits, case .literal(.text(let text)) = value, let keys = TelephoneKeys.read(text) {
                (value, found) = (.literal(.digits(keys)), .digits)
            }
            guard type == found else {
                findings.append(
                    .error(
                        "type-mismatch", at: pair.value.location, "`\(pair.key)` is \(type.name) and cannot be set to \(found.name)",
                        mend: found == .int && type == .digits ? "write keys in quotes: '12'" : nil))
                continue
            }
            uses.flows.append((pair.key, value.variables))
            assignments.append(Assignment(name: pair.key, value: value, location: pair.keyLocation))
        }
        return .set(assignments)
    }

    /// Named values as text with `{name}`.
    private mutating func assignments(_ node: YAMLNode, what: String, at location: SourceLocation) -> [Assignment] {
        var fields = YAMLFields(node, what: what, at: location, into: &findings)
        var assignments: [Assignment] = []
        for pair in fields.takeRest() {
            guard let (value, _) = template(pair.value, pair.key) else { continue }
            assignments.append(Assignment(name: pair.key, value: value, location: pair.value.location))
        }
        return assignments
    }

    /// What `return` gives, each field as the scenario's `result` declares it.
    private mutating func results(_ form: StepForm) -> [Assignment] {
        var results: [Assignment] = []
        for assignment in assignments(form.value, what: "`return`", at: form.location) {
            guard let type = result[assignment.name] else {
                let nearest = NearestName.of(assignment.name, among: result.keys)
                findings.append(
                    .error(
                        "unknown-field", at: assignment.location, "the result of this scenario has no field `\(assignment.name)`",
                        mend: nearest.map { "did you mean \($0)?" } ?? "declare it under result"))
                continue
            }
            var assignment = assignment
            let found: ScenarioType?
            switch assignment.value {
            case .literal(.text(let text)):
                let value = type.value(written: text)
                if let value { assignment.value = .literal(value) }
                found = value?.type
            case .variable(let name): found = types[name]
            case .field(.variable(let name), let field): found = types[name]?.fields[field]
            default: found = .text
            }
            guard found == type else {
                findings.append(.error("type-mismatch", at: assignment.location, "the result `\(assignment.name)` must be \(type.name)"))
                continue
            }
            results.append(assignment)
        }
        for name in result.keys.sorted() where !results.contains(where: { $0.name == name }) && !form.value.isNull {
            findings.append(.warning("missing-field", at: form.location, "`return` leaves out the result `\(name)`"))
        }
        return results
    }

    mutating func control(_ form: StepForm) -> StepAction? {
        var fields = fieldsBeside(form)
        defer { fields.finish(into: &findings) }
        switch form.name {
        case "if":
            let condition = expression(form.value, "if")
            if let condition, condition.1 != .bool {
                findings.append(
                    .error(
                        "type-mismatch", at: form.value.location, "`if` needs a bool, not \(condition.1.name)",
                        mend: "compare it with something"))
            }
            let then = outcome(&fields, "then")
            let otherwise = outcome(&fields, "else") ?? []
            if then == nil { findings.append(.error("missing-field", at: form.location, "`if` has no `then`")) }
            return condition.map { .if($0.0, then: then ?? [], else: otherwise) }
        case "switch":
            return choice(form, &fields)
        case "goto":
            guard let name = form.value.text("goto", into: &findings) else { return nil }
            guard stateNames.contains(name) else {
                let nearest = NearestName.of(name, among: stateNames)
                findings.append(
                    .error(
                        "unknown-state", at: form.value.location, "there is no state `\(name)`", mend: nearest.map { "did you mean \($0)?" }
                    ))
                return nil
            }
            return .goto(name)
        default:
            return call(form, &fields)
        }
    }

    private mutating func choice(_ form: StepForm, _ fields: inout YAMLFields) -> StepAction? {
        let subject = expression(form.value, "switch")
        var cases: [SwitchCase] = []
        var written = YAMLFields(fields.take("cases"), what: "`cases`", at: form.location, into: &findings)
        for pair in written.takeRest() {
            let steps = steps(pair.value)
            guard let subject else { continue }
            guard let value = subject.1.value(written: pair.key) else {
                findings.append(.error("type-mismatch", at: pair.keyLocation, "`\(pair.key)` is no \(subject.1.name)"))
                continue
            }
            if cases.contains(where: { $0.value == value }) {
                findings.append(.error("duplicate-key", at: pair.keyLocation, "`\(pair.key)` is the same value as an earlier case"))
            }
            cases.append(SwitchCase(value: value, steps: steps))
        }
        let otherwise = outcome(&fields, "else") ?? []
        return subject.map { .switch($0.0, cases: cases, else: otherwise) }
    }

    private mutating func call(_ form: StepForm, _ fields: inout YAMLFields) -> StepAction? {
        let name = form.value.text("call", into: &findings)
        var written = YAMLFields(fields.take("with"), what: "`with`", at: form.location, into: &findings)
        var arguments: [CallArgument] = []
        for pair in written.takeRest() {
            guard let (expression, type) = template(pair.value, pair.key) else { continue }
            let value: CallArgument.Value
            if case .literal(.text(let text)) = expression { value = .written(text) } else { value = .expression(expression, type) }
            arguments.append(CallArgument(name: pair.key, value: value, location: pair.value.location))
        }
        var variable: String?
        if let node = fields.take("into"), let name = node.text("into", into: &findings), target(name, at: node.location) != nil {
            uses.tainted.insert(name)
            variable = name
        }
        return name.map { .call(CallStep(scenario: $0, with: arguments, into: variable)) }
    }
}
