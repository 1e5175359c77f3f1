import Yams

extension YAMLNode {
    /// The largest file that is read, in bytes: far above any real one, and small enough to be read at once.
    package static let sizeLimit = 1 << 20

    /// Reads one YAML document.
    ///
    /// The node is nil when the text is not YAML, when it uses what is refused (`YAMLTraps`), or when it is empty;
    /// the findings then hold at least one error. Duplicate keys are findings too, but the rest is read on.
    package static func read(text: String, file: String) -> (YAMLNode?, [Finding]) {
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard text.utf8.count <= sizeLimit else {
            return (nil, [.error("yaml-size", at: start, "the file is larger than 1 MiB", mend: "split it")])
        }
        let traps = YAMLTraps.scan(text, file: file)
        guard traps.isEmpty else { return (nil, traps) }
        var reader = YAMLReader(text: text, file: file)
        do {
            guard let node = try reader.read() else {
                return (nil, [.error("yaml-empty", at: start, "the file is empty", mend: nil)])
            }
            return (reader.findings.hasErrors && node.isNull ? nil : node, reader.findings)
        } catch {
            return (nil, reader.findings + [reader.finding(for: error)])
        }
    }
}

private struct YAMLReader {
    let file: String
    let text: String
    private var lines: [[Unicode.Scalar]]
    private var renamed: [Int: [Int: Unicode.Scalar]] = [:]
    private(set) var findings: [Finding] = []

    init(text: String, file: String) {
        self.file = file
        self.text = text
        lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.map(Array.init)
    }

    /// Yams stops at the first mapping with a duplicate key. To go on and name every mistake at once, the first letter
    /// of that key is replaced by a private-use character, which moves no column, and put back when nodes are made.
    mutating func read() throws -> YAMLNode? {
        var attempts = 0
        while true {
            do {
                var source = String.UnicodeScalarView()
                for (index, line) in lines.enumerated() {
                    if index > 0 { source.append("\n") }
                    source.append(contentsOf: line)
                }
                // The resolver without rules keeps every scalar as text.
                let parser = try Parser(yaml: String(source), resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { return nil }
                // The parser must outlive this: nodes hold their anchors weakly.
                return withExtendedLifetime(parser) { node(root, depth: 0) }
            } catch YamlError.duplicatedKeysInMapping(_, let context) where attempts < 64 && rename(at: context.mark, attempts) {
                attempts += 1
            }
        }
    }

    private mutating func rename(at mark: Mark, _ attempt: Int) -> Bool {
        let line = mark.line - 1
        guard lines.indices.contains(line) else { return false }
        var column = mark.column - 1
        guard lines[line].indices.contains(column) else { return false }
        if lines[line][column] == "\"" || lines[line][column] == "'" { column += 1 }
        guard lines[line].indices.contains(column), renamed[mark.line]?[mark.column] == nil else { return false }
        let old = lines[line][column]
        guard !"[]{}\"'\\".unicodeScalars.contains(old), let mask = Unicode.Scalar(0xE000 + UInt32(attempt)) else { return false }
        renamed[mark.line, default: [:]][mark.column] = old
        lines[line][column] = mask
        return true
    }

    private func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private mutating func node(_ node: Node, depth: Int) -> YAMLNode {
        let place = location(node.mark)
        guard depth < YAMLTraps.depthLimit else {
            findings.append(
                .error(
                    "yaml-depth", at: place, "lists and mappings are nested more than \(YAMLTraps.depthLimit) deep", mend: "flatten them"))
            return YAMLNode(.scalar("", isQuoted: false), at: place)
        }
        if node.anchor != nil {
            findings.append(
                .error("yaml-anchor", at: place, "anchors and aliases are refused", mend: "write the value out where it is needed"))
            return YAMLNode(.scalar("", isQuoted: false), at: place)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            return YAMLNode(.scalar(scalar.string, isQuoted: !isPlain), at: place)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for item in sequence { items.append(self.node(item, depth: depth + 1)) }
            return YAMLNode(.sequence(items), at: place)
        case .mapping(let mapping):
            return YAMLNode(.mapping(pairs(mapping, depth: depth)), at: place)
        case .alias:
            return YAMLNode(.scalar("", isQuoted: false), at: place)
        }
    }

    private mutating func pairs(_ mapping: Node.Mapping, depth: Int) -> [YAMLPair] {
        var pairs: [YAMLPair] = []
        var first: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            let place = location(key.mark)
            guard case .scalar(let scalar) = key, key.anchor == nil else {
                findings.append(.error("yaml-key", at: place, "a key must be plain text", mend: nil))
                continue
            }
            var name = scalar.string
            if let old = renamed[place.line]?[place.column], let mask = name.unicodeScalars.first {
                name.unicodeScalars.removeFirst()
                name = String(old) + name
                _ = mask
            }
            let child = node(value, depth: depth + 1)
            if let earlier = first[name] {
                findings.append(
                    .error(
                        "duplicate-key", at: place, "`\(name)` stands twice here; the first is in line \(earlier.line)",
                        mend: "leave one of them"))
                continue
            }
            first[name] = place
            pairs.append(YAMLPair(key: name, isKeyQuoted: scalar.style != .plain, keyLocation: place, value: child))
        }
        return pairs
    }

    func finding(for error: any Error) -> Finding {
        let start = SourceLocation(file: file, line: 1, column: 1)
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _), YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let detail = context.map { " (\($0.text) that began in line \($0.mark.line))" } ?? ""
            return .error("yaml-syntax", at: location(mark), "this is not YAML: \(problem)\(detail)", mend: nil)
        case YamlError.reader(let problem, let offset, _, let yaml):
            var place = start
            for scalar in yaml.prefix(offset ?? 0).unicodeScalars {
                place.column += 1
                if scalar == "\n" { (place.line, place.column) = (place.line + 1, 1) }
            }
            return .error("yaml-syntax", at: place, "this is not YAML: \(problem)", mend: nil)
        case YamlError.duplicatedKeysInMapping(let names, let context):
            return .error("duplicate-key", at: location(context.mark), "`\(names.joined(separator: "`, `"))` stands twice here", mend: nil)
        default:
            return .error("yaml-syntax", at: start, "this cannot be read as YAML", mend: nil)
        }
    }
}
