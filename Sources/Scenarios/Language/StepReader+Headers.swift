import Findings

/// `headers`: what a step adds to the message that it sends.
extension StepReader {
    mutating func headers(_ fields: inout YAMLFields) -> [Assignment] {
        guard let node = fields.take("headers") else { return [] }
        var written = YAMLFields(node, what: "`headers`", at: fields.location, into: &findings)
        let pairs = written.takeRest()
        if pairs.count > HeaderName.countLimit {
            findings.append(
                .error("out-of-range", at: node.location, "`headers` may have \(HeaderName.countLimit) at most, not \(pairs.count)"))
        }
        var names: Set<String> = []
        var headers: [Assignment] = []
        for pair in pairs {
            if let refusal = HeaderName.refusal(setting: pair.key) {
                findings.append(.error("wrong-header", at: pair.keyLocation, refusal.message, mend: refusal.mend))
            } else if !names.insert(pair.key.lowercased()).inserted {
                findings.append(.error("duplicate-key", at: pair.keyLocation, "`\(pair.key)` is already there: case makes no difference"))
            }
            guard let value = text(pair.value, pair.key) else { continue }
            checkHeader(value, pair)
            uses.printed.append((value.variables, pair.value.location))
            headers.append(Assignment(name: pair.key, value: value, location: pair.value.location))
        }
        return headers
    }

    /// What is written must fit; what variables add is made to fit when it is sent.
    private mutating func checkHeader(_ value: Expression, _ pair: YAMLPair) {
        let written = value.addressPieces.compactMap { piece -> Character? in
            if case .literal(let character) = piece { character } else { nil }
        }
        if written.contains(where: { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }) {
            findings.append(
                .error("wrong-header", at: pair.value.location, "the value of `\(pair.key)` must be one line without control characters"))
        }
        if String(written).utf8.count > HeaderName.valueLimit {
            findings.append(
                .error("out-of-range", at: pair.value.location, "the value of `\(pair.key)` is longer than \(HeaderName.valueLimit) bytes"))
        }
    }
}
