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
        let clock = fields.take("clock").flatMap { Self.clock($0, into: &findings) }
        let caller = fields.text("caller", into: &findings) ?? "caller"
        let called = fields.text("called", into: &findings) ?? "called"
        let headers = Self.headers(fields.take("headers"), at: node.location, into: &findings)
        let mocks = Mocks(fields.take("mock"), at: node.location, into: &findings)
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
        let localeNode = expect.take("locale")
        let locale = localeNode.flatMap { $0.text("locale", into: &findings) }
        if let localeNode, let locale, !scenario.locales.contains(locale) {
            findings.append(.error("unknown-locale", at: localeNode.location, "the scenario has no locale `\(locale)`"))
        }
        let heard = expect.take("heard").map { $0.itemsOrSelf.compactMap { Self.heard($0, into: &findings) } }
        let variables = Self.variables(expect.take("variables"), scenario, at: node.location, into: &findings)
        for later in ["mailbox", "room", "ended_by"] { _ = expect.take(later) }
        _ = expect.int("steps_at_most", in: 1...1_000_000, into: &findings)
        expect.finish(into: &findings)
        fields.finish(into: &findings)
        return name.map {
            ScenarioTestCase(
                name: $0, caller: caller, called: called, keys: keys, path: path, state: state, clock: clock, headers: headers,
                flags: mocks.flags,
                dials: mocks.dials, transfers: mocks.transfers, locale: locale, heard: heard, variables: variables, location: node.location)
        }
    }

    private static func clock(_ node: YAMLNode, into findings: inout [Finding]) -> CivilMoment? {
        if let moment = node.scalar.flatMap({ CivilMoment(written: $0) }) { return moment }
        findings.append(
            .error(
                "wrong-type", at: node.location, "`clock` must be a day and a time, not \(node.kindName)",
                mend: "clock: \"2026-03-03T10:00\""))
        return nil
    }

    private struct Mocks {
        var flags: Set<String>
        var dials: [DialEnd]
        var transfers: [MockedTransfer]

        init(_ node: YAMLNode?, at location: SourceLocation, into findings: inout [Finding]) {
            var fields = YAMLFields(node, what: "`mock`", at: location, into: &findings)
            for later in ["http", "mailbox", "room"] { _ = fields.take(later) }
            flags = Set((fields.take("flags")?.itemsOrSelf ?? []).compactMap { $0.text("flags", into: &findings) })
            dials = Self.words("dial", &fields, into: &findings)
            transfers = Self.words("transfer", &fields, into: &findings)
            fields.finish(into: &findings)
        }

        private static func words<Word: RawRepresentable & CaseIterable>(
            _ name: String, _ fields: inout YAMLFields, into findings: inout [Finding]
        )
            -> [Word]
        where Word.RawValue == String {
            guard let pair = fields.takePair(name) else { return [] }
            return pair.value.itemsOrSelf.compactMap { item in
                var one = pair
                one.value = item
                var written = YAMLFields(pairs: [one], what: "`mock`", at: item.location)
                return written.word(name, of: Word.self, into: &findings)
            }
        }
    }

    /// Headers of the INVITE.
    private static func headers(_ node: YAMLNode?, at location: SourceLocation, into findings: inout [Finding]) -> [String: String] {
        var fields = YAMLFields(node, what: "`headers`", at: location, into: &findings)
        var headers: [String: String] = [:]
        for pair in fields.takeRest() {
            if let refusal = HeaderName.refusal(reading: pair.key) {
                findings.append(.error("wrong-header", at: pair.keyLocation, refusal))
            }
            guard let text = pair.value.scalar else {
                findings.append(.error("wrong-type", at: pair.value.location, "`\(pair.key)` must be text, not \(pair.value.kindName)"))
                continue
            }
            headers[pair.key.lowercased()] = text
        }
        return headers
    }

    /// The name of a clip, or `{say: {digits: "412"}}` with the text that is said.
    private static func heard(_ node: YAMLNode, into findings: inout [Finding]) -> PromptItem? {
        if let name = node.scalar, !node.isNull { return .clip(name) }
        var fields = YAMLFields(node, what: "`heard`", at: node.location, into: &findings)
        if let spoken = fields.text("speak", into: &findings) {
            fields.finish(into: &findings)
            return .speech(spoken)
        }
        if let address = fields.text("url", into: &findings) {
            fields.finish(into: &findings)
            return .url(address)
        }
        var said = YAMLFields(fields.take("say"), what: "`say`", at: node.location, into: &findings)
        fields.finish(into: &findings)
        var item: PromptItem?
        for kind in SayKind.allCases {
            if let text = said.text(kind.rawValue, into: &findings) { item = .say(kind, text) }
        }
        said.finish(into: &findings)
        if item == nil {
            findings.append(
                .error(
                    "wrong-type", at: node.location, "`heard` takes clips and things said",
                    mend: "heard: [welcome, {say: {digits: \"412\"}}]"))
        }
        return item
    }

    private static func variables(_ node: YAMLNode?, _ scenario: Scenario, at location: SourceLocation, into findings: inout [Finding])
        -> [String: String]
    {
        var fields = YAMLFields(node, what: "`variables`", at: location, into: &findings)
        var variables: [String: String] = [:]
        for pair in fields.takeRest() {
            if scenario.types[pair.key] == nil {
                let nearest = NearestName.of(pair.key, among: scenario.types.keys)
                findings.append(
                    .error(
                        "undefined-variable", at: pair.keyLocation, "there is no variable `\(pair.key)`",
                        mend: nearest.map { "did you mean \($0)?" }))
            }
            guard let text = pair.value.scalar else {
                findings.append(.error("wrong-type", at: pair.value.location, "`\(pair.key)` must be text, not \(pair.value.kindName)"))
                continue
            }
            variables[pair.key] = text
        }
        return variables
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
