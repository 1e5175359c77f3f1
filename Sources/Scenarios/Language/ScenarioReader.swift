import Findings

/// Reads one scenario file into a `Scenario`, with everything that can be said of it alone. What needs the other
/// scenarios or the prompts is checked by `ScenarioSet`.
struct ScenarioReader {
    private let text: String
    private let file: String
    private(set) var findings: [Finding] = []
    private(set) var clips: [(name: String, location: SourceLocation)] = []
    private(set) var music: [(name: String, location: SourceLocation)] = []
    private(set) var says: [(kind: SayKind, location: SourceLocation)] = []
    private(set) var spoken: [SourceLocation] = []

    init(text: String, file: String) {
        self.text = text
        self.file = file
    }

    mutating func read(_ surroundings: ScenarioSurroundings) -> Scenario? {
        let (node, problems) = YAMLNode.read(text: text, file: file)
        findings += problems + KeyComments.scan(text, file: file)
        guard let node else { return nil }
        var fields = YAMLFields(node, what: "a scenario", at: node.location, into: &findings)
        let location = node.location
        let nameNode = fields.take("scenario")
        let name = nameNode.flatMap { $0.text("scenario", into: &findings) }
        if nameNode == nil {
            findings.append(.error("missing-field", at: location, "the file does not name its scenario", mend: "scenario: a-name"))
        }
        if let schema = fields.take("schema"), schema.scalar != "1" {
            findings.append(.error("wrong-schema", at: schema.location, "this version reads schema 1, not \(schema.kindName)"))
        }
        let entryNode = fields.take("entry")
        let locales = (fields.take("locales")?.itemsOrSelf ?? []).compactMap { $0.text("locales", into: &findings) }
        let zone = zone(fields.take("zone"), surroundings)
        let beside = FilesBeside(file: file, readFile: surroundings.readFile)
        var tableReader = TableReader(beside: beside)
        let tables = tableReader.read(fields.take("tables"), at: location)
        var scheduleReader = ScheduleReader(
            zone: zone, beside: beside, today: surroundings.now.map { zone.moment(at: $0).date }, flags: surroundings.flags)
        let schedules = scheduleReader.read(fields.take("schedules"), at: location)
        findings += tableReader.findings + scheduleReader.findings
        let inputs = declarations(fields.take("inputs"), what: "inputs", initial: "default")
        let variables = declarations(fields.take("vars"), what: "vars", initial: "init")
        for (name, variable) in variables where inputs[name] != nil {
            findings.append(.error("duplicate-key", at: variable.location, "`\(name)` is already an input"))
        }
        let result = resultTypes(fields.take("result"))
        let limits = limits(fields.take("limits"))
        let defaults = defaults(fields.take("defaults"))
        let handlersNode = fields.take("handlers")
        let statesNode = fields.take("states")
        let testsNode = fields.take("tests")
        fields.finish(into: &findings)

        var scenario = Scenario(
            name: name ?? "", location: nameNode?.location ?? location, entry: "",
            locales: locales.isEmpty ? [surroundings.defaultLocale] : locales, zone: zone,
            inputs: inputs, variables: variables, tables: tables, schedules: schedules, result: result, limits: limits,
            handlers: ScenarioHandlers(), states: [:], stateOrder: [],
            tests: [])
        var stateFields = YAMLFields(statesNode, what: "`states`", at: location, into: &findings)
        let states = stateFields.takeRest()
        if states.isEmpty {
            findings.append(
                .error(
                    "missing-field", at: statesNode?.location ?? location, "the scenario has no states",
                    mend: "states: {start: [answer, hangup]}"))
            return nil
        }
        var reader = StepReader(
            types: scenario.types, inputs: Set(inputs.keys), result: result, stateNames: states.map(\.key), defaults: defaults)
        reader.tables = tables
        reader.schedules = Set(schedules.keys)
        reader.locales = scenario.locales
        scenario.handlers = reader.handlers(handlersNode)
        for pair in states {
            scenario.stateOrder.append(pair.key)
            scenario.states[pair.key] = reader.state(pair)
        }
        scenario.entry = entry(entryNode, states.map(\.key))
        findings += reader.findings
        scenario.tests = tests(testsNode, scenario)
        let data = DataCheck(
            scenario: scenario, uses: reader.uses, isIncomplete: reader.findings.hasErrors, dialTargets: surroundings.dialTargets,
            origins: surroundings.origins)
        findings += data.findings()
        scenario.openTargets = data.openTargets
        scenario.headersRead = reader.uses.headers
        clips = reader.clips
        music = reader.music
        says = reader.says
        spoken = reader.spoken
        return name == nil ? nil : scenario
    }

