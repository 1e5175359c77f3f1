/// Readers that turn a node into a typed value or say in a finding why they cannot.
extension YAMLNode {
    private func refuse<Value>(_ wanted: String, _ name: String, into findings: inout [Finding], mend: String? = nil) -> Value? {
        findings.append(.error("wrong-type", at: location, "`\(name)` must be \(wanted), not \(kindName)", mend: mend))
        return nil
    }

    package func text(_ name: String, into findings: inout [Finding]) -> String? {
        guard let scalar, !isNull else { return refuse("text", name, into: &findings) }
        return scalar
    }

    /// `true` or `false` and nothing else: YAML's `yes`, `no`, `on` and `off` are too often meant as text.
    package func bool(_ name: String, into findings: inout [Finding]) -> Bool? {
        switch scalar {
        case "true": true
        case "false": false
        default: refuse("true or false", name, into: &findings)
        }
    }

    package func int(_ name: String, in range: ClosedRange<Int> = Int.min...Int.max, into findings: inout [Finding]) -> Int? {
        guard let scalar, let value = Int(scalar) else { return refuse("a whole number", name, into: &findings) }
        guard range.contains(value) else {
            findings.append(
                .error("out-of-range", at: location, "`\(name)` must be from \(range.lowerBound) to \(range.upperBound), not \(value)"))
            return nil
        }
        return value
    }

    package func decimal(_ name: String, in range: ClosedRange<Double>, into findings: inout [Finding]) -> Double? {
        guard let scalar, let value = Double(scalar), value.isFinite else { return refuse("a number", name, into: &findings) }
        guard range.contains(value) else {
            findings.append(
                .error("out-of-range", at: location, "`\(name)` must be from \(range.lowerBound) to \(range.upperBound), not \(scalar)"))
            return nil
        }
        return value
    }

    package func duration(_ name: String, into findings: inout [Finding]) -> Duration? {
        guard let scalar, let value = Duration(written: scalar) else {
            return refuse("a duration", name, into: &findings, mend: "write a number with its unit: 500ms, 20s, 3m or 1h")
        }
        return value
    }

    /// A list; a single value that is not a list counts as a list of one.
    package var itemsOrSelf: [YAMLNode] {
        if isNull { return [] }
        return items ?? [self]
    }

    package func list(_ name: String, into findings: inout [Finding]) -> [YAMLNode]? {
        guard let items else { return refuse("a list", name, into: &findings) }
        return items
    }

    /// Telephone keys as raw text: `0123456789*#ABCD`, with the words star and pound for `*` and `#`.
    package func digits(_ name: String, into findings: inout [Finding]) -> String? {
        guard let scalar, !scalar.isEmpty, let keys = TelephoneKeys.read(scalar) else {
            let mend = isNull ? "an unquoted # begins a comment: write pound or \"#\"" : nil
            return refuse("telephone keys (0-9 * # A-D)", name, into: &findings, mend: mend)
        }
        return keys
    }
}

/// How telephone keys are written.
package enum TelephoneKeys {
    package static let all = Array("0123456789*#ABCD")

    package static func isKey(_ character: Character) -> Bool { all.contains(character) }

    /// The keys that `text` names, or nil when something in it is no key.
    package static func read(_ text: String) -> String? {
        switch text {
        case "star": "*"
        case "pound": "#"
        default: text.allSatisfy(isKey) ? text : nil
        }
    }
}

extension Duration {
    /// Reads `500ms`, `20s`, `1.5s`, `3m`, `1h`; nil for anything else, without a unit, or longer than a year.
    package init?(written text: String) {
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
        let number = text.dropLast(unit.suffix.count)
        // Only plain decimals: Double would also read `1e3`, `0x10`, `inf` and signs.
        guard let first = number.first, first.isASCII, first.isNumber, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let value = Double(number), value * unit.milliseconds <= 366 * 24 * 3_600_000
        else { return nil }
        self = .milliseconds(Int64((value * unit.milliseconds).rounded()))
    }

    /// The duration as it would be written in a file, in the largest unit that keeps it whole.
    package var written: String {
        let (seconds, attoseconds) = components
        if attoseconds != 0 {
            let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            return overflow ? "\(seconds)s" : "\(whole + attoseconds / 1_000_000_000_000_000)ms"
        }
        if seconds != 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds != 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}
