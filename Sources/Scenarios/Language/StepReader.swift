import Findings

/// Reads the steps of one scenario. It knows the declared names and their types, so every expression is checked as it
/// is read, and collects what the later checks need: what is set, what is read and what is played.
struct StepReader {
    let types: [String: ScenarioType]
    let inputs: Set<String>
    let result: [String: ScenarioType]
    let stateNames: [String]
    let defaults: [String: [YAMLPair]]
    var tables: [String: LookupTable] = [:]
    var schedules: Set<String> = []
    var locales: [String] = []
    var findings: [Finding] = []
    var uses = VariableUses()
    /// Clips and music classes that are named, with their places.
    var clips: [(name: String, location: SourceLocation)] = []
    var music: [(name: String, location: SourceLocation)] = []
    /// Kinds of `say` that are used, with their places.
    var says: [(kind: SayKind, location: SourceLocation)] = []
    /// Where texts are spoken that nobody has recorded.
    var spoken: [SourceLocation] = []
    /// Inside `handlers.hangup`.
    var isLeaving = false
    /// Inside the `keys` of a conference.
    var isInRoom = false

    init(
        types: [String: ScenarioType], inputs: Set<String>, result: [String: ScenarioType], stateNames: [String],
        defaults: [String: [YAMLPair]]
    ) {
        self.types = types
        self.inputs = inputs
        self.result = result
        self.stateNames = stateNames
        self.defaults = defaults
    }

    /// One step or a list of steps.
    mutating func steps(_ node: YAMLNode) -> [Step] {
        var steps: [Step] = []
        for item in node.itemsOrSelf {
            steps.append(step(item))
        }
        return steps
    }

    mutating func step(_ node: YAMLNode) -> Step {
        if let name = node.scalar {
            let pair = YAMLPair(
                key: name, isKeyQuoted: node.isQuoted, keyLocation: node.location,
                value: YAMLNode(.scalar("", isQuoted: false), at: node.location))
            return step(name, pair, beside: [])
        }
        guard let pairs = node.pairs else {
            findings.append(.error("wrong-type", at: node.location, "a step must be a name or a mapping, not \(node.kindName)"))
            return unreadable(node.location)
        }
        let named = pairs.filter { StepNames.built.contains($0.key) || StepNames.later.contains($0.key) }
        guard let first = named.first else {
            unknownStep(pairs.first?.key ?? "", at: pairs.first?.keyLocation ?? node.location)
            return unreadable(node.location)
        }
        if named.count > 1 {
            findings.append(
                .error(
                    "two-steps", at: named[1].keyLocation, "`\(first.key)` and `\(named[1].key)` stand in one step",
                    mend: "begin each step with a `- ` of its own"))
            return unreadable(first.keyLocation)
        }
        return step(first.key, first, beside: pairs.filter { $0.key != first.key })
    }

    private func unreadable(_ location: SourceLocation, mayLeave: Bool = true) -> Step {
        Step(action: .unreadable(mayLeave: mayLeave), location: location)
    }

    private mutating func unknownStep(_ name: String, at location: SourceLocation) {
        let nearest = NearestName.of(name, among: StepNames.built.union(StepNames.later).sorted())
        findings.append(.error("unknown-step", at: location, "there is no step `\(name)`", mend: nearest.map { "did you mean \($0)?" }))
    }

