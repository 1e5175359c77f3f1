import Findings

/// lookup, during, locale
extension StepReader {
    mutating func choosing(_ form: StepForm) -> StepAction? {
        switch form.name {
        case "lookup": lookup(form)
        case "during": during(form)
        default: locale(form)
        }
    }

    private mutating func lookup(_ form: StepForm) -> StepAction? {
        var fields = nestedFields(form)
        let nodes = (table: fields.take("table"), key: fields.take("key"))
        let table = nodes.table.flatMap { self.table($0) }
        let key = nodes.key.flatMap { self.key($0) }
        let variable = fields.take("into").flatMap { row($0, of: table) }
        let guardName = fields.text("guard", into: &findings)
        let found = outcome(&fields, "found") ?? []
        let missing = failures(&fields, ["missing"])[0]
        fields.finish(into: &findings)
        for (name, node) in [("table", nodes.table), ("key", nodes.key)] where node == nil {
            findings.append(
                .error("missing-field", at: form.location, "`lookup` has no \(name)", mend: "lookup: {table: …, key: …, missing: …}"))
        }
        if guardName != nil, let key { uses.secrets.append((key.variables, form.location)) }
        guard let table, let key else { return nil }
        return .lookup(LookupStep(table: table.name, key: key, into: variable, guardName: guardName, found: found, missing: missing))
    }

    private mutating func table(_ node: YAMLNode) -> LookupTable? {
        guard let name = node.text("table", into: &findings) else { return nil }
        if let table = tables[name] { return table }
        let nearest = NearestName.of(name, among: tables.keys.sorted())
        findings.append(
            .error(
                "unknown-table", at: node.location, "there is no table `\(name)`",
                mend: nearest.map { "did you mean \($0)?" } ?? "declare it under tables"))
        return nil
    }

    /// A variable or another expression; text with `{name}` where it has braces.
    private mutating func key(_ node: YAMLNode) -> Expression? {
        let isTemplate = node.scalar?.contains("{") ?? false
        guard let (expression, type) = isTemplate ? template(node, "key") : self.expression(node, "key") else { return nil }
        guard [.text, .digits, .int].contains(type) else {
            findings.append(
                .error("type-mismatch", at: node.location, "`key` cannot be \(type.name)", mend: "keys are text, digits or int"))
            return nil
        }
        return expression
    }

    /// The record variable that takes a row. A table's values were written by the author, so it is not tainted.
    private mutating func row(_ node: YAMLNode, of table: LookupTable?) -> String? {
        guard let name = node.text("into", into: &findings), let type = target(name, at: node.location) else { return nil }
        guard let table else { return name }
        guard case .record(let wanted) = type, wanted.allSatisfy({ table.fields[$0.key] == $0.value }) else {
            let fields = table.fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.name)" }.joined(separator: ", ")
            findings.append(
                .error(
                    "type-mismatch", at: node.location, "`\(name)` cannot hold a row of `\(table.name)`",
                    mend: "declare it as {type: record, fields: {\(fields)}}"))
            return nil
        }
        return name
    }

    private mutating func during(_ form: StepForm) -> StepAction? {
        var fields = fieldsBeside(form)
        let then = outcome(&fields, "then")
        let otherwise = outcome(&fields, "else") ?? []
        fields.finish(into: &findings)
        if then == nil { findings.append(.error("missing-field", at: form.location, "`during` has no `then`")) }
        return schedule(form.value, "during").map { .during($0, then: then ?? [], else: otherwise) }
    }

    /// The name of a schedule that is there.
    mutating func schedule(_ node: YAMLNode, _ what: String) -> String? {
        guard let name = node.text(what, into: &findings) else { return nil }
        guard schedules.contains(name) else {
            let nearest = NearestName.of(name, among: schedules.sorted())
            findings.append(
                .error(
                    "unknown-schedule", at: node.location, "there is no schedule `\(name)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? "declare it under schedules"))
            return nil
        }
        return name
    }

    private mutating func locale(_ form: StepForm) -> StepAction? {
        let fields = fieldsBeside(form)
        defer { fields.finish(into: &findings) }
        guard let name = form.value.text("locale", into: &findings) else { return nil }
        guard locales.contains(name) else {
            let nearest = NearestName.of(name, among: locales)
            findings.append(
                .error(
                    "unknown-locale", at: form.value.location, "the scenario has no locale `\(name)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? "add it: locales: [\((locales + [name]).joined(separator: ", "))]"))
            return nil
        }
        return .locale(name)
    }
}
