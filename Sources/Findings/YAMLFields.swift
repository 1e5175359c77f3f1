/// The fields of a mapping, taken one by one by name. What nobody took is a mistake: `finish` says so, with the
/// nearest name that was asked for.
package struct YAMLFields {
    /// What the mapping describes, in the words of a finding: `menu`, `the listener`.
    package let what: String
    package let location: SourceLocation
    private var pairs: [YAMLPair]
    private var asked: [String] = []

    /// An absent or null node counts as a mapping without fields; anything else but a mapping is a finding.
    package init(_ node: YAMLNode?, what: String, at location: SourceLocation, into findings: inout [Finding]) {
        self.what = what
        self.location = node?.location ?? location
        pairs = node?.pairs ?? []
        if let node, node.pairs == nil, !node.isNull {
            findings.append(.error("wrong-type", at: node.location, "\(what) must be a mapping of fields, not \(node.kindName)"))
        }
    }

    package init(pairs: [YAMLPair], what: String, at location: SourceLocation) {
        self.what = what
        self.location = location
        self.pairs = pairs
    }

    /// The names that are written and not taken yet.
    package var remaining: [String] { pairs.map(\.key) }

    /// Takes a field out; it is known from then on, whether it was there or not.
    package mutating func take(_ name: String) -> YAMLNode? {
        takePair(name)?.value
    }

    package mutating func takePair(_ name: String) -> YAMLPair? {
        asked.append(name)
        guard let index = pairs.firstIndex(where: { $0.key == name }) else { return nil }
        return pairs.remove(at: index)
    }

    /// Takes all fields that are left: for mappings whose names are the author's own.
    package mutating func takeRest() -> [YAMLPair] {
        defer { pairs = [] }
        return pairs
    }

    /// Adds fields that stand elsewhere, such as defaults.
    package mutating func add(_ more: [YAMLPair]) {
        pairs += more
    }

    package mutating func text(_ name: String, into findings: inout [Finding]) -> String? {
        take(name).flatMap { $0.text(name, into: &findings) }
    }

    package mutating func bool(_ name: String, into findings: inout [Finding]) -> Bool? {
        take(name).flatMap { $0.bool(name, into: &findings) }
    }

    package mutating func int(_ name: String, in range: ClosedRange<Int> = Int.min...Int.max, into findings: inout [Finding]) -> Int? {
        take(name).flatMap { $0.int(name, in: range, into: &findings) }
    }

    package mutating func decimal(_ name: String, in range: ClosedRange<Double>, into findings: inout [Finding]) -> Double? {
        take(name).flatMap { $0.decimal(name, in: range, into: &findings) }
    }

    package mutating func duration(_ name: String, into findings: inout [Finding]) -> Duration? {
        take(name).flatMap { $0.duration(name, into: &findings) }
    }

    package mutating func digits(_ name: String, into findings: inout [Finding]) -> String? {
        take(name).flatMap { $0.digits(name, into: &findings) }
    }

    /// A word out of a fixed set.
    package mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, of type: Word.Type, into findings: inout [Finding])
        -> Word?
    where Word.RawValue == String {
        guard let node = take(name), let text = node.text(name, into: &findings) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let names = Word.allCases.map(\.rawValue)
        let nearest = NearestName.of(text, among: names)
        findings.append(
            .error(
                "wrong-word", at: node.location, "`\(name)` cannot be `\(text)`",
                mend: nearest.map { "did you mean \($0)?" } ?? "write one of: \(names.joined(separator: ", "))"))
        return nil
    }

    /// Must be called last: names the fields that nobody asked for.
    package func finish(into findings: inout [Finding]) {
        for pair in pairs {
            let nearest = NearestName.of(pair.key, among: asked)
            let known = asked.isEmpty ? "it has no fields" : "its fields are: \(asked.joined(separator: ", "))"
            findings.append(
                .error(
                    "unknown-field", at: pair.keyLocation, "\(what) has no field `\(pair.key)`",
                    mend: nearest.map { "did you mean \($0)?" } ?? known))
        }
    }
}