    private mutating func step(_ name: String, _ pair: YAMLPair, beside: [YAMLPair]) -> Step {
        guard StepNames.built.contains(name) else {
            if StepNames.later.contains(name) {
                findings.append(.error("not-yet", at: pair.keyLocation, "the step `\(name)` is not available in this version"))
            } else {
                unknownStep(name, at: pair.keyLocation)
            }
            return unreadable(pair.keyLocation)
        }
        if isLeaving, !StepNames.withoutMedia.contains(name) {
            findings.append(
                .error(
                    "not-while-leaving", at: pair.keyLocation, "`\(name)` cannot stand here: the caller has left",
                    mend: "only steps without sound can: \(StepNames.withoutMedia.sorted().joined(separator: ", "))"))
            return unreadable(pair.keyLocation)
        }
        if StepNames.nested.contains(name), pair.value.pairs == nil, !pair.value.isNull {
            findings.append(
                .error(
                    "wrong-type", at: pair.value.location, "`\(name)` must be a mapping of fields, not \(pair.value.kindName)", mend: nil))
            return unreadable(pair.keyLocation)
        }
        guard let action = action(StepForm(name: name, value: pair.value, beside: beside, location: pair.keyLocation)) else {
            return unreadable(pair.keyLocation, mayLeave: StepNames.leaving.contains(name))
        }
        return Step(action: action, location: pair.keyLocation)
    }

    private mutating func action(_ form: StepForm) -> StepAction? {
        switch form.name {
        case "answer", "ring", "early_media", "reject", "redirect", "hangup": signalling(form)
        case "play", "say": play(form)
        case "menu": menu(form)
        case "gather": gather(form)
        case "record": record(form)
        case "echo", "moh": hold(form)
        case "set", "return", "emit", "log", "wait", "send_dtmf": simple(form)
        case "if", "switch", "goto", "call": control(form)
        case "lookup", "during", "locale": choosing(form)
        case "dial", "transfer": dialling(form)
        case let name where name.hasPrefix("mailbox.") || name.hasPrefix("conference"): service(form)
        default: nil
        }
    }
}

/// A step as it was written: its name, the value under the name and the fields beside it.
struct StepForm {
    let name: String
    let value: YAMLNode
    let beside: [YAMLPair]
    let location: SourceLocation
}

extension StepReader {
    /// The fields of a step whose fields are nested under its name; nothing may stand beside it.
    mutating func nestedFields(_ form: StepForm) -> YAMLFields {
        for pair in form.beside {
            findings.append(
                .error(
                    "unknown-field", at: pair.keyLocation, "`\(pair.key)` stands beside `\(form.name)`",
                    mend: "the fields of \(form.name) are nested under it: \(form.name): {\(pair.key): …}"))
        }
        let fields = YAMLFields(form.value, what: "`\(form.name)`", at: form.location, into: &findings)
        return withDefaults(fields, form)
    }

    /// The fields that stand beside the main value of a step.
    mutating func fieldsBeside(_ form: StepForm) -> YAMLFields {
        withDefaults(YAMLFields(pairs: form.beside, what: "`\(form.name)`", at: form.location), form)
    }

    private func withDefaults(_ fields: YAMLFields, _ form: StepForm) -> YAMLFields {
        guard let extra = defaults[form.name] else { return fields }
        var fields = fields
        var written = fields
        let names = Set(written.takeRest().map(\.key))
        fields.add(extra.filter { !names.contains($0.key) })
        return fields
    }

    /// An expression, checked; nil after a finding.
    mutating func expression(_ node: YAMLNode, _ name: String) -> (Expression, ScenarioType)? {
        guard let text = node.text(name, into: &findings) else { return nil }
        do {
            return used(try ExpressionParser.parse(text, types: types), at: node.location)
        } catch {
            report(error, in: node)
            return nil
        }
    }

    /// Text with `{name}` in it; a whole-value `{name}` keeps its type.
    mutating func template(_ node: YAMLNode, _ name: String) -> (Expression, ScenarioType)? {
        guard let text = node.scalar else {
            findings.append(.error("wrong-type", at: node.location, "`\(name)` must be text, not \(node.kindName)"))
            return nil
        }
        do {
            return used(try TextTemplate.parse(text, types: types), at: node.location)
        } catch {
            report(error, in: node)
            return nil
        }
    }

    mutating func text(_ node: YAMLNode, _ name: String) -> Expression? {
        template(node, name).map { expression, type in type == .text ? expression : .joined([expression]) }
    }