    private mutating func zone(_ node: YAMLNode?, _ surroundings: ScenarioSurroundings) -> CivilZone {
        guard let node, let name = node.text("zone", into: &findings) else { return surroundings.defaultZone }
        if let zone = CivilZone(named: name) { return zone }
        findings.append(
            .error(
                "unknown-zone", at: node.location, "there is no time zone `\(name)`",
                mend: CivilZone.nearestName(to: name).map { "did you mean \($0)?" } ?? "zones are named like Europe/Berlin"))
        return surroundings.defaultZone
    }

    private mutating func entry(_ node: YAMLNode?, _ states: [String]) -> String {
        guard let node, let name = node.text("entry", into: &findings) else { return states.first ?? "" }
        if !states.contains(name) {
            let nearest = NearestName.of(name, among: states)
            findings.append(
                .error("unknown-state", at: node.location, "there is no state `\(name)`", mend: nearest.map { "did you mean \($0)?" }))
            return states.first ?? ""
        }
        return name
    }

    private mutating func tests(_ node: YAMLNode?, _ scenario: Scenario) -> [ScenarioTestCase] {
        guard let items = node.flatMap({ $0.list("tests", into: &findings) }) else { return [] }
        var tests: [ScenarioTestCase] = []
        for item in items {
            if let test = ScenarioTestCase.read(item, scenario, into: &findings) { tests.append(test) }
        }
        return tests
    }
}

extension ScenarioReader {
    /// `inputs` and `vars`: name to `{type, default or init}`.
    private mutating func declarations(_ node: YAMLNode?, what: String, initial: String) -> [String: ScenarioInput] {
        var fields = YAMLFields(node, what: "`\(what)`", at: SourceLocation(file: file, line: 1, column: 1), into: &findings)
        var declared: [String: ScenarioInput] = [:]
        for pair in fields.takeRest() {
            guard isName(pair.key, at: pair.keyLocation) else { continue }
            var inner = YAMLFields(pair.value, what: "`\(pair.key)`", at: pair.keyLocation, into: &findings)
            let type = type(&inner, of: pair.key)
            var value: ScenarioValue?
            if let node = inner.take(initial) {
                value = node.scalar.flatMap { type.value(written: $0) }
                if value == nil {
                    findings.append(.error("wrong-type", at: node.location, "`\(initial)` must be \(type.name), not \(node.kindName)"))
                    value = type.empty
                }
            }
            inner.finish(into: &findings)
            declared[pair.key] = ScenarioInput(name: pair.key, type: type, initial: value, location: pair.keyLocation)
        }
        return declared
    }

