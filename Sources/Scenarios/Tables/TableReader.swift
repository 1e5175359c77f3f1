import Findings

/// Reads `tables:` of a scenario file: from CSV files beside it, or written out under `rows`.
struct TableReader {
    let beside: FilesBeside
    var findings: [Finding] = []

    init(beside: FilesBeside) {
        self.beside = beside
    }

    mutating func read(_ node: YAMLNode?, at location: SourceLocation) -> [String: LookupTable] {
        var fields = YAMLFields(node, what: "`tables`", at: location, into: &findings)
        var tables: [String: LookupTable] = [:]
        for pair in fields.takeRest() { tables[pair.key] = table(pair) }
        return tables
    }

    private mutating func table(_ pair: YAMLPair) -> LookupTable {
        var fields = YAMLFields(pair.value, what: "the table `\(pair.key)`", at: pair.keyLocation, into: &findings)
        let types = types(fields.take("fields"), of: pair)
        var table = LookupTable(name: pair.key, fields: types, rows: [:], location: pair.keyLocation)
        let rows = fields.take("rows")
        if let csv = fields.take("csv") {
            let key = fields.take("key")
            if let rows { findings.append(.error("two-values", at: rows.location, "a table has `csv` or `rows`, not both")) }
            if let name = key.flatMap({ $0.text("key", into: &findings) }), let file = beside.read(csv, "csv", into: &findings) {
                table.rows = self.rows(file, key: name, types)
            } else if key == nil {
                findings.append(
                    .error("missing-field", at: pair.keyLocation, "the table does not say which column is its key", mend: "key: number"))
            }
        } else if let rows {
            table.rows = self.rows(rows, of: pair.key, types)
        } else {
            findings.append(
                .error("missing-field", at: pair.keyLocation, "the table has no rows", mend: "csv: \(pair.key).csv, or rows: {…}"))
        }
        fields.finish(into: &findings)
        return table
    }

    private mutating func types(_ node: YAMLNode?, of pair: YAMLPair) -> [String: ScenarioType] {
        var fields = YAMLFields(node, what: "`fields`", at: pair.keyLocation, into: &findings)
        var types: [String: ScenarioType] = [:]
        for field in fields.takeRest() {
            guard let name = field.value.text("type", into: &findings) else { continue }
            guard let type = ScenarioType(simpleName: name), type.isWritten else {
                findings.append(
                    .error(
                        "unknown-type", at: field.value.location, "a table has no fields of type `\(name)`",
                        mend: "the types are: \(ScenarioType.writtenNames.joined(separator: ", "))"))
                continue
            }
            types[field.key] = type
        }
        if node?.pairs?.isEmpty ?? true {
            findings.append(.error("missing-field", at: pair.keyLocation, "the table has no fields", mend: "fields: {name: text}"))
        }
        return types
    }

    // MARK: Written out

    private mutating func rows(_ node: YAMLNode, of name: String, _ types: [String: ScenarioType]) -> [String: [String: ScenarioValue]] {
        var written = YAMLFields(node, what: "the rows of `\(name)`", at: node.location, into: &findings)
        var rows: [String: [String: ScenarioValue]] = [:]
        let pairs = written.takeRest()
        if pairs.count > LookupTable.rowLimit {
            findings.append(.error("file-size", at: node.location, "there are more than \(LookupTable.rowLimit) rows"))
        }
        for pair in pairs.prefix(LookupTable.rowLimit) {
            var fields = YAMLFields(pair.value, what: "the row `\(pair.key)`", at: pair.keyLocation, into: &findings)
            var row: [String: ScenarioValue] = [:]
            for (field, type) in types.sorted(by: { $0.key < $1.key }) {
                guard let node = fields.take(field) else {
                    findings.append(.error("missing-field", at: pair.keyLocation, "the row `\(pair.key)` has no `\(field)`"))
                    continue
                }
                row[field] = value(node.scalar ?? "", field, type, at: node.location)
            }
            fields.finish(into: &findings)
            rows[pair.key] = row
        }
        return rows
    }

    private mutating func value(_ text: String, _ field: String, _ type: ScenarioType, at location: SourceLocation) -> ScenarioValue {
        if let value = type.value(written: text) { return value }
        findings.append(.error("wrong-type", at: location, "`\(field)` must be \(type.name), not `\(text.prefix(40))`"))
        return type.empty
    }

    // MARK: CSV

    private mutating func rows(_ file: (path: String, text: String), key: String, _ types: [String: ScenarioType])
        -> [String: [String: ScenarioValue]]
    {
        func place(_ line: Int) -> SourceLocation { SourceLocation(file: file.path, line: line, column: 1) }
        let lines: [CommaSeparated.Row]
        do {
            lines = try CommaSeparated.read(file.text, limit: LookupTable.rowLimit + 1)
        } catch {
            findings.append(.error("csv-syntax", at: place(error.line), error.message))
            return [:]
        }
        guard let header = lines.first else {
            findings.append(.error("csv-syntax", at: place(1), "the file is empty", mend: "its first line names the columns"))
            return [:]
        }
        guard lines.count <= LookupTable.rowLimit + 1 else {
            findings.append(.error("file-size", at: place(lines[lines.count - 1].line), "there are more than \(LookupTable.rowLimit) rows"))
            return [:]
        }
        let names = header.fields.map(\.trimmed)
        var columns: [String: Int] = [:]
        for name in [key] + types.keys.sorted() {
            columns[name] = names.firstIndex(of: name)
            guard columns[name] == nil else { continue }
            let nearest = NearestName.of(name, among: names)
            let isSemicolons = names.count == 1 && names[0].contains(";")
            findings.append(
                .error(
                    "missing-column", at: place(header.line), "there is no column `\(name)`",
                    mend: isSemicolons ? "columns are separated by commas" : nearest.map { "is it `\($0)`?" }))
        }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            findings.append(.error("duplicate-key", at: place(header.line), "the column `\(name)` is there twice"))
        }
        guard let keyColumn = columns[key], columns.count == Set([key]).union(types.keys).count else { return [:] }
        var rows: [String: [String: ScenarioValue]] = [:]
        var first: [String: Int] = [:]
        // A file in which everything is wrong need not be reported line by line.
        let most = findings.count + 50
        for line in lines.dropFirst() where findings.count < most {
            guard line.fields.count == names.count else {
                findings.append(
                    .error(
                        "csv-syntax", at: place(line.line), "this line has \(line.fields.count) fields, not \(names.count)",
                        mend: "a field with a comma in it must be in quotes"))
                continue
            }
            let value = line.fields[keyColumn].trimmed
            if let earlier = first[value] {
                findings.append(
                    .error("duplicate-key", at: place(line.line), "`\(value.prefix(40))` is already in line \(earlier)"))
                continue
            }
            first[value] = line.line
            var row: [String: ScenarioValue] = [:]
            for (field, type) in types {
                guard let column = columns[field] else { continue }
                row[field] = self.value(line.fields[column].trimmed, field, type, at: place(line.line))
            }
            rows[value] = row
        }
        return rows
    }
}

extension String {
    /// Without spaces at both ends.
    fileprivate var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