    private mutating func used(_ result: (Expression, ScenarioType), at location: SourceLocation) -> (Expression, ScenarioType) {
        for name in result.0.variables { uses.reads[name, default: []].append(location) }
        uses.headers.formUnion(result.0.headersRead)
        return result
    }

    private mutating func report(_ error: ExpressionError, in node: YAMLNode) {
        var place = node.location
        // The offset is exact for plain and simply quoted scalars; block scalars keep the place of their beginning.
        place.column += error.offset + (node.isQuoted ? 1 : 0)
        findings.append(.error(error.code, at: place, error.message, mend: error.mend))
    }

    /// A variable that a step stores into: it must be declared, and not as an input or a built-in name.
    mutating func target(_ name: String, at location: SourceLocation) -> ScenarioType? {
        if Scenario.builtIns[name] != nil {
            findings.append(
                .error("read-only", at: location, "`\(name)` is set by the server", mend: "declare a variable of your own under vars"))
            return nil
        }
        if inputs.contains(name) {
            findings.append(
                .error("read-only", at: location, "`\(name)` is an input and cannot be changed", mend: "copy it to a variable under vars"))
            return nil
        }
        guard let type = types[name] else {
            let nearest = NearestName.of(name, among: types.keys)
            findings.append(
                .error(
                    "undefined-variable", at: location, "there is no variable `\(name)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? "declare it under vars"))
            return nil
        }
        return type
    }

    mutating func into(_ fields: inout YAMLFields, _ wanted: ScenarioType) -> String? {
        guard let node = fields.take("into"), let name = node.text("into", into: &findings), let type = target(name, at: node.location)
        else {
            return nil
        }
        guard type == wanted else {
            findings.append(
                .error(
                    "type-mismatch", at: node.location, "`\(name)` is \(type.name), but \(fields.what) gives \(wanted.name)",
                    mend: "declare \(name) as {type: \(wanted.name)}"))
            return nil
        }
        uses.tainted.insert(name)
        return name
    }

    /// A record variable with some or all of the fields that a step gives.
    mutating func into(_ fields: inout YAMLFields, recordOf offered: [String: ScenarioType]) -> String? {
        guard let node = fields.take("into"), let name = node.text("into", into: &findings), let type = target(name, at: node.location)
        else { return nil }
        guard case .record(let wanted) = type, wanted.allSatisfy({ offered[$0.key] == $0.value }) else {
            let names = offered.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.name)" }.joined(separator: ", ")
            findings.append(
                .error(
                    "type-mismatch", at: node.location, "`\(name)` cannot hold what \(fields.what) gives",
                    mend: "declare it as {type: record, fields: {\(names)}}, or with some of these fields"))
            return nil
        }
        uses.tainted.insert(name)
        return name
    }

    mutating func keySet(_ fields: inout YAMLFields, _ name: String = "end", default initial: KeySet) -> KeySet {
        guard let node = fields.take(name) else { return initial }
        switch node.scalar {
        case "none": return .none
        case "any": return .any
        default: return node.digits(name, into: &findings).map { KeySet(keys: Set($0)) } ?? initial
        }
    }

    /// The steps of an outcome; nil when it is not written.
    mutating func outcome(_ fields: inout YAMLFields, _ name: String) -> [Step]? {
        fields.take(name).map { steps($0) }
    }

    /// Gives every failure its steps: its own, or those of `else`; neither is an error.
    mutating func failures(_ fields: inout YAMLFields, _ names: [String]) -> [[Step]] {
        let written = names.map { outcome(&fields, $0) }
        let otherwise = outcome(&fields, "else")
        let missing = zip(names, written).filter { $0.1 == nil }.map(\.0)
        if otherwise == nil, !missing.isEmpty {
            findings.append(
                .error(
                    "missing-outcome", at: fields.location, "\(fields.what) says nothing for: \(missing.joined(separator: ", "))",
                    mend: "write \(missing[0]): … or else: …"))
        }
        return written.map { $0 ?? otherwise ?? [Step(action: .unreadable(mayLeave: true), location: fields.location)] }
    }
}