    private mutating func isName(_ name: String, at location: SourceLocation) -> Bool {
        let words: Set<String> = ["and", "or", "not", "in", "true", "false"]
        let isPlain = name.first.map { $0.isASCII && ($0.isLetter || $0 == "_") } ?? false
        guard isPlain, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }), !words.contains(name) else {
            findings.append(
                .error(
                    "wrong-name", at: location, "`\(name)` cannot be a variable's name",
                    mend: "letters, digits and _, beginning with a letter"))
            return false
        }
        guard Scenario.builtIns[name] == nil else {
            findings.append(.error("read-only", at: location, "`\(name)` is set by the server", mend: "choose another name"))
            return false
        }
        return true
    }

    private mutating func type(_ fields: inout YAMLFields, of name: String) -> ScenarioType {
        guard let node = fields.take("type") else {
            _ = fields.take("fields")
            findings.append(.error("missing-field", at: fields.location, "`\(name)` has no type", mend: "\(name): {type: text}"))
            return .text
        }
        let inner = fields.take("fields")
        guard node.scalar == "record" else { return typeNamed(node) }
        var record: [String: ScenarioType] = [:]
        var written = YAMLFields(inner, what: "`fields`", at: node.location, into: &findings)
        for pair in written.takeRest() { record[pair.key] = typeNamed(pair.value) }
        if record.isEmpty {
            findings.append(
                .error("missing-field", at: node.location, "a record needs its fields", mend: "{type: record, fields: {name: text}}"))
        }
        return .record(record)
    }

    private mutating func typeNamed(_ node: YAMLNode) -> ScenarioType {
        guard let name = node.text("type", into: &findings) else { return .text }
        if let type = ScenarioType(simpleName: name) { return type }
        if ScenarioType.namesOfLater.contains(name) {
            findings.append(.error("not-yet", at: node.location, "the type `\(name)` is not available in this version"))
        } else {
            let nearest = NearestName.of(name, among: ScenarioType.names)
            findings.append(
                .error(
                    "unknown-type", at: node.location, "there is no type `\(name)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? "the types are: \(ScenarioType.names.joined(separator: ", "))"))
        }
        return .text
    }

    /// `result: {name: text}` or `result: {name: {type: text}}`.
    private mutating func resultTypes(_ node: YAMLNode?) -> [String: ScenarioType] {
        var fields = YAMLFields(node, what: "`result`", at: SourceLocation(file: file, line: 1, column: 1), into: &findings)
        var types: [String: ScenarioType] = [:]
        for pair in fields.takeRest() {
            if pair.value.pairs == nil {
                types[pair.key] = typeNamed(pair.value)
            } else {
                var inner = YAMLFields(pair.value, what: "`\(pair.key)`", at: pair.keyLocation, into: &findings)
                types[pair.key] = type(&inner, of: pair.key)
                inner.finish(into: &findings)
            }
        }
        return types
    }

    private mutating func limits(_ node: YAMLNode?) -> ScenarioLimits {
        var fields = YAMLFields(node, what: "`limits`", at: SourceLocation(file: file, line: 1, column: 1), into: &findings)
        var limits = ScenarioLimits()
        limits.menus = fields.duration("menus", into: &findings)
        limits.steps = fields.int("steps", in: 1...10_000_000, into: &findings) ?? limits.steps
        if let revisits = fields.int("revisits", in: 1...1_000_000, into: &findings) {
            limits.revisits = revisits
            limits.revisitsAreWritten = true
        }
        fields.finish(into: &findings)
        return limits
    }

    private mutating func defaults(_ node: YAMLNode?) -> [String: [YAMLPair]] {
        var fields = YAMLFields(node, what: "`defaults`", at: SourceLocation(file: file, line: 1, column: 1), into: &findings)
        var defaults: [String: [YAMLPair]] = [:]
        for pair in fields.takeRest() {
            guard let allowed = StepNames.defaults[pair.key] else {
                let nearest = NearestName.of(pair.key, among: StepNames.defaults.keys)
                findings.append(
                    .error(
                        "unknown-field", at: pair.keyLocation, "there are no defaults for `\(pair.key)`",
                        mend: nearest.map { "did you mean \($0)?" }))
                continue
            }
            var inner = YAMLFields(pair.value, what: "the defaults of `\(pair.key)`", at: pair.keyLocation, into: &findings)
            defaults[pair.key] = allowed.sorted().compactMap { inner.takePair($0) }
            inner.finish(into: &findings)
        }
        return defaults
    }
}
